import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { createChanges } from '../../engine/changes.ts';
import { openSqliteStore } from '../../store/sqlite.ts';
import { createOrigins } from '../auth/origin.ts';
import { createSessions } from '../auth/sessions.ts';
import { createEventStreams } from '../event-streams.ts';
import { logOut } from './login.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const OURS = { host: 'localhost:8080', origin: 'http://localhost:8080' };

test('a logout asks open pages for their right only where it ends a session', async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-login-'));
  stack.defer(async () => rm(directory, { recursive: true }));
  const store = stack.adopt(await openSqliteStore(directory), async (opened) => opened.close());
  const [clock, now] = [() => NOW, () => 0];
  const sessions = createSessions({
    store,
    findNamed: async () => Promise.resolve([]),
    people: [],
    provider: 'x',
    clock,
    now,
  });
  const changes = stack.use(
    createChanges({
      send: async () => Promise.resolve(),
      receive: () => () => undefined,
      onJoined: () => undefined,
    }),
  );
  const eventStreams = createEventStreams({
    changes,
    metrics: { streamsOpen: () => undefined, hintSent: () => undefined },
  });
  stack.defer(eventStreams.close);
  let asked = 0;
  const askAgain = async (): Promise<void> => {
    asked += 1;
    return Promise.resolve();
  };
  eventStreams.open({ reader: 'ada', seen: undefined, askAgain, lasting: undefined });
  const parts = {
    login: { sessions, origins: createOrigins(undefined, false) },
    log: { info: () => undefined },
    eventStreams,
  };
  const askedBy = async (headers: Readonly<Record<string, string>>): Promise<number> => {
    const request = new Request('http://localhost:8080/logout', { method: 'POST', headers: { ...OURS, ...headers } });
    assert.equal((await logOut(parts, { request, remote: '203.0.113.1' })).status, 303);
    return asked;
  };
  const { cookies } = await sessions.begin({ way: 'oidc', user: 'ada', groups: [] }, 'secure', new Headers());
  const cookie = cookies.join().replace(/;.*/, '');
  assert.equal(await askedBy({}), 0);
  assert.equal(await askedBy({ cookie: `${cookie}x` }), 0);
  assert.equal(await askedBy({ cookie }), 1);
  assert.equal(await askedBy({ cookie }), 1, 'it has ended already');
});
