/** Everything that writes an operation's state answers with its moves: as they are on disk, each with its trail entry. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTell, tellMoves } from '../../../src/engine/tell.ts';
import { isRepeat, type Move } from '../../../src/domain/move.ts';
import { isOpen } from '../../../src/domain/operation.ts';
import type { Revoked, Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
  act,
  ADA,
  ALERTMANAGER,
  change,
  claimAll,
  deliveryOf,
  ENDINGS,
  enqueue,
  idOf,
  MINUTE,
  request,
  resolvedOf,
  T0,
  take,
  wait,
  WORKER,
} from './samples.ts';

export function describeMoves(create: CreateDatabase): void {
  describe('a move', () => {
    test('of an operation that is opened has nothing before it', async (t) => {
      const store = await (await create(t)).open();
      const joining = [request(1), request(2), request(3, { machine: 3 })];
      const { moves } = await store.recordDeliveries([deliveryOf(joining)], T0);
      assert.deepEqual(
        moves.map(({ before, after }) => [before, after.id]),
        [
          [undefined, idOf(1)],
          [undefined, idOf(3)],
        ],
      );
      await assertOnDisk(store, moves);
    });

    test('of an operation whose alert is resolved is in the answer to that delivery', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1)], T0);
      const before = await store.find(idOf(1));
      const both = [{ ...deliveryOf([request(2, { machine: 2 })]), members: [resolvedOf(request(1))] }];
      const { moves } = await store.recordDeliveries(both, T0 + 1);
      assert.deepEqual(
        moves.map((move) => [move.before, move.after.state]),
        [[before, 'cancelled']],
      );
      await assertOnDisk(store, moves);
    });

    test('of a worker comes with those of the operations that gave way to it', async (t) => {
      const store = await (await create(t)).open();
      const stop = await take(store, request(1, { verb: 'stop' }));
      await store.settle(WORKER, [change(stop, wait(1, T0 + MINUTE), T0 + MINUTE)]);
      const waiting = await store.find(idOf(1));
      const start = await take(store, request(2, { verb: 'start' }), T0 + 1);
      const [answer] = await store.settle(WORKER, [change(start, act(1))]);
      assert.ok(answer?.outcome === 'written');
      assert.deepEqual(
        answer.moves.map(({ before, after }) => [before, after.state]),
        [
          [start, 'acting'],
          [waiting, 'cancelled'],
        ],
      );
      await assertOnDisk(store, answer.moves);
    });

    test('is none where an operation stays as it is, and is not in the trail where it repeats itself', async (t) => {
      const store = await (await create(t)).open();
      const first = change(await take(store, request(1)), wait(1, T0), T0);
      await store.settle(WORKER, [first]);
      const [again] = await claimAll(store);
      assert.ok(again !== undefined);
      const repeated = change(again, wait(1, T0 + 1), T0 + 1);
      const [answer] = await store.settle(WORKER, [repeated]);
      assert.ok(answer?.outcome === 'written');
      assert.deepEqual(answer.moves.map(isRepeat), [true]);
      assert.equal((await store.trail(idOf(1))).length, 2);
      const [later] = await claimAll(store, WORKER, T0 + 1);
      assert.ok(later !== undefined);
      const postponed = { before: later, after: later, at: T0, availableAt: T0 + MINUTE };
      assert.deepEqual(await store.settle(WORKER, [postponed]), [{ outcome: 'written', moves: [] }]);
    });

    test('by a person tells what was cancelled, once', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1)], T0);
      const before = await store.find(idOf(1));
      const answer = await store.cancel(idOf(1), ADA, T0 + 1);
      assert.ok(answer !== undefined);
      assert.deepEqual(
        answer.moves.map((move) => [move.before, move.after]),
        [[before, answer.operation]],
      );
      await assertOnDisk(store, answer.moves);
      assert.deepEqual((await store.cancel(idOf(1), ADA, T0 + 2))?.moves, []);
    });

    test('comes of a token that is revoked, for all that it alone has asked for', async (t) => {
      const store = await (await create(t)).open();
      await store.createToken(
        { name: ALERTMANAGER.name, scopes: ['stop'], sha256: 'a'.repeat(64), createdAt: T0 },
        ADA,
      );
      await enqueue(store, [request(1), request(2, { machine: 2 })], T0);
      const before = await Promise.all([1, 2].map(async (number) => store.find(idOf(number))));
      const revoked: Revoked | undefined = await store.revokeToken(ALERTMANAGER.name, T0 + 1, ADA, true);
      assert.ok(revoked !== undefined);
      assert.deepEqual(
        revoked.moves.map((move) => move.before),
        before,
      );
      await assertOnDisk(store, revoked.moves);
    });

    test('is told once and in order, whoever else writes the operation at the same moment', async (t) => {
      const stores = await (await create(t)).replicas(2);
      const told: Move[] = [];
      const tell = createTell([{ moved: (move) => told.push(move) }], assert.ifError);
      const [worker, people] = stores.map((store) => tellMoves(store, tell));
      assert.ok(worker && people);
      for (let round = 1; round <= 30; round += 1) {
        const claimed = await take(worker, request(round, { machine: round }), T0 + round);
        const step = round % 3 === 0 ? ENDINGS.cancelled : wait(round, T0 + MINUTE);
        await Promise.all([
          worker.settle(WORKER, [change(claimed, step, T0 + MINUTE)]),
          people.cancel(claimed.id, ADA, T0 + round),
        ]);
        const moves = told.splice(0).toSorted((one, other) => depth(one) - depth(other));
        assert.equal(moves.filter(({ after }) => !isOpen(after)).length, 1, `round ${round}`);
        for (const [index, { before }] of moves.entries()) {
          // A claim is no move, but a time to wait until is shown as the end of the claim meanwhile.
          assert.equal(before?.state, moves[index - 1]?.after.state, `round ${round}`);
        }
        await assertOnDisk(people, moves);
      }
    });
  });
}

/** Of the moves of one operation: how far it has come. */
function depth({ before, after }: Move): number {
  if (before === undefined) return 0;
  return isOpen(after) ? 1 : 2;
}

/** Of each operation the last move ends in what is there now, and the entries of all are the last of its trail. */
async function assertOnDisk(store: Store, moves: readonly Move[]): Promise<void> {
  assert.ok(moves.length > 0);
  for (const [id, own] of Map.groupBy(moves, ({ after }) => after.id)) {
    assert.deepEqual(await store.find(id), own.at(-1)?.after);
    const told = (await store.trail(id)).filter(({ event }) => event === 'state');
    assert.deepEqual(
      told.slice(-own.length),
      own.map(({ entry }) => entry),
    );
    for (const { at, entry } of own) assert.equal(entry.at, at);
  }
}
