/** People pause automatic starts and stops: those wait, people pass, and everybody sees it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { auditAnswerSchema } from '../../src/http/audit-schemas.ts';
import { begunPauseAnswerSchema, endedPauseAnswerSchema, pausesAnswerSchema } from '../../src/http/pause-schemas.ts';
import { alert } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { json, problemIn, requestsTo, startOperator, type Answer, type Operator } from '../support/operator.ts';
import { as, configWith } from '../support/tokens.ts';

const HOUR_MS = 3_600_000;
const TOKENS = {
  pia: { scopes: ['start', 'stop'] },
  seer: { scopes: ['read'] },
  root: { scopes: ['admin'] },
};
const AUTH = { environment: { AUTH: '' }, config: configWith(TOKENS) };
const WHY = 'the cluster moves';
const MANY_TAGS = Object.fromEntries(Array.from({ length: 51 }, (_, number) => [`key-${number}`, 'value']));

function withToken(name: string, init: RequestInit = {}): RequestInit {
  return { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), ...as(name) } };
}

async function ask(operator: Operator, who: string, body: unknown): Promise<Answer> {
  return operator.request('/api/v1/pauses', withToken(who, json(body)));
}

async function pause(operator: Operator, body: object = {}) {
  const answer = await ask(operator, 'root', { why: WHY, ...body });
  assert.equal(answer.status, 201, answer.text);
  return begunPauseAnswerSchema.parse(JSON.parse(answer.text));
}

async function resume(operator: Operator, id: string, who = 'root'): Promise<Answer> {
  return operator.request(`/api/v1/pauses/${id}`, withToken(who, { method: 'DELETE' }));
}

async function list(operator: Operator, who = 'seer') {
  const answer = await operator.request('/api/v1/pauses', withToken(who));
  assert.equal(answer.status, 200, answer.text);
  return pausesAnswerSchema.parse(JSON.parse(answer.text)).pauses;
}

function asksFor(action: 'start' | 'stop', number: number, labels: Readonly<Record<string, string>> = {}) {
  return alert({ instance_id: idOf(number), action, ...labels });
}

describe('a pause', { concurrency: true }, () => {
  test('is begun, listed, ended and on record', async () => {
    await using operator = await startOperator(AUTH);
    const before = Date.now();
    const begun = await pause(operator, { only: { team: 'ml' }, for: '2h', why: ' the cluster\n moves' });
    const { id, createdAt, until = '', ...rest } = begun.pause;
    assert.deepEqual(rest, { only: { team: 'ml' }, who: 'root', why: WHY });
    assert.ok(Math.abs(Date.parse(createdAt) - before) < 60_000);
    assert.equal(Date.parse(until) - Date.parse(createdAt), 2 * HOUR_MS);
    assert.deepEqual([begun.tooLate, begun.tooLateCount], [[], 0]);
    const second = await pause(operator);
    for (const who of ['seer', 'pia', 'root']) assert.deepEqual(await list(operator, who), [begun.pause, second.pause]);
    const ended = await resume(operator, id);
    const first = endedPauseAnswerSchema.parse(JSON.parse(ended.text));
    assert.equal(ended.status, 200);
    const { endedAt, ...unended } = first.pause;
    assert.deepEqual([unended, typeof endedAt, first.due], [begun.pause, 'string', 0]);
    assert.deepEqual(JSON.parse((await resume(operator, id)).text), first, 'the first answer may have been lost');
    assert.deepEqual(await list(operator), [second.pause]);
    const { text } = await operator.request('/api/v1/audit?event=pause', withToken('seer'));
    const told = auditAnswerSchema.parse(JSON.parse(text)).entries.map((entry) => {
      assert.ok(entry.event === 'pause');
      assert.deepEqual([entry.who, entry.remote], ['root', '127.0.0.1']);
      return entry.message.replaceAll(/ at \S+,/g, '');
    });
    const some = `paused automatic starts and stops of machines with "team"="ml" until ${until}: "${WHY}"`;
    assert.deepEqual(told, [
      `ended a pause: root ${some}`,
      `paused automatic starts and stops until it is ended: "${WHY}"`,
      some,
    ]);
    assert.deepEqual((await pause(operator)).pause, second.pause, 'the answer is of the pause that stands');
  });

  test('holds starts and stops of alerts back, which go on at once when it ends', async () => {
    await using operator = await startOperator({ ...AUTH, machines: [machine(1), machine(2, { state: 'stopped' })] });
    const root = requestsTo(operator.url, as('root'));
    const begun = await pause(operator);
    const receipts = await root.post('/operateInstance', [asksFor('stop', 1), asksFor('start', 2)]);
    assert.deepEqual(
      receipts.map(({ outcome }) => outcome),
      ['accepted', 'accepted'],
    );
    for (const { operation } of receipts) await root.waiting(operation, 'paused');
    const { message = '' } = await root.read(receipts[0]?.operation);
    assert.match(message, /^root paused automatic starts and stops at \S+, until it is ended: "the cluster moves"/);
    const again = await root.post('/operateInstance', [asksFor('stop', 1)]);
    assert.deepEqual(
      again.map(({ outcome, operation }) => [outcome, operation]),
      [['joined', receipts[0]?.operation]],
    );
    assert.deepEqual(operator.changes(), []);
    const ended = endedPauseAnswerSchema.parse(JSON.parse((await resume(operator, begun.pause.id)).text));
    assert.equal(ended.due, 2);
    for (const { operation } of receipts) assert.equal((await root.end(operation)).reason, 'state_reached');
  });

  test('lets people pass, and tells them', async () => {
    await using operator = await startOperator(AUTH);
    await pause(operator);
    const pia = requestsTo(operator.url, as('pia'));
    const query = `instance=${idOf(1)}&client=native&dryrun=false&wait=60s`;
    const { operation } = await pia.ask(`/operateInstance?${query}&action=stop`);
    assert.equal((await pia.end(operation.id)).reason, 'state_reached');
    const verdicts = (await pia.read(operation.id)).trail?.flatMap((entry) => entry.verdicts ?? []) ?? [];
    assert.match(verdicts.find(({ guard }) => guard === 'paused')?.message ?? '', /^root paused automatic starts/);
  });

  test('with tags is for the machines that have them', async () => {
    const machines = [machine(1, { tags: { team: 'ml' } }), machine(2, { tags: { team: 'web' } }), machine(3)];
    await using operator = await startOperator({ ...AUTH, machines });
    const root = requestsTo(operator.url, as('root'));
    await pause(operator, { only: { team: 'ml' } });
    const [one, ...others] = await root.post(
      '/operateInstance',
      [1, 2, 3].map((number) => asksFor('stop', number)),
    );
    for (const { operation } of others) assert.equal((await root.end(operation)).reason, 'state_reached');
    await root.waiting(one?.operation, 'paused');
    assert.deepEqual(operator.changes(idOf(1)), []);
  });

  test('is said by a dry run and by a plan', async () => {
    await using operator = await startOperator(AUTH);
    const root = requestsTo(operator.url, as('root'));
    await pause(operator, { for: '1h' });
    const [dry] = await root.post('/operateInstance', [asksFor('stop', 1, { dryrun: 'true' })]);
    const { reason, message = '' } = await root.end(dry?.operation);
    assert.equal(reason, 'dry_run');
    assert.match(message, /^would wait until \S+ to stop .* \(paused: root paused automatic starts and stops/);
    const plan = await root.request('/api/v1/plan', json({ alerts: [asksFor('stop', 1)] }));
    assert.match(plan.text, /"outcome":"would_wait","reason":"paused"/);
  });

  test('says which calls were sent before it', async () => {
    await using operator = await startOperator({
      ...AUTH,
      machines: [machine(1, { name: 'gpu-1' })],
      timings: { stopMs: 3_600_000 },
    });
    const root = requestsTo(operator.url, as('root'));
    const [receipt] = await root.post('/operateInstance', [asksFor('stop', 1)]);
    const operation = receipt?.operation ?? '';
    while ((await root.read(operation)).state !== 'verifying');
    const { tooLate, tooLateCount } = await pause(operator);
    const { sentAt = '' } = await root.read(operation);
    const message = `the stop was sent to EC2 at ${sentAt}; start it again?`;
    assert.deepEqual(tooLate, [{ operation, sentAt, message, verb: 'stop', instance: idOf(1), name: 'gpu-1' }]);
    assert.equal(tooLateCount, 1);
  });

  test('outlasts a restart, and an alert that is resolved in it asks for nothing more', async () => {
    await using first = await startOperator(AUTH);
    const begun = await pause(first);
    const before = requestsTo(first.url, as('root'));
    const [one, two] = await before.post('/operateInstance', [asksFor('stop', 1), asksFor('stop', 2)]);
    for (const receipt of [one, two]) await before.waiting(receipt?.operation, 'paused');
    await first.stop();
    await using second = await startOperator({ ...AUTH, after: first });
    const root = requestsTo(second.url, as('root'));
    assert.deepEqual(await list(second), [begun.pause]);
    await root.post('/operateInstance', [
      { ...asksFor('stop', 1), status: 'resolved', endsAt: new Date().toISOString() },
    ]);
    assert.equal((await root.end(one?.operation)).reason, 'resolved');
    await root.waiting(two?.operation, 'paused');
    await resume(second, begun.pause.id);
    assert.equal((await root.end(two?.operation)).reason, 'state_reached');
    assert.deepEqual(second.changes(idOf(1)), []);
  });
});

describe('a pause that cannot be made or ended is answered, and nothing is recorded:', { concurrency: true }, () => {
  const past = new Date(Date.now() - HOUR_MS).toISOString();
  const twoYears = new Date(Date.now() + 800 * 24 * HOUR_MS).toISOString();
  const cases: readonly (readonly [string, string, unknown, number, RegExp])[] = [
    ['no reason', 'root', {}, 400, /why: /],
    ['an empty reason', 'root', { why: ' ' }, 400, /why: expected a reason/],
    ['a long reason', 'root', { why: 'x'.repeat(201) }, 400, /why: expected at most 200 characters/],
    ['zero', 'root', { why: WHY, for: '0s' }, 400, /for: expected a duration from 1s to 366d, got "0s"/],
    ['ten years', 'root', { why: WHY, for: '3650d' }, 400, /expected a duration from 1s to 366d/],
    [
      'until two years from now',
      'root',
      { why: WHY, until: twoYears },
      400,
      /until: expected a time within the next 366d/,
    ],
    ['the past', 'root', { why: WHY, until: past }, 400, /until: expected a time in the future/],
    ['no time', 'root', { why: WHY, until: 'tomorrow' }, 400, /until: expected a time such as/],
    ['two ends', 'root', { why: WHY, for: '1h', until: twoYears }, 400, /expected either for or until, or neither/],
    ['no tags', 'root', { why: WHY, only: {} }, 400, /only: expected at least one tag/],
    [
      'a tag that would be lost',
      'root',
      { why: WHY, only: { team: 'ml', ['__proto__']: 'b' } },
      400,
      /only: expected no tag with the key __proto__/,
    ],
    ['too many tags', 'root', { why: WHY, only: MANY_TAGS }, 400, /only: expected at most 50 tags/],
    ['something else', 'root', { why: WHY, onyl: { team: 'ml' } }, 400, /expected nothing named "onyl"/],
    ['no object', 'root', [], 400, /the body: /],
    ['no right', 'pia', { why: WHY }, 403, /expected a token with the scope admin/],
    ['no right but to read', 'seer', { why: WHY }, 403, /expected a token with the scope admin/],
  ];
  test(cases.map(([what]) => what).join(', '), async () => {
    await using operator = await startOperator(AUTH);
    for (const [what, who, body, status, detail] of cases)
      assert.match(problemIn(await ask(operator, who, body), status), detail, what);
    assert.deepEqual(await list(operator), []);
    const unknown = '019aa2c0-0000-7000-8000-000000000000';
    assert.match(problemIn(await resume(operator, unknown), 404), /there is no such pause/);
    assert.match(problemIn(await resume(operator, 'x'), 404), /expected the id of a pause/);
    const { pause: stands } = await pause(operator);
    for (const who of ['pia', 'seer']) problemIn(await resume(operator, stands.id, who), 403);
    assert.deepEqual(await list(operator), [stands]);
  });
});

describe('a pause is seen', { concurrency: true }, () => {
  test('by probes, without names and reasons', async () => {
    await using operator = await startOperator(AUTH);
    const ready = async () => (await operator.request('/readyz')).text;
    assert.equal(await ready(), 'ok');
    const some = await pause(operator, { only: { team: 'ml' }, for: '1h' });
    assert.equal(
      await ready(),
      `ok\nautomatic starts and stops of some machines are paused until ${some.pause.until ?? ''}\n`,
    );
    await pause(operator);
    assert.equal(await ready(), 'ok\nautomatic starts and stops are paused until a person ends that\n');
    assert.equal((await operator.request('/healthz')).text, 'ok');
  });

  test('on every answer to a known sender, whatever became of the request', async () => {
    await using operator = await startOperator(AUTH);
    const shown = async (path: string, init?: RequestInit) =>
      (await operator.request(path, init)).headers.get('ec2-operator-paused');
    const pia = withToken('pia');
    assert.equal(await shown('/api/v1/operations', pia), null);
    const one = await pause(operator, { why: 'Umzug über "Nacht"' });
    const told = /^root paused automatic starts and stops at \S+, until it is ended: "Umzug \\u00fcber \\"Nacht\\""$/;
    const webhook = withToken('pia', json({ alerts: [asksFor('stop', 1)] }));
    const missing = '/api/v1/operations/019aa2c0-0000-7000-8000-000000000000';
    for (const [path, init] of [
      ['/api/v1/operations', pia],
      [missing, pia],
      ['/api/v1/tokens', pia],
      ['/operateInstance', webhook],
      ['/api/v1/pauses', pia],
    ] as const)
      assert.match((await shown(path, init)) ?? '', told, path);
    assert.equal(await shown('/api/v1/operations'), null, 'a stranger');
    assert.equal(await shown('/nowhere', pia), null);
    const two = await pause(operator);
    assert.match((await shown('/api/v1/operations', pia)) ?? '', /; and 1 more$/);
    for (const { id } of [one.pause, two.pause]) await resume(operator, id);
    assert.equal(await shown('/api/v1/operations', pia), null);
  });

  test('in the metrics', async () => {
    await using operator = await startOperator(AUTH);
    await pause(operator);
    await pause(operator, { only: { team: 'ml' } });
    await pause(operator, { only: { team: 'web' } });
    const { text } = await operator.request('/metrics', withToken('seer'));
    assert.match(text, /^ec2_operator_pauses\{machines="all"\} 1$/m);
    assert.match(text, /^ec2_operator_pauses\{machines="some"\} 2$/m);
    assert.match(text, /^ec2_operator_oldest_pause_age_seconds\{machines="all"\} \d/m);
  });
});
