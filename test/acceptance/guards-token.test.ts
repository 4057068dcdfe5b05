/** A token for some machines learns nothing of the others, and has no say about them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plansAnswerSchema } from '../../src/http/plan-schemas.ts';
import { alert, delivery, minutesAgo, stopAlert } from '../support/alerts.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { json, requestsTo, startOperator, type Operator } from '../support/operator.ts';
import { as, configWith } from '../support/tokens.ts';

const START = `/operateInstance?instance=${idOf(2)}&action=start&dryrun=false`;

async function startTeams(): Promise<Operator> {
  return startOperator({
    environment: { AUTH: 'token' },
    config: configWith({
      all: { scopes: ['read', 'start', 'stop'] },
      ml: { scopes: ['read', 'start', 'stop'], only: { team: 'ml' } },
    }),
    machines: [
      machine(1, { tags: { team: 'ml' } }),
      machine(2, { tags: { team: 'web' }, launched: '2m ago' }),
      machine(3, { tags: { team: 'web' }, state: 'stopped' }),
    ],
  });
}

describe("somebody else's machine", { concurrency: true }, () => {
  test('is refused even when there would be nothing to do', async () => {
    await using operator = await startTeams();
    const ml = requestsTo(operator.url, as('ml'));
    for (const [number, verb] of [
      [2, 'start'],
      [3, 'stop'],
    ] as const) {
      for (const dryRun of ['false', 'true']) {
        const path = `/operateInstance?instance=${idOf(number)}&action=${verb}&dryrun=${dryRun}`;
        const { status, operation } = await ml.ask(path);
        assert.deepEqual([status, operation.state, operation.reason], [409, 'refused', 'token_selector']);
        assert.doesNotMatch(operation.message ?? '', /running|stopped/);
      }
      const body = delivery([alert({ hostname: addressOf(number), action: verb })]);
      const { plans } = plansAnswerSchema.parse(JSON.parse((await ml.request('/api/v1/plan', json(body))).text));
      assert.deepEqual([plans[0]?.outcome, plans[0]?.reason], ['would_refuse', 'token_selector']);
    }
  });

  test('cannot be kept from being stopped by starting it while it runs', async () => {
    await using operator = await startTeams();
    const all = requestsTo(operator.url, as('all'));
    const [receipt] = await all.post('/operateHostname', [stopAlert(2, { startsAt: minutesAgo(1) })]);
    await all.waiting(receipt?.operation, 'min_uptime');
    await requestsTo(operator.url, as('ml')).ask(START);
    assert.equal((await all.read(receipt?.operation)).state, 'waiting');
    await all.ask(START);
    assert.equal((await all.end(receipt?.operation)).reason, 'superseded', 'as it would be by one who may');
  });
});
