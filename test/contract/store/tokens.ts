import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ListQuery, NewToken, Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
  act,
  ADA,
  call,
  claimAll,
  deliveryOf,
  idOf,
  instanceId,
  move,
  ORIGIN,
  request,
  T0,
  type Request,
} from './samples.ts';

function token(name: string, digit: string, more: Partial<NewToken> = {}): NewToken {
  return { name, scopes: ['stop'], sha256: digit.repeat(64), createdAt: T0, ...more };
}

/** What a sender of this name asks for. */
async function ask(store: Store, name: string, ...requests: readonly Request[]): Promise<void> {
  const id = `01900000-0000-7000-9000-${name.padEnd(12, '0').slice(0, 12)}`;
  const origin = { ...ORIGIN, who: { name, remote: '10.0.0.8' } };
  await store.recordDeliveries([{ ...deliveryOf(requests, id), origin }], T0);
}

export function describeTokens(create: CreateDatabase): void {
  describe('tokens', () => {
    test('come back as they were made, oldest first', async (t) => {
      const store = await (await create(t)).open();
      const first = token('first', 'b', { scopes: ['read', 'stop'], only: { team: 'ml' }, expiresAt: T0 + 1 });
      const second = token('second', 'a', { createdAt: T0 + 1 });
      assert.equal(await store.createToken(second, ADA), true);
      assert.equal(await store.createToken(first, ADA), true);
      assert.deepEqual(await store.listTokens(), [first, second]);
    });

    test('have a name of their own until they are revoked', async (t) => {
      const store = await (await create(t)).open();
      assert.equal(await store.createToken(token('robot', '1'), ADA), true);
      assert.equal(await store.createToken(token('robot', '2'), ADA), false);
      const none = { open: 0, moves: [], shared: 0, tooLate: [] };
      assert.deepEqual(await store.revokeToken('robot', T0 + 1, ADA, false), none);
      assert.equal(await store.revokeToken('robot', T0 + 2, ADA, false), undefined);
      assert.deepEqual(await store.revokeToken('robot', T0 + 2, ADA, true), none, 'to cancel what it has left');
      assert.equal(await store.revokeToken('nobody', T0 + 2, ADA, true), undefined);
      assert.equal(await store.createToken(token('robot', '2', { createdAt: T0 + 3 }), ADA), true);
      assert.deepEqual(await store.listTokens(), [
        { ...token('robot', '1'), revokedAt: T0 + 1 },
        token('robot', '2', { createdAt: T0 + 3 }),
      ]);
    });

    test('what a sender has opened or joined is told from what others have', async (t) => {
      const store = await (await create(t)).open();
      await ask(store, 'ml', request(1, { machine: 1 }), request(2, { machine: 2, episode: 'one' }));
      await ask(store, 'web', request(3, { machine: 2, episode: 'two' }), request(4, { machine: 3 }));
      const seenBy = async (who: string) => (await store.list({ limit: 9, askedBy: who })).map(({ id }) => id);
      assert.deepEqual(await seenBy('ml'), [idOf(2), idOf(1)]);
      assert.deepEqual(await seenBy('web'), [idOf(4), idOf(2)], 'it has joined one');
      assert.deepEqual(await seenBy('nobody'), []);
      const own = async (query: Omit<ListQuery, 'limit'>) =>
        (await store.list({ limit: 1, askedBy: 'web', ...query })).map(({ id }) => id);
      assert.deepEqual(await own({}), [idOf(4)]);
      assert.deepEqual(await own({ cursor: idOf(4), states: ['queued'], verb: 'stop', dryRun: false }), [idOf(2)]);
      assert.deepEqual(await own({ machine: { target: instanceId(2) } }), [idOf(2)]);
      for (const nothing of [
        { cursor: idOf(2) },
        { states: ['waiting'] },
        { verb: 'start' },
        { dryRun: true },
      ] as const)
        assert.deepEqual(await own(nothing), []);
      assert.deepEqual(await own({ machine: { target: instanceId(1) } }), [], 'another has asked for that');
      assert.deepEqual(await own({ since: T0 + 1 }), []);
      for (const [who, expected] of [
        ['ml', [true, true, false]],
        ['web', [false, true, true]],
      ] as const) {
        const ids = [1, 2, 4].map(idOf);
        assert.deepEqual(await Promise.all(ids.map(async (id) => store.hasAskedFor(who, id))), expected);
      }
    });

    test('revoked, leave what is open or cancel it, but for what others have asked for too', async (t) => {
      const store = await (await create(t)).open();
      await store.createToken(token('ml', '1'), ADA);
      await ask(store, 'ml', request(1, { machine: 1 }), request(2, { machine: 2, episode: 'one' }));
      await ask(store, 'web', request(3, { machine: 2, episode: 'two' }), request(4, { machine: 3 }));
      const left = await store.revokeToken('ml', T0 + 1, ADA, false);
      assert.deepEqual(left, { open: 2, moves: [], shared: 0, tooLate: [] });
      const revoked = await store.revokeToken('ml', T0 + 2, ADA, true);
      assert.deepEqual([revoked?.open, revoked?.shared], [2, 1]);
      assert.deepEqual(
        revoked?.moves.map(({ before, after, entry }) => [before?.id, before?.state, after.state, entry.message]),
        [[idOf(1), 'queued', 'cancelled', 'cancelled by Ada']],
      );
      const states = await Promise.all([1, 2, 4].map(async (number) => (await store.find(idOf(number)))?.state));
      assert.deepEqual(states, ['cancelled', 'queued', 'queued']);
    });

    test('revoked, cancel what a worker is about to send, and say what was sent before', async (t) => {
      const store = await (await create(t)).open();
      await store.createToken(token('ml', '1'), ADA);
      await ask(store, 'ml', request(1, { machine: 1 }), request(2, { machine: 2, verb: 'start' }));
      const [stop, start] = await claimAll(store);
      assert.ok(stop !== undefined && start !== undefined);
      await call(store, start, 2);
      await move(store, stop, act(1));
      const revoked = await store.revokeToken('ml', T0 + 2, ADA, true);
      assert.deepEqual([revoked?.open, revoked?.moves.map(({ after }) => after.id)], [2, [idOf(1)]]);
      const message = `the start was sent to EC2 at ${new Date(T0).toISOString()}; stop it again?`;
      assert.deepEqual(revoked?.tooLate, [{ operation: idOf(2), sentAt: T0, message }]);
    });

    test('made by several replicas at once with the same name are one', async (t) => {
      const stores = await (await create(t)).replicas(3);
      const made = await Promise.all(
        stores.map(async (store, index) => store.createToken(token('robot', `${index}`), ADA)),
      );
      assert.equal(made.filter((isNew) => isNew).length, 1);
      assert.equal((await stores[0]?.listTokens())?.length, 1);
    });

    test('are on record with whoever made or revoked them, and without what opens a door', async (t) => {
      const store = await (await create(t)).open();
      const until = Date.UTC(2027, 0, 31);
      const robot = token('robot', '1', { scopes: ['start', 'stop'], only: { team: 'ml' }, expiresAt: until });
      await store.createToken(robot, ADA);
      await store.createToken(token('robot', '2'), ADA);
      await store.revokeToken('nobody', T0 + 1, ADA, false);
      await store.revokeToken('robot', T0 + 2, { name: 'command line' }, false);
      await store.createToken(token('plain', '3', { createdAt: T0 + 3 }), ADA);
      const entries = await store.audit({ limit: 10, event: 'token' });
      const rights =
        'the token robot for start, stop, on machines with "team"="ml" only, until 2027-01-31T00:00:00.000Z';
      const by = { event: 'token', who: ADA.name, remote: ADA.remote };
      assert.deepEqual(
        entries.toReversed().map((each) => {
          const { id: _, ...entry } = each;
          return entry;
        }),
        [
          { at: T0, ...by, message: `made ${rights}` },
          { at: T0 + 2, event: 'token', who: 'command line', message: `revoked ${rights}` },
          { at: T0 + 3, ...by, message: 'made the token plain for stop, without an end' },
        ],
      );
      assert.doesNotMatch(JSON.stringify(entries), /[\da-f]{64}/);
    });

    test('are made with their record, or not at all', async (t) => {
      const database = await create(t);
      await (await database.open()).close();
      await database.sql('alter table audit rename to elsewhere');
      const store = await database.open();
      await assert.rejects(store.createToken(token('robot', '1'), ADA));
      assert.deepEqual(await store.listTokens(), []);
    });

    test('have no scope that this version does not know', async (t) => {
      const database = await create(t);
      const store = await database.open();
      await store.createToken(token('robot', '1'), ADA);
      await store.close();
      await database.sql(`update token set scopes = '["stop","fly"]'`);
      const [robot] = await (await database.open()).listTokens();
      assert.deepEqual(robot?.scopes, ['stop']);
    });
  });
}
