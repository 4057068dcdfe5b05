/** `/api/v1/events`: open pages hear at once that a machine has changed, for as long as they may. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newTokenAnswerSchema } from '../../src/http/token-schemas.ts';
import { stopAlert } from '../support/alerts.ts';
import { concerns, names, readEvents, type EventReader } from '../support/event-reader.ts';
import { idOf } from '../support/fleet.ts';
import { logIn, ownOf, postForm } from '../support/logins.ts';
import { json, problemIn, startOperator, type Operator } from '../support/operator.ts';
import { as, bearer, configWith } from '../support/tokens.ts';

type Session = Awaited<ReturnType<typeof logIn>>;

const TOKENS = { root: { scopes: ['admin'] }, eye: { scopes: ['read'] }, ward: { scopes: ['hold'] } };

let operator: Operator;
before(async () => {
  operator = await startOperator({ environment: { AUTH: '' }, config: configWith(TOKENS) });
});
after(async () => operator[Symbol.asyncDispose]());

async function watch(headers: Readonly<Record<string, string>> = as('eye'), query = ''): Promise<EventReader> {
  return readEvents(`${operator.url}/api/v1/events${query}`, headers);
}

async function post(path: string, body: object): Promise<string> {
  const { headers, ...rest } = json(body);
  const answer = await operator.request(path, {
    ...rest,
    headers: { ...Object.fromEntries(new Headers(headers)), ...as('root') },
  });
  assert.equal(answer.status, 201, answer.text);
  return answer.text;
}

async function hold(machine: string): Promise<void> {
  await post('/api/v1/holds', { target: machine, for: '1h' });
}

describe('the stream of hints', () => {
  test('begins with a greeting, and asks proxies to pass it on at once', async () => {
    await using events = await watch();
    const { headers } = events.response;
    assert.equal(headers.get('content-type'), 'text/event-stream');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('x-accel-buffering'), 'no');
    assert.equal(headers.get('content-encoding'), null);
    const { event, id } = await events.next();
    assert.equal(event, 'hello');
    assert.ok(id.length > 0);
  });

  test('names the machine of a hold, of its end, and of a move', async () => {
    await using events = await watch();
    await hold(idOf(1));
    await events.until(concerns(idOf(1)));
    await operator.request(`/api/v1/holds/${idOf(1)}`, { method: 'DELETE', headers: as('root') });
    await events.until(concerns(idOf(1)));
    const answer = await operator.request(`/operateInstance?instance=${idOf(2)}&action=stop&wait=0s`, {
      headers: as('root'),
    });
    assert.equal(answer.status, 202, answer.text);
    await events.until(concerns(idOf(2)));
  });

  test('is about everything when a pause begins', async () => {
    await using events = await watch();
    await post('/api/v1/pauses', { why: 'the cluster moves' });
    await events.until(({ data }) => 'all' in data);
  });

  test('goes on where it was cut, and with all where that is not known', async () => {
    let seen: string;
    {
      await using events = await watch();
      seen = (await events.next()).id;
    }
    await hold(idOf(1));
    await using others = await watch();
    const { id } = await others.next();
    if (id === seen) await others.until(concerns(idOf(1)));
    await using again = await watch({ ...as('eye'), 'last-event-id': seen });
    assert.ok(concerns(idOf(1))(await again.next()));
    await using since = await watch(as('eye'), `?since=${encodeURIComponent(seen)}`);
    assert.ok(concerns(idOf(1))(await since.next()));
    await using unknown = await watch({ ...as('eye'), 'last-event-id': 'of another replica' });
    assert.deepEqual((await unknown.next()).data, { all: true });
  });

  test('needs the scope read', async () => {
    problemIn(await operator.request('/api/v1/events'), 401);
    assert.match(problemIn(await operator.request('/api/v1/events', { headers: as('ward') }), 403), /scope read/);
  });

  test('ends when its token is revoked, and no other does', async () => {
    const made = await post('/api/v1/tokens', { name: 'guest', scopes: ['read'] });
    const { secret } = newTokenAnswerSchema.parse(JSON.parse(made));
    await using events = await watch(bearer(secret));
    await using others = await watch();
    await events.next();
    const revoked = await operator.request('/api/v1/tokens/guest/revoke', { method: 'POST', headers: as('root') });
    assert.equal(revoked.status, 200, revoked.text);
    await events.ended();
    await hold(idOf(1));
    await others.until(concerns(idOf(1)));
  });

  for (const [machine, what, end] of [
    [2, 'a logout', async (session: Session) => postForm(operator, '/logout', {}, { ...session, ...ownOf(operator) })],
    [1, 'another login in the same browser', async (session: Session) => logIn(operator, 'root', session)],
  ] as const)
    test(`ends with its session, and shows nothing of what comes after ${what}`, async () => {
      const session = await logIn(operator, 'eye');
      await using events = await watch(session);
      await events.next();
      await end(session);
      await using others = await watch();
      await others.next();
      // The check of the session is no later than an answer to a request that begins after it.
      assert.equal((await operator.request('/api/v1/operations', { headers: session })).status, 401);
      await hold(idOf(machine));
      await others.until(concerns(idOf(machine)));
      await assert.rejects(events.until(names(idOf(machine))), /the stream has ended/);
    });

  test('is counted', async () => {
    await using events = await watch();
    await events.next();
    const { text } = await operator.request('/metrics', { headers: as('root') });
    assert.match(text, /^ec2_operator_event_streams [1-9]/m);
    assert.match(text, /^ec2_operator_hints_total\{outcome="sent"\} [1-9]/m);
  });
});

test('a shutdown ends the streams at once, and takes no new ones', async () => {
  await using ending = await startOperator();
  await using events = await readEvents(`${ending.url}/api/v1/events`);
  await events.next();
  const [stopped] = await Promise.all([ending.stop().then(() => 'stopped'), events.ended()]);
  assert.equal(stopped, 'stopped');
});

test('a move of an alert reaches an open page', async () => {
  await using one = await startOperator();
  await using events = await readEvents(`${one.url}/api/v1/events`);
  const [receipt] = await one.post('/operateHostname', [stopAlert(1)]);
  await one.end(receipt?.operation);
  await events.until(concerns(idOf(1)));
});
