/** People are told by their channels, whatever the channels do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { auditAnswerSchema } from '../../src/http/audit-schemas.ts';
import { noticesAnswerSchema, testAnswerSchema } from '../../src/http/notice-schemas.ts';
import { newsSchema, type News } from '../../src/domain/notice.ts';
import { stopAlert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { json, problemIn, startOperator, temporaryDirectory } from '../support/operator.ts';
import { serveProcess } from '../support/process.ts';
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

  test('are listed by channel, kind, state, machine and operation, page by page', async () => {
    await using gone = await startVendor(() => ({ status: 404, body: 'no such hook' }));
    await using good = await startVendor(() => OK);
    await using operator = await startOperator({
      machines: [machine(1, { launched: LAUNCHED }), machine(2, { launched: LAUNCHED })],
      config: configOf({ gone, good }),
    });
    const receipts = await operator.post('/operateHostname', [stopAlert(1), stopAlert(2)]);
    await Promise.all(receipts.map(async (receipt) => operator.end(receipt.operation)));
    const list = async (query: string) => {
      const { status, text } = await operator.request(`/api/v1/notices?${query}`);
      assert.equal(status, 200, text);
      return noticesAnswerSchema.parse(JSON.parse(text));
    };
    await eventually('all ends', async () => ((await list('state=pending')).notices.length === 0 ? true : undefined));
    const { notices } = await list('channel=good');
    assert.deepEqual(notices.map(({ kind, state }) => `${kind} ${state}`).toSorted(), [
      'stopped sent',
      'stopped sent',
      'warning sent',
      'warning sent',
    ]);
    assert.match(notices.find(({ kind }) => kind === 'warning')?.title ?? '', /^i-0+\d stops at /);
    assert.equal((await list('kind=stopped')).notices.length, 4);
    const [failed] = (await list(`state=failed&kind=stopped&machine=${idOf(1)}`)).notices;
    assert.deepEqual([failed?.channel, failed?.attempts, failed?.error], ['gone', 1, 'status 404: "no such hook"']);
    assert.equal((await list(`operation=${receipts[0]?.operation}`)).notices.length, 4);
    const first = await list('limit=3');
    const second = await list(`limit=10&cursor=${first.cursor}`);
    const ids = [...first.notices, ...second.notices].map(({ id }) => id);
    assert.deepEqual([ids.length, new Set(ids).size, second.cursor], [8, 8, undefined]);
    problemIn(await operator.request('/api/v1/notices?kind=gossip'), 400);
  });

  test('a channel can be tried, and the audit knows who did so', async () => {
    await using good = await startVendor(() => OK);
    await using gone = await startVendor(() => ({ status: 404, body: 'no such hook' }));
    await using operator = await startOperator({ config: configOf({ good, gone }) });
    const tried = async (body: unknown) => operator.request('/api/v1/notices/test', json(body));
    const outcome = async (channel: string) => {
      const { status, text } = await tried({ channel });
      assert.equal(status, 200, text);
      return testAnswerSchema.parse(JSON.parse(text)).notices.map(({ state, error }) => [state, error]);
    };
    assert.deepEqual(await outcome('good'), [['sent', undefined]]);
    assert.deepEqual(await outcome('gone'), [['failed', 'status 404: "no such hook"']]);
    good.next({ status: 500, body: 'down' });
    assert.deepEqual(await outcome('good'), [['pending', 'status 500: "down"']]);
    assert.match(problemIn(await tried({ channel: 'goood' }), 404), /there is no channel "goood"; did you mean good\?/);
    const recipient = 'eve@evil.example';
    assert.match(problemIn(await tried({ channel: 'good', recipient }), 400), /^recipient: expected none/);
    assert.deepEqual(kindsAt(gone), ['test']);
    const audit = await operator.request('/api/v1/audit?event=notice');
    const { entries } = auditAnswerSchema.parse(JSON.parse(audit.text));
    assert.deepEqual(
      entries.map((entry) => [entry.event, 'message' in entry ? entry.message : '']),
      [
        ['notice', 'tested the channel good'],
        ['notice', 'tested the channel gone'],
        ['notice', 'tested the channel good'],
      ],
    );
  });

  test('owners are tried by an address of a permitted domain alone', async () => {
    await using stack = new AsyncDisposableStack();
    const directory = await temporaryDirectory(stack);
    const file = path.join(directory, 'smtp');
    await writeFile(file, 'smtp://127.0.0.1:9');
    const operator = stack.use(
      await startOperator({
        config: `channels: [{ name: owners, email: { to: owner } }]
owners: { domains: [example.com] }
smtp: { url_file: ${file}, from: ec2@example.com }`,
      }),
    );
    const tried = async (body: Readonly<Record<string, string>>) =>
      operator.request('/api/v1/notices/test', json({ channel: 'owners', ...body }));
    const expected =
      /^recipient: expected an e-mail address of example\.com, because the channel owners writes to owners/;
    assert.match(problemIn(await tried({}), 400), expected);
    assert.match(problemIn(await tried({ recipient: 'eve@evil.example' }), 400), expected);
    const { status, text } = await tried({ recipient: 'ada@example.com' });
    assert.equal(status, 200, text);
    const [notice] = testAnswerSchema.parse(JSON.parse(text)).notices;
    assert.deepEqual([notice?.state, notice?.recipient], ['pending', 'ada@example.com']);
    assert.ok(notice?.error !== undefined, 'nobody listens there');
  });

  test('start-up says once that messages have no links', async () => {
    await using stack = new AsyncDisposableStack();
    const directory = await temporaryDirectory(stack);
    const file = path.join(directory, 'config.yaml');
    await writeFile(file, "channels: [{ name: bus, webhook: { url: 'http://127.0.0.1:9' } }]");
    const server = stack.use(
      await serveProcess({
        HOST: '127.0.0.1',
        PORT: '0',
        AUTH: 'none',
        LOG_FORMAT: 'json',
        DATA_DIR: directory,
        CONFIG_FILE: file,
        AWS_REGION: 'eu-central-1',
      }),
    );
    const said = 'the messages of channels have no links, because public_url is not set: set public_url (PUBLIC_URL)';
    assert.equal(server.lines.filter((line) => line.includes(said)).length, 1, server.lines.join('\n'));
  });
});
