/** Holds are kept as intervals, one at a time for each machine and holder, in one order with the stops that are sent. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_HOLDERS } from '../../../src/domain/admit-hold.ts';
import type { Event } from '../../../src/domain/operation.ts';
import type { SendAnswer, SendRequest, Standing, Store } from '../../../src/store/port.ts';
import type { HoldAnswer, NewHold } from '../../../src/store/voice-port.ts';
import type { CreateDatabase } from './database.ts';
import {
  act,
  ADA,
  call,
  change,
  claimAll,
  ENDINGS,
  enqueue,
  idOf,
  instanceId,
  MINUTE,
  move,
  request,
  settle,
  stateOf,
  T0,
  take,
  WORKER,
  WRITTEN,
} from './samples.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function asked(until: number, more: Partial<NewHold> = {}): NewHold {
  return { instance: instanceId(1), holder: 'Ada', by: ADA, until, limits: { longestMs: DAY }, lookedAt: T0, ...more };
}

/** With the store's answer as it is expected to be. */
async function hold(store: Store, wanted: NewHold, now = T0): Promise<Exclude<HoldAnswer, { outcome: 'refused' }>> {
  const answer = await store.hold(wanted, now);
  assert.ok(answer.outcome !== 'refused', JSON.stringify(answer));
  return answer;
}

