import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Store } from '../../store/port.ts';
import { openSqliteStore } from '../../store/sqlite.ts';
import { ProblemError } from '../problem.ts';
import { digestOf, type KnownToken, type Sender } from './sender.ts';
import { createSessions, markProvider, type Proved, type SessionParts, type Sessions } from './sessions.ts';

const T0 = Date.parse('2026-11-27T12:00:00Z');
const HOUR = 60 * 60_000;
const ROBOT: KnownToken = {
  name: 'robot',
  scopes: ['stop'],
  only: { team: 'ml' },
  sha256: digestOf('x').toString('hex'),
};
const OTHER: KnownToken = { ...ROBOT, sha256: digestOf('y').toString('hex') };
const OIDC = { issuer: 'https://login.example.org', client_id: 'ec2-operator', groups_claim: 'groups' };
const ADA: Proved = { way: 'oidc', user: 'ada@example.org', groups: ['sales', 'ml'] };
const ML = { group: 'ml', scopes: ['start'] } as const;

let directory: string;
let store: Store;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-sessions-'));
  store = await openSqliteStore(directory);
});
after(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

/** One replica, at a time that a test moves. */
function replica(change: Partial<SessionParts> = {}) {
  const at = { now: T0, moved: 0 };
  const sessions = createSessions({
    store,
    findNamed: async (name) => Promise.resolve(name === ROBOT.name ? [ROBOT] : []),
    people: [ML],
    provider: markProvider(OIDC),
    clock: () => at.now,
    now: () => at.moved,
    ...change,
  });
  return { sessions, at };
}

/** The headers of the browser from then on. */
async function begin(sessions: Sessions, proved: Proved, headers = new Headers()): Promise<Headers> {
  const { cookies } = await sessions.begin(proved, 'secure', headers);
  const [cookie = ''] = cookies.join().split(';');
  return new Headers({ cookie });
}
const read = async (sessions: Sessions, headers: Headers): Promise<Sender | undefined> =>
  sessions.read(headers, ['secure']);

describe('a session', () => {
  test('allows what its token, or the groups of its person, allow now, on every replica', async () => {
    const [here, there] = [replica(), replica()];
    assert.deepEqual(await read(there.sessions, await begin(here.sessions, { way: 'token', token: ROBOT })), {
      name: 'robot',
      grants: [{ scopes: ['stop'], only: { team: 'ml' } }],
    });
    const ada = await begin(here.sessions, ADA);
    assert.deepEqual(await read(there.sessions, ada), { name: 'sso:ada@example.org', grants: [{ scopes: ['start'] }] });
    const { sessions: changed } = replica({ people: [{ ...ML, scopes: ['read'] }] });
    assert.deepEqual((await read(changed, ada))?.grants, [{ scopes: ['read'] }]);
    const { sessions: gone } = replica({ people: [{ group: 'ops', scopes: ['admin'] }] });
    assert.deepEqual((await read(gone, ada))?.grants, []);
    for (const change of [
      { issuer: 'https://login.example.com' },
      { client_id: 'another' },
      { user_claim: 'sub' },
      { groups_claim: 'roles' },
    ]) {
      const { sessions } = replica({ provider: markProvider({ ...OIDC, ...change }) });
      assert.equal(await read(sessions, ada), undefined, JSON.stringify(change));
    }
    assert.equal(
      await read(replica({ provider: undefined }).sessions, ada),
      undefined,
      'people do not log in so any more',
    );
  });

  test('begins with as many groups as a browser keeps in a cookie, and with no more', async () => {
    const groups = Array.from(
      { length: 80 },
      (_, index) => `0f3c51c2-0000-4000-8000-${String(index).padStart(12, '0')}`,
    );
    const rules = groups.map((group) => ({ group, scopes: ['read'] as const }));
    const { sessions } = replica({ people: rules });
    const many = await begin(sessions, { ...ADA, groups: groups.slice(0, 70) });
    assert.ok((many.get('cookie') ?? '').length <= 4_096);
    assert.equal((await read(sessions, many))?.grants.length, 70);
    await assert.rejects(
      begin(sessions, { ...ADA, groups }, many),
      (error) =>
        error instanceof ProblemError &&
        error.problem.status === 403 &&
        /sso:ada@example\.org that people names to fit into a cookie of 4096 bytes, got \d+ bytes with 80 groups/.test(
          error.message,
        ),
    );
    assert.equal((await read(sessions, many))?.grants.length, 70, 'the session before goes on');
  });

  test('ends with its token, and is not that of another one with the same name', async () => {
    const robot = await begin(replica().sessions, { way: 'token', token: ROBOT });
    const none = replica({ findNamed: async () => Promise.resolve([]) });
    assert.equal(await read(none.sessions, robot), undefined);
    const other = replica({
      findNamed: async () => Promise.resolve([OTHER]),
    });
    assert.equal(await read(other.sessions, robot), undefined);
    const both = replica({ findNamed: async () => Promise.resolve([OTHER, ROBOT]) });
    assert.ok(await read(both.sessions, robot), 'one is in the file, and one was made over the API');
  });

  test('lasts eight hours after a login by a provider, and seven days after a token', async () => {
    const { sessions, at } = replica();
    const [ada, robot] = [await begin(sessions, ADA), await begin(sessions, { way: 'token', token: ROBOT })];
    const open = async (): Promise<readonly boolean[]> =>
      Promise.all([ada, robot].map(async (headers) => (await read(sessions, headers)) !== undefined));
    at.now = T0 + 8 * HOUR - 1;
    assert.deepEqual(await open(), [true, true]);
    at.now += 1;
    assert.deepEqual(await open(), [false, true]);
    at.now = T0 + 7 * 24 * HOUR;
    assert.deepEqual(await open(), [false, false]);
  });

  test('lasts no longer where the clock of the replica that began it is ahead of that of the provider', async () => {
    const [ahead, there] = [replica(), replica()];
    ahead.at.now = T0 + HOUR;
    const ada = await begin(ahead.sessions, { ...ADA, at: T0 });
    there.at.now = T0 + 8 * HOUR - 1;
    assert.ok(await read(there.sessions, ada));
    there.at.now += 1;
    assert.equal(await read(there.sessions, ada), undefined);
    const bob = await begin(there.sessions, { ...ADA, at: T0 + 24 * HOUR });
    there.at.now += 8 * HOUR;
    assert.equal(
      await read(there.sessions, bob),
      undefined,
      'nor is the clock of the provider believed where it is ahead',
    );
  });

  test('of a clock that is far ahead does not count yet, and is ended all the same', async () => {
    const [ahead, there] = [replica(), replica()];
    const robot = async (minutes: number): Promise<Headers> => {
      ahead.at.now = T0 + minutes * 60_000;
      return begin(ahead.sessions, { way: 'token', token: ROBOT });
    };
    assert.ok(await read(there.sessions, await robot(5)));
    const far = await robot(6);
    assert.equal(await read(there.sessions, far), undefined);
    assert.ok(await read(ahead.sessions, far));
    await there.sessions.end(far);
    ahead.at.moved = 2_000;
    assert.equal(await read(ahead.sessions, far), undefined);
  });

  test('ends once: a copy of its cookie, or another text, ends nothing', async () => {
    const { sessions } = replica();
    const [ada, over] = [await begin(sessions, ADA), await begin(sessions, { ...ADA, at: T0 - 9 * HOUR })];
    const forged = new Headers({ cookie: `${ada.get('cookie')}x.` });
    const hasEnded = async (headers: Headers): Promise<boolean> => (await sessions.end(headers)).hasEnded;
    for (const headers of [new Headers(), forged, over]) assert.equal(await hasEnded(headers), false);
    assert.deepEqual([await hasEnded(ada), await hasEnded(ada)], [true, false]);
    const bob = await begin(sessions, ADA);
    const { hasEnded: byLogin } = await sessions.begin(ADA, 'secure', bob);
    assert.equal(byLogin, true);
  });

  test('ends everywhere by a logout at a replica by whose clock it is over', async () => {
    const [ahead, there] = [replica(), replica()];
    const ada = await begin(there.sessions, ADA);
    ahead.at.now = T0 + 9 * HOUR;
    await ahead.sessions.end(ada);
    assert.equal(await read(there.sessions, ada), undefined);
  });

  test('ends on other replicas within two seconds of the logout', async () => {
    const [here, there] = [replica(), replica()];
    const ada = await begin(here.sessions, ADA);
    assert.ok(await read(there.sessions, ada));
    assert.match((await here.sessions.end(ada)).cookies.join(), /^__Host-ec2op_session=; .*Max-Age=0; Secure$/);
    assert.equal(await read(here.sessions, ada), undefined);
    there.at.moved = 2_000;
    assert.equal(await read(there.sessions, ada), undefined);
  });

  test('ends when its browser logs in anew', async () => {
    const { sessions } = replica();
    const first = await begin(sessions, ADA);
    const second = await begin(sessions, ADA, first);
    assert.deepEqual([await read(sessions, first), (await read(sessions, second)) !== undefined], [undefined, true]);
  });

  test('is not open while the store is away: it may have been ended', async () => {
    const ada = await begin(replica().sessions, ADA);
    const away = { ...store, endedSessions: async () => Promise.reject(new Error('away')) };
    const { sessions } = replica({ store: away });
    await assert.rejects(read(sessions, ada), /away/);
  });

  test('tells nobody the token, nor what a weak one could be found by', async () => {
    const cookie = (await begin(replica().sessions, { way: 'token', token: ROBOT })).get('cookie') ?? '';
    const [payload = ''] = cookie.slice('__Host-ec2op_session='.length).split('.');
    assert.ok(!Buffer.from(payload, 'base64url').toString().includes(ROBOT.sha256));
  });

  test('has no place for a person whom records could not name', async () => {
    const odd = replica().sessions.begin({ ...ADA, user: 'ada, eve' }, 'secure', new Headers());
    await assert.rejects(odd, (error) => error instanceof ProblemError && error.problem.status === 403);
  });

  test('keeps those groups alone that the settings name: cookies are small', async () => {
    const groups = Array.from({ length: 2_000 }, (_, index) => `group-${index}`);
    const ada = await begin(replica().sessions, { ...ADA, groups: [...groups, 'ml'] });
    assert.ok((ada.get('cookie') ?? '').length < 500);
    assert.deepEqual((await read(replica().sessions, ada))?.grants, [{ scopes: ['start'] }]);
  });
});
