/** People are told by their channels, whatever the channels do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { newsSchema, type News } from '../../src/domain/notice.ts';
import { stopAlert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';
import { startVendor, type Vendor } from '../support/vendors/vendor.ts';

const LAUNCHED = '1d ago';
const OK = { status: 200 };

function configOf(channels: Readonly<Record<string, Vendor>>, more = 'warn: { always: true, before: 1s }'): string {
  const entries = Object.entries(channels).map(([name, { url }]) => `{ name: ${name}, webhook: { url: '${url}' } }`);
  return `channels: [${entries.join(', ')}]\n${more}`;
}

const bodySchema = z.union([z.object({ type: z.string() }), newsSchema]);

/** What the channel was told, in order. */
function kindsAt({ requests }: Vendor): readonly string[] {
  return requests.map(({ body }) => {
    const told = bodySchema.parse(JSON.parse(body));
    return 'type' in told ? told.type.replace(/^notice\./, '') : (told satisfies News).kind;
  });
}

describe('notices', { concurrency: 4 }, () => {
  test('a stop is announced and told, while other channels are silent or gone', async () => {
    await using silent = await startVendor(() => OK);
    await using gone = await startVendor(() => ({ status: 404 }));
    await using good = await startVendor(() => OK);
    silent.next(...Array.from({ length: 50 }, () => 'silence' as const));
    await using operator = await startOperator({
      machines: [machine(1, { launched: LAUNCHED })],
      config: configOf({ silent, gone, good }),
    });
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
    assert.equal((await operator.end(receipt?.operation)).reason, 'state_reached');
    await eventually('the second notice', () => (good.requests.length === 2 ? true : undefined));
    assert.deepEqual(kindsAt(good), ['warning', 'stopped']);
    await eventually('both at the other', () => (gone.requests.length >= 2 ? true : undefined));
    const { text } = await operator.request('/metrics');
    for (const line of [
      'ec2_operator_notices_total{channel="good",kind="stopped",outcome="sent"} 1',
      'ec2_operator_notices_total{channel="silent",kind="stopped",outcome="failed"} 0',
    ])
      assert.ok(text.includes(`${line}\n`), line);
    assert.match(text, /ec2_operator_pending_notices\{channel="silent"\} [12]\n/);
  });

  test('a machine that was started is told as ready when it has passed its checks', async () => {
    await using vendor = await startVendor(() => OK);
    await using operator = await startOperator({
      machines: [machine(1, { state: 'stopped' })],
      config: configOf({ vendor }).replace("' } }", "' }, tell: [ready] }"),
    });
    const query = `instance=${idOf(1)}&action=start&client=native&dryrun=false`;
    const { operation } = await operator.ask(`/operateInstance?${query}`);
    assert.equal((await operator.end(operation.id)).reason, 'state_reached');
    await eventually('the notice', () => (vendor.requests.length === 1 ? true : undefined));
    assert.deepEqual(kindsAt(vendor), ['ready']);
    assert.ok((operator.sandbox.counts.get('DescribeInstanceStatus') ?? 0) > 0);
  });
});