async function untilsOf(store: Store, now: number, machine = 1): Promise<readonly (readonly [string, number])[]> {
  const voice = (await store.voices([instanceId(machine)], now)).get(instanceId(machine));
  return (voice?.holds ?? [])
    .map(({ holder, until }) => [holder, until] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function waits(reason: 'held' | 'warned' | 'retry', until: number): Event {
  return { ...act(1), type: 'wait', until, reason, message: reason };
}

export function describeHolds(create: CreateDatabase): void {
  describe('a hold', () => {
    test('is one for each machine and holder, whose end moves', async (t) => {
      const store = await (await create(t)).open();
      const made = await hold(store, asked(T0 + HOUR, { why: 'training', name: 'gpu-1', place: { region: 'r' } }));
      const expected = { instance: instanceId(1), holder: 'Ada', who: 'Ada', since: T0, until: T0 + HOUR };
      assert.deepEqual(made, {
        outcome: 'made',
        hold: { ...expected, why: 'training', name: 'gpu-1', place: { region: 'r' } },
        sent: [],
      });
      const moved = await hold(store, asked(T0 + 2 * HOUR), T0 + MINUTE);
      assert.deepEqual([moved.outcome, moved.hold], ['moved', { ...made.hold, until: T0 + 2 * HOUR }]);
      await hold(store, asked(T0 + HOUR, { holder: 'Ada (run-1)' }));
      await hold(store, asked(T0 + HOUR, { instance: instanceId(2) }));
      const both = [['Ada', T0 + 2 * HOUR] as const, ['Ada (run-1)', T0 + HOUR] as const];
      assert.deepEqual(await untilsOf(store, T0 + MINUTE), both);
      assert.deepEqual(await untilsOf(store, T0 + HOUR), both.slice(0, 1), 'an end is not held any more');
      const listed = await store.holds({ limit: 9 }, T0 + MINUTE);
      assert.deepEqual(
        listed.map(({ instance, holder }) => [instance, holder]),
        [
          [instanceId(1), 'Ada'],
          [instanceId(1), 'Ada (run-1)'],
          [instanceId(2), 'Ada'],
        ],
      );
    });

    test('goes on where it ends, and begins anew after a gap', async (t) => {
      const store = await (await create(t)).open();
      await hold(store, asked(T0 + HOUR));
      await store.releaseHolds({ instance: instanceId(1), by: ADA }, T0 + MINUTE);
      assert.deepEqual((await hold(store, asked(T0 + HOUR), T0 + MINUTE)).hold.since, T0);
      await store.releaseHolds({ instance: instanceId(1), by: ADA }, T0 + 2 * MINUTE);
      assert.deepEqual((await hold(store, asked(T0 + HOUR), T0 + 3 * MINUTE)).hold.since, T0 + 3 * MINUTE);
    });

    test('is limited by the time that its machine was held in the 7 days before its end', async (t) => {
      const store = await (await create(t)).open();
      const limits = { longestMs: DAY, atMostMs: 3 * HOUR };
      const first = await hold(store, asked(T0 + 2 * HOUR, { limits }));
      assert.equal(first.leftMs, HOUR);
      await hold(store, asked(T0 + 90 * MINUTE, { holder: 'Bob', limits }));
      const later = T0 + 5 * HOUR;
      const refused = await store.hold(asked(later + 61 * MINUTE, { holder: 'Bob', limits }), later);
      assert.deepEqual(refused, {
        outcome: 'refused',
        message: `${instanceId(1)} may be held for 3h in any 7 days; 1h are left`,
      });
      assert.deepEqual(await untilsOf(store, later), []);
      assert.equal((await hold(store, asked(later + HOUR, { holder: 'Bob', limits }), later)).leftMs, 0);
    });

    test('that stands already is written once', async (t) => {
      const store = await (await create(t)).open();
      const first = await hold(store, asked(T0 + HOUR, { why: 'training', limits: { longestMs: DAY, atMostMs: DAY } }));
      await move(store, await take(store, request(1)), waits('held', T0 + HOUR), T0 + HOUR);
      const answer = await hold(store, asked(T0 + HOUR), T0 + MINUTE);
      assert.deepEqual(answer, { outcome: 'stands', hold: first.hold, sent: [] });
      assert.equal((await store.audit({ event: 'hold', limit: 99 })).length, 1);
      assert.equal(await store.nextDueAt(), T0 + HOUR);
      const other = await hold(store, asked(T0 + HOUR, { why: 'another' }), T0 + MINUTE);
      assert.deepEqual([other.outcome, other.hold.why], ['moved', 'another']);
    });

    test('of several people only ever ends later', async (t) => {
      const [one, other] = await (await create(t)).replicas(2);
      assert.ok(one && other);
      const shared = { onlyLater: true };
      const press = async (hours: number) => hold(hours % 2 === 0 ? one : other, asked(T0 + hours * HOUR, shared));
      await Promise.all([3, 1, 4, 2].map(press));
      assert.deepEqual(await untilsOf(one, T0), [['Ada', T0 + 4 * HOUR]]);
      const shorter = await hold(one, asked(T0 + HOUR, { ...shared, limits: { longestMs: 0 } }), T0 + MINUTE);
      assert.deepEqual([shorter.outcome, shorter.hold.until], ['stands', T0 + 4 * HOUR]);
      assert.equal((await hold(one, asked(T0 + HOUR), T0 + MINUTE)).hold.until, T0 + HOUR, 'else it can be shortened');
      const anew = await hold(one, asked(T0 + 3 * HOUR, shared), T0 + 2 * HOUR);
      assert.deepEqual([anew.outcome, anew.hold.since], ['made', T0 + 2 * HOUR]);
    });

    test('is refused once there are very many holders, who may all go on', async (t) => {
      const store = await (await create(t)).open();
      const run = (number: number) => asked(T0 + HOUR, { holder: `Ada (run-${number})` });
      for (let number = 0; number < MAX_HOLDERS; number += 1) await hold(store, run(number));
      const message = `${instanceId(1)} has ${MAX_HOLDERS} holders already: release some first`;
      assert.deepEqual(await store.hold(asked(T0 + HOUR), T0), { outcome: 'refused', message });
      assert.equal((await hold(store, { ...run(1), until: T0 + 2 * HOUR })).outcome, 'moved');
      assert.equal((await hold(store, asked(T0 + HOUR, { instance: instanceId(2) }))).outcome, 'made');
      assert.equal((await hold(store, asked(T0 + 2 * HOUR), T0 + HOUR)).outcome, 'made', 'the others have ended');
    });

    test('is forgotten once no limit counts it any more', async (t) => {
      const database = await create(t);
      const store = await database.open();
      const limits = { longestMs: DAY, atMostMs: HOUR };
      await hold(store, asked(T0 + HOUR, { limits }));
      const later = T0 + 6 * DAY;
      await store.prune(later, 99);
      assert.equal((await store.hold(asked(later + MINUTE, { limits }), later)).outcome, 'refused');
      await store.prune(T0 + 7 * DAY + HOUR, 99);
      assert.equal((await store.hold(asked(later + MINUTE, { limits }), later)).outcome, 'refused');
      await store.prune(T0 + 7 * DAY + HOUR + 1, 99);
      assert.equal((await store.hold(asked(later + MINUTE, { limits }), later)).outcome, 'made');
    });

    test('released ends now, of one holder or of all', async (t) => {
      const store = await (await create(t)).open();
      for (const holder of ['Ada', 'Bob', 'Eve']) await hold(store, asked(T0 + HOUR, { holder }));
      const one = await store.releaseHolds({ instance: instanceId(1), holder: 'Bob', by: ADA }, T0 + MINUTE);
      assert.deepEqual(
        [one.released, one.others].map((some) => some.map(({ holder }) => holder)),
        [['Bob'], ['Ada', 'Eve']],
      );
      const again = await store.releaseHolds({ instance: instanceId(1), holder: 'Bob', by: ADA }, T0 + MINUTE);
      assert.deepEqual(again.released, []);
      const all = await store.releaseHolds({ instance: instanceId(1), by: ADA }, T0 + MINUTE);
      assert.deepEqual(
        all.released.map(({ holder }) => holder),
        ['Ada', 'Eve'],
      );
      const told = (await store.audit({ event: 'hold', limit: 99 })).map((entry) =>
        'message' in entry ? entry.message : '',
      );
      assert.equal(told.length, 6);
      assert.equal(told[0]?.startsWith(`released ${instanceId(1)} for `), true);
    });

    test('makes what waits for its machine due, and so does its end', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1)), waits('warned', T0 + HOUR), T0 + HOUR);
      await hold(store, asked(T0 + 3 * HOUR), T0 + MINUTE);
      assert.equal(await store.nextDueAt(), T0 + MINUTE);
      const [operation] = await claimAll(store, WORKER, T0 + MINUTE);
      assert.ok(operation);
      await move(store, operation, waits('held', T0 + 3 * HOUR), T0 + 3 * HOUR);
      await store.releaseHolds({ instance: instanceId(1), by: ADA }, T0 + 2 * MINUTE);
      assert.equal(await store.nextDueAt(), T0 + 2 * MINUTE);
      const heldUntil = (await store.find(idOf(1)))?.heldUntil;
      assert.equal(heldUntil, T0 + 2 * MINUTE, 'the rest of the wait does not count');
    });

    test('of a program that renews it is on record when it begins, and wakes nothing when it goes on', async (t) => {
      const store = await (await create(t)).open();
      const run = { holder: 'Ada (run-1)' };
      await hold(store, asked(T0 + 5 * MINUTE, run));
      await move(store, await take(store, request(1)), waits('held', T0 + 5 * MINUTE), T0 + 5 * MINUTE);
      await hold(store, asked(T0 + 6 * MINUTE, run), T0 + MINUTE);
      assert.equal((await store.audit({ event: 'hold', limit: 99 })).length, 1);
      assert.equal(await store.nextDueAt(), T0 + 5 * MINUTE);
    });

    test('before a stop is sent is known to its worker; after that, the answer names the stop', async (t) => {
      const store = await (await create(t)).open();
      const acting = await move(store, await take(store, request(1)), act(1));
      assert.deepEqual((await hold(store, asked(T0 + HOUR))).sent, []);
      const heard: (number | undefined)[] = [];
      const wanted: SendRequest = {
        id: acting.id,
        instance: instanceId(1),
        whyNot: (standing: Standing | undefined) => {
          heard.push(standing?.voice.holds.length);
          return undefined;
        },
      };
      await store.send(WORKER, [wanted], T0 + 5);
      assert.deepEqual(heard, [1]);
      const sent = [{ id: idOf(1), sentAt: T0 + 5 }];
      assert.deepEqual((await hold(store, asked(T0 + HOUR), T0 + 9)).sent, sent);
      assert.deepEqual((await hold(store, asked(T0 + HOUR, { instance: instanceId(2) }), T0 + 9)).sent, []);
    });

    test('names a stop, too, that has ended since the machine was looked at', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await call(store, await take(store, request(1)), 1), ENDINGS.failed);
      assert.deepEqual((await hold(store, asked(T0 + HOUR, { lookedAt: T0 + 1 }), T0 + 9)).sent, [
        { id: idOf(1), sentAt: T0 },
      ]);
      assert.deepEqual((await hold(store, asked(T0 + HOUR, { lookedAt: T0 + MINUTE }), T0 + MINUTE)).sent, []);
    });

    test('and a stop that is sent at the same moment: one of them sees the other', async (t) => {
      const [worker, people] = await (await create(t)).replicas(2);
      assert.ok(worker && people);
      for (let number = 1; number <= 30; number += 1) {
        const acting = await move(worker, await take(worker, request(number, { machine: number })), act(number));
        const instance = instanceId(number);
        const whyNot = (standing: Standing | undefined): string | undefined =>
          standing?.voice.holds.length === 0 ? undefined : 'it is held';
        const sending: Promise<readonly SendAnswer[]> = worker.send(WORKER, [{ id: acting.id, instance, whyNot }], T0);
        const { sent } = await hold(people, asked(T0 + HOUR, { instance }));
        const [answer] = await sending;
        assert.equal(answer?.outcome === 'go', sent.length === 1, `round ${String(number)}`);
      }
    });
  });

  describe('a stop of a person, where a hold refuses it', () => {
    test('leaves the alert, whose operation it has joined, and which goes on', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1), request(2, { person: 'Ada' })], T0);
      const [joined] = await claimAll(store);
      assert.equal(joined?.intent.cause.by, 'person');
      const refused: Event = { ...act(1), type: 'refuse', reason: 'held', message: 'it is held', at: T0 };
      assert.deepEqual(await settle(store, WORKER, [change(joined, refused)]), [{ outcome: 'cause_changed' }]);
      const [again] = await claimAll(store);
      assert.deepEqual([again?.id, again?.state, again?.intent.cause.by], [idOf(1), 'queued', 'alert']);
    });

    test('ends, where no alert has asked for the same', async (t) => {
      const store = await (await create(t)).open();
      const own = await take(store, request(1, { person: 'Ada' }));
      const refused: Event = { ...act(1), type: 'refuse', reason: 'held', message: 'it is held', at: T0 };
      assert.deepEqual(await settle(store, WORKER, [change(own, refused)]), [WRITTEN]);
      assert.equal(await stateOf(store, idOf(1)), 'refused');
    });

    test('joins no operation that waits for a hold, but one of another person', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1)), waits('held', T0 + HOUR), T0 + HOUR);
      const person = { person: 'Ada' };
      const answers = await enqueue(store, [request(2, person), request(3), request(4, { person: 'Bob' })], T0);
      assert.deepEqual(answers, [
        { outcome: 'accepted', operation: idOf(2) },
        { outcome: 'joined', operation: idOf(1) },
        { outcome: 'joined', operation: idOf(2) },
      ]);
      assert.deepEqual(await enqueue(store, [request(5, person)], T0), [{ outcome: 'joined', operation: idOf(2) }]);
      const [preview] = await store.previewAdmission([{ ...request(6, person), alternates: false }], T0);
      assert.equal(preview?.operation, idOf(2));
    });

    test('joins one that waits for anything else', async (t) => {
      const store = await (await create(t)).open();
      for (const [number, reason] of [
        [1, 'retry'],
        [2, 'warned'],
      ] as const) {
        const alert = request(number, { machine: number });
        await move(store, await take(store, alert), waits(reason, T0 + HOUR), T0 + HOUR);
        const person = request(number + 5, { machine: number, person: 'Ada' });
        assert.deepEqual(await enqueue(store, [person], T0), [{ outcome: 'joined', operation: idOf(number) }]);
      }
    });
  });
}
