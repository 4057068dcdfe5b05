/** Rows that this version would not write: one of them never keeps another from being read, written or carried. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Move } from '../../../src/domain/move.ts';
import { ENDED_STATES } from '../../../src/domain/operation.ts';
import { LATEST } from '../../../src/domain/time.ts';
import { tellMoves } from '../../../src/engine/tell.ts';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase, TestDatabase } from './database.ts';
import {
  ADA,
  MINUTE,
  T0,
  WORKER,
  WRITTEN,
  change,
  claimAll,
  enqueue,
  idOf,
  instanceId,
  request,
  resolvedOf,
  deliveryOf,
  take,
  wait,
  settle,
  record,
} from './samples.ts';

/** Beyond 2^53, within it and beyond what a Date can say, and the largest that a column can hold. */
const NO_TIMES = ['9007199254740993', '8640000000000001', '9223372036854775807'];

export function describeDamage(create: CreateDatabase): void {
  describe('damage', () => {
    for (const bad of NO_TIMES) {
      test(`a row whose times are ${bad} takes no other with it, and is carried again`, async (t) => {
        const { database, store } = await damaged(create, t, `available_at = ${bad}, held_until = ${bad}`);
        const listed = await store.list({ limit: 10 });
        assert.deepEqual(
          listed.map(({ id }) => id),
          [idOf(2), idOf(1)],
        );
        for (const operation of listed) assert.doesNotThrow(() => new Date(operation.createdAt).toISOString());
        assert.equal((await store.find(idOf(1)))?.heldUntil, LATEST);
        assert.deepEqual(
          (await claimAll(store)).map(({ id }) => id),
          [idOf(2)],
        );
        await store.hasten(T0 + 1, T0);
        const [healed] = await claimAll(store);
        assert.equal(healed?.id, idOf(1));
        await settle(store, WORKER, [change(healed, wait(1, T0 + 5), T0 + 5)]);
        await store.close();
        const [row] = await database.sql(`select held_until as at from operation where id = '${idOf(1)}'`);
        assert.equal(Number(row?.['at']), LATEST);
      });
    }

    for (const never of [2 ** 55, 1e300, Infinity]) {
      test(`a wait until ${never} is written as one until a time that there is`, async (t) => {
        const store = await (await create(t)).open();
        const taken = await take(store, request(1));
        const event = { ...wait(1, never), type: 'wait', until: never, reason: 'min_uptime', message: 'm' } as const;
        assert.deepEqual(await settle(store, WORKER, [change(taken, event, never)]), [WRITTEN]);
        const found = await store.find(idOf(1));
        assert.ok(found?.state === 'waiting');
        assert.deepEqual([found.until, found.heldUntil, await store.nextDueAt()], [LATEST, LATEST, LATEST]);
      });
    }

    for (const intent of ['no json', '{}', '{"verb":"hibernate"}']) {
      test(`an open operation whose intent is ${intent} is written again by the next who asks for the same`, async (t) => {
        const { store } = await damaged(create, t, `intent = '${intent}'`);
        assert.deepEqual(
          (await store.list({ limit: 1, cursor: idOf(9) })).map(({ id }) => id),
          [idOf(2)],
        );
        const standing = await store.standing(WORKER, [idOf(1), idOf(2)], T0);
        assert.ok([...standing.values()].every(({ isResolved }) => !isResolved));
        const again = await enqueue(store, [request(3), request(4, { machine: 4 })], T0);
        assert.deepEqual(again, [
          { outcome: 'joined', operation: idOf(1) },
          { outcome: 'accepted', operation: idOf(4) },
        ]);
        assert.equal((await store.find(idOf(1)))?.intent.verb, 'stop');
      });
    }

    test('a resolved alert ends what can be read of what it asked for', async (t) => {
      const { store } = await damaged(create, t, `intent = '{}'`);
      const members = [resolvedOf(request(1)), resolvedOf(request(2, { machine: 2 }))];
      const { cancelled } = await record(store, [{ ...deliveryOf([]), members }], T0);
      assert.deepEqual(
        cancelled.map(({ after }) => after.id),
        [idOf(2)],
      );
    });

    test('a reason that only another version knows is shown as such, with its message, and what waits for it is carried', async (t) => {
      const set = `reason = 'full_moon', message = 'the moon is full'`;
      const { store } = await damaged(create, t, `state = 'waiting', ${set}`);
      const told = { reason: 'other_version', message: 'the moon is full' } as const;
      assert.partialDeepStrictEqual(await store.find(idOf(1)), { state: 'waiting', ...told });
      const claimed = await claimAll(store);
      assert.deepEqual(
        claimed.map(({ id }) => id),
        [idOf(1), idOf(2)],
      );
      for (const state of ENDED_STATES) {
        const ended = await damaged(create, t, `${set}, state = '${state}', ended_at = ${T0}`);
        assert.partialDeepStrictEqual(await ended.store.find(idOf(1)), { state, ...told });
      }
    });

    for (const broken of [`intent = '{"verb":"hibernate"}'`, `place = '?', instance_id = '${instanceId(1)}'`]) {
      test(`an open operation with ${broken} is never carried, and shown; it is given up after a day`, async (t) => {
        const { store } = await damaged(create, t, broken);
        const shown = [
          ['waiting', 'other_version'],
          ['queued', undefined],
        ];
        const listed = (await store.list({ limit: 9 })).toReversed();
        assert.deepEqual(
          listed.map((one) => [one.state, 'reason' in one ? one.reason : undefined]),
          shown,
        );
        assert.deepEqual(
          (await claimAll(store)).map(({ id }) => id),
          [idOf(2)],
        );
        await claimAll(store, WORKER, T0 + 24 * 60 * MINUTE);
        assert.equal((await store.find(idOf(1)))?.state, 'waiting');
        const told: Move[] = [];
        const telling = tellMoves(store, { moved: (move) => void told.push(move) });
        await claimAll(telling, WORKER, T0 + 26 * 60 * MINUTE);
        assert.partialDeepStrictEqual(told, [
          {
            before: { id: idOf(1), state: 'waiting' },
            after: { id: idOf(1), state: 'failed', reason: 'other_version' },
          },
        ]);
        assert.partialDeepStrictEqual(await store.find(idOf(1)), { state: 'failed', reason: 'other_version' });
        assert.match((await store.trail(idOf(1))).at(-1)?.message ?? '', /cannot read it: it was given up after a day/);
        const again = await enqueue(store, [request(3, { episode: 'two' })], T0);
        assert.deepEqual(again, [{ outcome: 'accepted', operation: idOf(3) }]);
      });
    }

    test('a person cancels what cannot be read, unless EC2 may have been asked', async (t) => {
      const { store } = await damaged(create, t, `intent = '{}'`);
      assert.equal((await store.cancel(idOf(1), ADA, T0))?.operation.state, 'cancelled');
      assert.partialDeepStrictEqual(await store.find(idOf(1)), { state: 'cancelled', reason: 'by_person' });
      const acted = `state = 'acting', acted = '?', instance_id = '${instanceId(1)}'`;
      const { store: other } = await damaged(create, t, acted);
      assert.equal((await other.cancel(idOf(1), ADA, T0))?.operation.state, 'acting');
      assert.equal((await other.find(idOf(1)))?.state, 'acting');
    });

    test('an entry of the log that cannot be read keeps its place', async (t) => {
      const database = await create(t);
      const before = await database.open();
      await enqueue(before, [request(1)], T0);
      await enqueue(before, [request(2)], T0 + 1);
      await before.close();
      await database.sql(`update audit set entry = '{"event":"moon"}' where event in ('joined', 'delivery')`);
      const store = await database.open();
      assert.deepEqual(
        (await store.trail(idOf(1))).map(({ at, state, message }) => [at, state ?? message?.slice(0, 15)]),
        [
          [T0, 'queued'],
          [T0 + 1, 'another version'],
        ],
      );
      const entries = await store.audit({ limit: 10 });
      assert.deepEqual(
        entries.map(({ event }) => event),
        ['unreadable', 'unreadable', 'state', 'unreadable'],
      );
      assert.deepEqual(
        entries.map(({ operation }) => operation),
        [idOf(1), undefined, idOf(1), undefined],
      );
    });
  });
}

/** Two operations, the first of which was damaged behind the store's back. */
async function damaged(
  create: CreateDatabase,
  t: Parameters<CreateDatabase>[0],
  set: string,
): Promise<{ readonly database: TestDatabase; readonly store: Store }> {
  const database = await create(t);
  const before = await database.open();
  await enqueue(before, [request(1), request(2, { machine: 2 })], T0);
  await before.close();
  await database.sql(`update operation set ${set} where target like '%${instanceId(1)}%'`);
  return { database, store: await database.open() };
}
