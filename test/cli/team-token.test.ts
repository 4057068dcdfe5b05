/** A team's token that starts and stops, and nothing more, is enough for the command line. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import { configWith, secretOf } from '../support/tokens.ts';
import { startPerson, type Run } from './person.ts';

const TOKENS = {
  team: { scopes: ['start', 'stop'] },
  ml: { scopes: ['start', 'stop'], only: { team: 'ml' } },
  starter: { scopes: ['start'] },
};
const OPTIONS = {
  environment: { AUTH: '' },
  config: configWith(TOKENS),
  machines: [machine(1, { tags: { team: 'ml' } }), machine(2)],
};

async function run(operator: Operator, name: string, ...args: readonly string[]): Promise<Run> {
  return startPerson(operator.url, args, { environment: { EC2_OPERATOR_TOKEN: secretOf(name) } }).end;
}

describe('a token with start and stop alone', { concurrency: true }, () => {
  test('stops, follows to the end, starts again, and lists what it has done', async () => {
    await using operator = await startOperator(OPTIONS);
    const stopped = await run(operator, 'team', 'stop', addressOf(1));
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.match(stopped.stdout, /succeeded/);
    const started = await run(operator, 'team', 'start', addressOf(1));
    assert.equal(started.code, 0, started.stderr);
    const list = await run(operator, 'team', 'ops', '--json');
    assert.equal(list.stdout.trim().split('\n').length, 2, list.stdout);
    const status = await run(operator, 'team', 'status', addressOf(1), '--table');
    assert.equal(status.code, 0, status.stderr);
    assert.match(status.stdout, /start/);
    const others = await run(operator, 'starter', 'ops', '--table');
    assert.match(others.stdout, /no operations that starter has asked for/);
    const other = await run(operator, 'starter', 'status', addressOf(1), '--table');
    assert.match(other.stdout, /no operation that starter has asked for is about the machine/);
  });

  test('of some machines is told that there is none besides that it may act on', async () => {
    await using operator = await startOperator(OPTIONS);
    assert.equal((await run(operator, 'ml', 'stop', addressOf(1))).code, 0);
    const refused = await run(operator, 'ml', 'stop', addressOf(2));
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stdout, /"not_found","message":"there is no machine .* that ml may act on/);
  });

  test('takes back what it has asked for', async () => {
    await using operator = await startOperator({
      ...OPTIONS,
      machines: [machine(1, { state: 'pending' })],
      timings: { startMs: 3_600_000 },
    });
    const asked = await run(operator, 'team', 'stop', addressOf(1), '--no-wait', '--json');
    assert.equal(asked.code, 0, asked.stderr);
    const { id } = JSON.parse(asked.stdout) as { readonly id: string };
    const cancelled = await run(operator, 'team', 'cancel', id);
    assert.equal(cancelled.code, 0, cancelled.stderr);
    assert.equal((await run(operator, 'team', 'show', id)).code, 0);
    const foreign = await run(operator, 'starter', 'show', id);
    assert.match(foreign.stderr, /there is no operation .* that starter requested; a token with the scope read/);
  });

  test('without the verb is told so', async () => {
    await using operator = await startOperator(OPTIONS);
    const refused = await run(operator, 'starter', 'stop', addressOf(1));
    assert.equal(refused.code, 3);
    assert.match(
      refused.stderr,
      /the token does not allow this \(expected a token with the scope stop; starter has start\)/,
    );
  });
});
