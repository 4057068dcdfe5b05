/** A token that is revoked, and what was asked for with it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newTokenAnswerSchema } from '../../src/http/token-schemas.ts';
import { alert } from '../support/alerts.ts';
import { addressOf, machine } from '../support/fleet.ts';
import { json, problemIn, requestsTo, startOperator, type Operator } from '../support/operator.ts';
import { as, bearer, configWith } from '../support/tokens.ts';

const ROOT = { environment: { AUTH: '' }, config: configWith({ root: { scopes: ['admin'] } }) };

async function createTeam(operator: Operator): Promise<string> {
  const { request } = requestsTo(operator.url, as('root'));
  const { text } = await request('/api/v1/tokens', json({ name: 'team', scopes: ['stop'] }));
  return newTokenAnswerSchema.parse(JSON.parse(text)).secret;
}

test('revoking one says what is open under it, and cancels it when asked, with those told who wait', async () => {
  const pending = [1, 2].map((number) => machine(number, { state: 'pending' }));
  await using operator = await startOperator({ ...ROOT, machines: pending, timings: { startMs: 3_600_000 } });
  const team = requestsTo(operator.url, bearer(await createTeam(operator)));
  const chief = requestsTo(operator.url, as('root'));
  const stop = (number: number, fingerprint: string) =>
    alert({ hostname: addressOf(number), action: 'stop' }, { fingerprint });
  const [own, shared] = await team.post('/operateHostname', [stop(1, 'a'), stop(2, 'b')]);
  await chief.post('/operateHostname', [stop(2, 'c')]);
  for (const receipt of [own, shared]) await chief.waiting(receipt?.operation, 'transition');
  const revoke = async (query: string): Promise<unknown> => {
    const answer = await chief.request(`/api/v1/tokens/team/revoke${query}`, { method: 'POST' });
    assert.equal(answer.status, 200, answer.text);
    return JSON.parse(answer.text);
  };
  assert.deepEqual(await revoke(''), { revoked: 'team', open: 2, cancelled: 0, shared: 0 });
  problemIn(await chief.request('/api/v1/tokens/team/revoke?cancel=yes', { method: 'POST' }), 400);
  const told = chief.end(own?.operation);
  assert.deepEqual(await revoke('?cancel=true'), { revoked: 'team', open: 2, cancelled: 1, shared: 1 });
  const { state, message } = await told;
  assert.deepEqual([state, message], ['cancelled', 'cancelled by root']);
  assert.equal((await chief.read(shared?.operation)).state, 'waiting');
  assert.match((await chief.request('/metrics')).text, /^ec2_operator_operations_total\{.*reason="by_person".*\} 1$/m);
});
