/** People without a token answer: by a link, or in Slack. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Answerer } from '../../src/engine/answers.ts';
import { auditAnswerSchema } from '../../src/http/audit-schemas.ts';
import { idOf, machine, REGION } from '../support/fleet.ts';
import { ALWAYS, EIGHT, HOUR, LAUNCHED, MINUTE, sendOne, startWarned, stopsOf } from '../support/warnings.ts';
import type { VirtualOperator } from '../support/virtual-operator.ts';

const PIA: Answerer = { name: 'pia@example.com', remote: '192.0.2.7', via: 'link' };
const BOB: Answerer = { name: 'Bob  B.\n', remote: 'the channel ml', via: 'slack' };
const GPU = { id: idOf(1), region: REGION };

async function audit(operator: VirtualOperator, event: string) {
  const { body } = await operator.request('GET', `/api/v1/audit?event=${event}`);
  return auditAnswerSchema.parse(body).entries;
}

test('a machine is kept, and the warned stop waits', async () => {
  await using operator = await startWarned({ machines: [machine(1, { launched: LAUNCHED, name: 'gpu-1' })] });
  const id = await sendOne(operator);
  const kept = await operator.answers.keep(GPU, EIGHT + HOUR, PIA);
  assert.ok(kept.answer === 'kept');
  const { since, ...hold } = kept.hold;
  assert.deepEqual(hold, {
    instance: idOf(1),
    name: 'gpu-1',
    place: { region: REGION },
    holder: 'pia@example.com (by link)',
    who: 'pia@example.com (by link)',
    until: EIGHT + HOUR,
  });
  assert.ok(since >= EIGHT);
  await operator.passTime(45 * MINUTE);
  const waiting = await operator.read(id);
  assert.equal(waiting.reason, 'held');
  assert.match(waiting.message ?? '', /pia@example\.com \(by link\)/);
  assert.deepEqual(stopsOf(operator), []);
  const [entry] = await audit(operator, 'hold');
  assert.ok(entry?.event === 'hold');
  assert.deepEqual([entry.who, entry.remote], ['pia@example.com (by link)', '192.0.2.7']);
});

test('to keep a machine twice moves the end of the one hold', async () => {
  await using operator = await startWarned();
  await operator.answers.keep(GPU, EIGHT + HOUR, BOB);
  const again = await operator.answers.keep(GPU, EIGHT + 4 * HOUR, BOB);
  assert.ok(again.answer === 'kept');
  assert.deepEqual([again.hold.holder, again.hold.until], ['slack:Bob B.', EIGHT + 4 * HOUR]);
  assert.equal((await operator.store.holds({ limit: 10 }, EIGHT)).length, 1);
});

test('the rules of holds count for people without a token, too', async () => {
  const config = `${ALWAYS}\nholds: { longest: 8h, rules: [{ only: { team: ml }, longest: 2h }] }`;
  const machines = [machine(1, { launched: LAUNCHED, tags: { team: 'ml' } }), machine(2)];
  await using operator = await startWarned({ config, machines });
  const long = await operator.answers.keep(GPU, EIGHT + 3 * HOUR, PIA);
  assert.ok(long.answer === 'refused');
  assert.match(long.message, /may be held for 2h from now, got 3h/);
  assert.equal((await operator.answers.keep({ id: idOf(2) }, EIGHT + 3 * HOUR, PIA)).answer, 'kept');
});

test('who answers after the stop learns when it was sent, and later that the machine does not run', async () => {
  await using operator = await startWarned({ config: '' });
  const id = await sendOne(operator);
  const late = await operator.answers.keep(GPU, Date.now() + HOUR, PIA);
  assert.ok(late.answer === 'too_late');
  assert.equal(late.tooLate.operation, id);
  await operator.passTime(MINUTE);
  const answer = await operator.answers.keep(GPU, Date.now() + HOUR, PIA);
  assert.ok(answer.answer === 'kept');
  assert.equal(answer.idle, 'stopped');
  const cancelled = await operator.answers.cancel(id, PIA);
  assert.ok(cancelled?.outcome === 'too_late');
  assert.equal(cancelled.tooLate.operation, id);
});

test('a machine is started and stopped, and each answer waits for that of EC2', async () => {
  await using operator = await startWarned({ machines: [machine(1, { state: 'stopped' })] });
  const asked = async (verb: 'wake' | 'stop') => {
    const answer = operator.answers[verb](GPU, PIA, 60_000);
    const turn = async () => Promise.race([answer.then(() => 'answered'), setImmediate('waits')]);
    while ((await turn()) === 'waits') await operator.settle();
    await operator.settle();
    const { answer: word, operation } = await answer;
    return [word, operation.intent.cause.by === 'person' && operation.intent.cause.name];
  };
  const name = 'pia@example.com (by link) at 192.0.2.7';
  assert.deepEqual(await asked('wake'), ['asked', name]);
  assert.deepEqual(await asked('wake'), ['already', name]);
  await operator.answers.keep(GPU, Date.now() + HOUR, BOB);
  assert.deepEqual(await asked('stop'), ['refused', name]);
  await operator.store.releaseHolds({ instance: GPU.id, by: { name: 'bob', remote: '' } }, Date.now());
  assert.deepEqual(await asked('stop'), ['asked', name]);
  assert.deepEqual(stopsOf(operator).length, 1);
});

test('a start by link has the lease that starts have by default', async () => {
  await using operator = await startWarned({
    config: 'leases: { default: 2h }',
    machines: [machine(1, { state: 'stopped' })],
  });
  await operator.answers.wake(GPU, PIA, 0);
  await operator.settle();
  const [lease] = await operator.store.leases({ limit: 2 });
  assert.deepEqual([lease?.who, lease?.lengthMs], ['pia@example.com (by link)', 2 * HOUR]);
});

test('a warned stop is cancelled, and the trail says by whom', async () => {
  await using operator = await startWarned();
  const id = await sendOne(operator);
  assert.deepEqual(await operator.answers.cancel(id, PIA), { outcome: 'cancelled' });
  const { state, message } = await operator.read(id);
  assert.deepEqual([state, message], ['cancelled', 'cancelled by pia@example.com (by link)']);
  assert.equal(await operator.answers.cancel('00000000-0000-7000-8000-000000000000', PIA), undefined);
});
