import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Event } from '../../../src/domain/operation.ts';
import type { Store } from '../../../src/store/port.ts';
import { firstIdOf } from '../../../src/store/list.ts';
import type { CreateDatabase } from './database.ts';
import {
  DELIVERY,
  ENDINGS,
  MINUTE,
  ORIGIN,
  T0,
  WRITTEN,
  WORKER,
  act,
  call,
  change,
  enqueue,
  instanceId,
  move,
  record,
  request,
  resolvedOf,
  settle,
  take,
  type Request,
} from './samples.ts';

const HOUR = 60 * MINUTE;
const OWNED = { id: instanceId(1), place: { region: 'eu-central-1' }, name: 'gpu-1', owner: 'pia' };

/** A request whose id tells when it was made, as those of the operator do. */
function at(ms: number, wish: Parameters<typeof request>[1] = {}): Request {
  return { ...request(1, wish), id: firstIdOf(ms) };
}

/** An operation of a machine that ends so. */
async function end(store: Store, wanted: Request, now: number, event: Event): Promise<void> {
  await move(store, await take(store, wanted, now), { ...event, instance: OWNED }, now);
}

const dryRun = (now: number): Event => ({ type: 'succeed', reason: 'dry_run', message: 'would stop', at: now });

export function describeRehearsed(create: CreateDatabase): void {
  describe('dry runs to be summed up', () => {
    test('are those of stops that alerts ask for, until their alerts are over', async (t) => {
      const store = await (await create(t)).open();
      const first = at(T0, { dryRun: true });
      await end(store, first, T0, dryRun(T0));
      const held = { ...ENDINGS.refused, at: T0 + MINUTE, isLive: true, heldBy: 'windows' };
      await end(store, at(T0 + MINUTE, { dryRun: true, episode: 'two' }), T0 + MINUTE, held);
      await end(store, at(T0 + 2 * MINUTE, { dryRun: true, person: 'Ada' }), T0 + 2 * MINUTE, dryRun(T0));
      await end(store, at(T0 + 3 * MINUTE, { dryRun: true, verb: 'start' }), T0 + 3 * MINUTE, dryRun(T0));
      const now = T0 + HOUR;
      const { rehearsals, since } = await store.rehearsed(T0, now, 10);
      const told = { instance: OWNED, rule: 'GpuIdle' };
      assert.equal(since, T0);
      assert.deepEqual(rehearsals, [
        { ...told, at: T0, asksUntil: now },
        { ...told, at: T0 + MINUTE, asksUntil: now, heldBy: 'windows' },
      ]);
      await record(store, [{ id: DELIVERY, origin: ORIGIN, members: [resolvedOf(first)] }], T0 + 5 * MINUTE);
      assert.equal((await store.rehearsed(T0, now, 10)).rehearsals[0]?.asksUntil, T0 + 5 * MINUTE);
      const silent = await store.rehearsed(T0, T0 + 24 * HOUR, 10);
      assert.equal(silent.rehearsals[1]?.asksUntil, T0 + MINUTE, 'no copy has come since');
    });

    test('stand beside what was really done', async (t) => {
      const store = await (await create(t)).open();
      for (const [number, person] of [
        [1, undefined],
        [2, 'Ada'],
      ] as const) {
        const now = T0 + number * MINUTE;
        const wish = { episode: String(number), ...(person === undefined ? {} : { person }) };
        const sent = await call(store, await take(store, at(now, wish), now), 1);
        await move(store, sent, { ...ENDINGS.succeeded, at: now }, now);
      }
      const found = { type: 'succeed', reason: 'already_in_state', message: 'm', at: T0 + 3 * MINUTE } as const;
      await end(store, at(T0 + 3 * MINUTE, { dryRun: true }), T0 + 3 * MINUTE, found);
      const { rehearsals, changes, real } = await store.rehearsed(T0, T0 + HOUR, 10);
      assert.deepEqual(rehearsals, [], 'a dry run that finds the machine stopped would not stop it');
      assert.deepEqual(
        changes.map((one) => one.at).toSorted((one, other) => one - other),
        [1, 2, 3].map((number) => T0 + number * MINUTE),
      );
      assert.deepEqual(real, { automatic: 1, byPeople: 1, machines: 1 });
    });

    test('are the latest, where there are more', async (t) => {
      const store = await (await create(t)).open();
      for (const number of [1, 2, 3, 4]) {
        const now = T0 + number * MINUTE;
        await end(store, at(now, { dryRun: true, episode: String(number) }), now, dryRun(now));
      }
      const { rehearsals, since } = await store.rehearsed(T0, T0 + HOUR, 2);
      assert.deepEqual([rehearsals.map((one) => one.at), since], [[4, 3].map((n) => T0 + n * MINUTE), T0 + 3 * MINUTE]);
      assert.equal((await store.rehearsed(T0 + 2 * MINUTE, T0 + HOUR, 9)).rehearsals.length, 3);
    });
  });

  test('an operation that becomes a dry run is found as one, and is none again for a person who joins it', async (t) => {
    const database = await create(t);
    const store = await database.open();
    const queued = await take(store, at(T0));
    const acting = await move(store, queued, { ...act(1), isLive: false });
    const flags = async () => {
      const [one] = await store.list({ limit: 9, dryRun: true });
      const { dryRun: isDry, notLive } = (await store.find(queued.id))?.intent ?? {};
      return [one?.id, isDry, notLive];
    };
    assert.deepEqual(await flags(), [queued.id, true, true]);
    await enqueue(store, [at(T0 + MINUTE, { person: 'Ada' })], T0 + MINUTE);
    assert.deepEqual(await flags(), [undefined, false, undefined]);
    assert.ok(acting.state === 'acting');
    const ended = change(acting, dryRun(T0 + MINUTE), T0);
    assert.deepEqual(await settle(store, WORKER, [ended]), [{ outcome: 'cause_changed' }]);
    const [again] = (await store.claim({ owner: WORKER, now: T0 + HOUR, until: T0 + 2 * HOUR, limit: 9 })).operations;
    assert.ok(again?.state === 'acting' && again.intent.cause.by === 'person');
    assert.deepEqual(await settle(store, WORKER, [change(again, { ...act(1), isLive: true })]), [WRITTEN]);
    assert.deepEqual(await flags(), [undefined, false, undefined]);
  });
}
