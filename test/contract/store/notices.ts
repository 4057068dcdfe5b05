import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NewNotice } from '../../../src/domain/notice.ts';
import type { NoticesOf } from '../../../src/store/notice-port.ts';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
  act,
  ADA,
  change,
  deliveryOf,
  ENDINGS,
  idOf,
  instanceId,
  memberOf,
  MINUTE,
  move,
  ORIGIN,
  request,
  resolvedOf,
  settle,
  T0,
  take,
} from './samples.ts';

import { newsOf, noticeOf, warningOf } from './notice-samples.ts';

/** Tells each move to one channel: every notice of the store is then a move. */
const EVERY_MOVE: NoticesOf = ({ after, at }) => [noticeOf(after.id, `${after.id} ${after.state} ${at}`)];

export function describeNotices(create: CreateDatabase): void {
  describe('notices', () => {
    test('are written with every move that the store makes', async (t) => {
      const store = await (await create(t)).open(EVERY_MOVE);
      const alert = request(1, { machine: 1 });
      await store.recordDeliveries([deliveryOf([alert])], T0);
      await store.recordDeliveries([{ ...deliveryOf([]), members: [resolvedOf(alert)] }], T0 + 1);
      const taken = await take(store, request(2, { machine: 2, episode: 'two' }), T0 + 2);
      await move(store, taken, act(2));
      await store.recordDeliveries([deliveryOf([request(3, { machine: 3, person: ADA.name })])], T0 + 3);
      await store.cancel(idOf(3), ADA, T0 + 4);
      const told = await store.notices({ limit: 100 });
      assert.deepEqual(told.map(({ subject }) => subject).toSorted(), [
        `${idOf(1)} cancelled ${T0 + 1}`,
        `${idOf(1)} queued ${T0}`,
        `${idOf(2)} acting ${T0}`,
        `${idOf(2)} queued ${T0 + 2}`,
        `${idOf(3)} cancelled ${T0 + 4}`,
        `${idOf(3)} queued ${T0 + 3}`,
      ]);
    });

    test('are written with the moves of a revoked token, and of operations that no version can read', async (t) => {
      const database = await create(t);
      const store = await database.open(EVERY_MOVE);
      const by = { name: ADA.name, remote: ADA.remote };
      await store.createToken({ name: 'old', sha256: 'x', scopes: ['stop'], createdAt: T0 }, by);
      const asked = {
        ...deliveryOf([request(1, { person: 'old' })]),
        origin: { ...ORIGIN, who: { ...ADA, name: 'old' } },
      };
      await store.recordDeliveries([asked, { ...deliveryOf([request(2, { machine: 2 })]), id: idOf(9) }], T0);
      const revoked = await store.revokeToken('old', T0 + 1, by, true);
      assert.equal(revoked?.moves.length, 1);
      await store.close();
      await database.sql(`update operation set intent = 'a poem' where id = '${idOf(2)}'`);
      const again = await database.open(EVERY_MOVE);
      const day = 25 * 60 * MINUTE;
      const { moves } = await again.claim({ owner: 'w', now: T0 + day, until: T0 + 2 * day, limit: 9 });
      assert.equal(moves.length, 1);
      const told = await again.notices({ limit: 100 });
      assert.deepEqual(told.map(({ subject }) => subject).toSorted(), [
        `${idOf(1)} cancelled ${T0 + 1}`,
        `${idOf(1)} queued ${T0}`,
        `${idOf(2)} failed ${T0 + day}`,
        `${idOf(2)} queued ${T0}`,
      ]);
    });

    test('say how often a machine was kept, or are written only of many times', async (t) => {
      const store = await (await create(t)).open();
      const DAY = 24 * 60 * MINUTE;
      const kept = (subject: string, at: number, machine = 1): NewNotice => {
        const about = { at, machine: { id: instanceId(machine) }, operation: 'operation-1', message: 'held' };
        const news = { kind: 'kept', by: 'hold', ...about } as const;
        return { channel: 'ml', subject, thread: 'operation-1', availableAt: at, news };
      };
      const tell = async (at: number, subject: string, machine = 1): Promise<readonly string[]> => {
        const plain = kept(subject, at, machine);
        const counts = { times: 3, since: at - 7 * DAY };
        const notices: readonly NewNotice[] = [
          { ...plain, counts: { ...counts, isOnlyThen: false } },
          { ...plain, channel: 'other' },
          { ...plain, channel: 'ops', counts: { ...counts, isOnlyThen: true } },
        ];
        const written = await store.addNotices(notices, at);
        return written.map(
          ({ channel, news }) => `${channel} ${(news.kind === 'kept' && news.often?.times) || 'plain'}`,
        );
      };
      const rarely = ['ml plain', 'other plain'];
      assert.deepEqual(await tell(T0, 'one'), rarely);
      assert.deepEqual(await tell(T0 + DAY, 'two'), rarely);
      assert.deepEqual(await tell(T0 + DAY, 'two:again'), rarely, 'no further time');
      assert.deepEqual(await tell(T0 + 2 * DAY, 'three', 2), rarely, 'another machine');
      assert.deepEqual(await tell(T0 + 3 * DAY, 'four'), ['ml 3', 'other plain', 'ops 3']);
      assert.deepEqual(await tell(T0 + 4 * DAY, 'five'), ['ml 4', 'other plain', 'ops 4']);
      assert.deepEqual(await tell(T0 + 10.5 * DAY, 'six'), rarely, 'the others were long ago');
    });

    test('are not written when their move is not', async (t) => {
      const store = await (await create(t)).open(EVERY_MOVE);
      const taken = await take(store, request(1));
      assert.deepEqual(await settle(store, 'worker-2', [change(taken, act(1))]), [{ outcome: 'lost' }]);
      const failing = store.recordDeliveries([deliveryOf([request(1, { machine: 2 })])], T0 + 1);
      await assert.rejects(failing, 'the operation has that id already');
      const told = await store.notices({ limit: 100 });
      assert.deepEqual(
        told.map(({ subject }) => subject),
        [`${idOf(1)} queued ${T0}`],
      );
    });

    test('are written once for an address, and a follower only where there is something to follow', async (t) => {
      const store = await (await create(t)).open();
      const first = noticeOf('one', 'a');
      const added = await store.addNotices(
        [
          noticeOf('one', 'b', { follows: true }),
          first,
          noticeOf('one', 'c', { follows: true }),
          { ...first, recipient: 'pia@example.com' },
          noticeOf('one', 'd', { follows: true, channel: 'ops' }),
        ],
        T0,
      );
      assert.deepEqual(
        added.map(({ subject, recipient }) => [subject, recipient]),
        [
          ['a', undefined],
          ['c', undefined],
          ['a', 'pia@example.com'],
        ],
      );
      const again = await store.addNotices([first, noticeOf('one', 'e', { follows: true })], T0);
      assert.deepEqual(
        again.map(({ subject }) => subject),
        ['e'],
      );
    });

    test('are listed by channel, kind, state, machine and operation, in pages', async (t) => {
      const store = await (await create(t)).open();
      await store.addNotices([noticeOf('one', 'a'), noticeOf('one', 'b', { channel: 'ops' })], T0);
      await store.addNotices([noticeOf('two', 'c', { news: newsOf('two', 2) }), warningOf('two', T0)], T0);
      const listed = async (query: Omit<Parameters<Store['notices']>[0], 'limit'>) =>
        (await store.notices({ ...query, limit: 10 })).map(({ subject }) => subject).toSorted();
      assert.deepEqual(await listed({ channel: 'ops' }), ['b']);
      assert.deepEqual(await listed({ kind: 'failed' }), ['a', 'b', 'c']);
      assert.deepEqual(await listed({ state: 'sent' }), []);
      assert.deepEqual(await listed({ machine: 'gpu-2' }), ['c']);
      assert.deepEqual(await listed({ machine: instanceId(1), operation: 'one' }), ['a', 'b']);
      const all = await store.notices({ limit: 10 });
      const pages: string[] = [];
      for (let cursor: string | undefined; pages.length < 4;) {
        const [next] = await store.notices({ limit: 1, cursor });
        assert.ok(next !== undefined);
        pages.push(next.id);
        cursor = next.id;
      }
      assert.deepEqual(
        pages,
        all.map(({ id }) => id),
      );
      assert.deepEqual(pages.toSorted().toReversed(), pages);
    });

    test('wake the loops that send them, of all replicas', async (t) => {
      const stores = await (await create(t)).replicas(2, EVERY_MOVE);
      const heard = stores.map(async (store) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        store.onNotices(resolve);
        return promise;
      });
      await stores[0]?.recordDeliveries([deliveryOf([request(1)])], T0);
      await Promise.all(heard);
    });

    test('are deleted with their operation, and by their age where there is none', async (t) => {
      const store = await (await create(t)).open();
      const taken = await take(store, request(1));
      await move(store, taken, ENDINGS.refused);
      await store.recordDeliveries([{ ...deliveryOf([]), members: [memberOf(request(2, { machine: 2 }))] }], T0);
      await store.addNotices([noticeOf(idOf(1), 'a'), noticeOf(idOf(2), 'b'), noticeOf('test', 'c')], T0);
      await store.addNotices([noticeOf('test', 'd')], T0 + 2);
      for (let more = 1; more > 0;) more = await store.prune(T0 + 1, 10);
      const left = await store.notices({ limit: 10 });
      assert.deepEqual(left.map(({ subject }) => subject).toSorted(), ['b', 'd']);
    });
  });
}
