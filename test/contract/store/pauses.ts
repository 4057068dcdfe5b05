import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Event, Operation } from '../../../src/domain/operation.ts';
import { SILENCE, type Pause } from '../../../src/domain/voice.ts';
import { MAX_PAUSES } from '../../../src/store/pauses.ts';
import type { SendAnswer, SendRequest, Standing, Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
  act,
  ADA,
  change,
  claimAll,
  idOf,
  instanceId,
  MINUTE,
  move,
  request,
  send,
  settle,
  T0,
  take,
  wait,
  WORKER,
  WRITTEN,
} from './samples.ts';

function pause(id: string, more: Partial<Pause> = {}): Pause {
  return { id, who: ADA.name, why: 'the cluster moves', createdAt: T0, ...more };
}

function waitsFor(reason: 'paused' | 'warned' | 'windows' | 'retry', machine: number, until: number): Event {
  return { ...wait(machine, until), type: 'wait', reason, message: reason, until };
}

/** An operation that waits for that reason until then. */
async function waiting(
  store: Store,
  number: number,
  reason: Parameters<typeof waitsFor>[0],
  until = T0 + 30 * MINUTE,
): Promise<Operation> {
  return move(store, await take(store, request(number, { machine: number })), waitsFor(reason, number, until), until);
}

async function acting(store: Store, number: number, wish: Parameters<typeof request>[1] = {}): Promise<Operation> {
  return move(store, await take(store, request(number, { machine: number, ...wish })), act(number));
}

/** As a worker asks: a pause, or a lost claim, speaks against the call. */
function wanted(number: number): SendRequest {
  const whyNot = (standing: Standing | undefined): string | undefined =>
    standing === undefined || standing.voice.pauses.length > 0 ? 'paused' : undefined;
  return { id: idOf(number), instance: instanceId(number), whyNot };
}

export function describePauses(create: CreateDatabase): void {
  describe('pauses', () => {
    test('come back as they were begun, oldest first, until they end or their time is over', async (t) => {
      const store = await (await create(t)).open();
      const all = pause('all', { createdAt: T0 + 1 });
      const some = pause('some', { only: { team: 'ml' }, until: T0 + MINUTE });
      await store.beginPause(all, ADA);
      await store.beginPause(some, ADA);
      assert.deepEqual(await store.pauses(T0 + 2), [some, all]);
      assert.deepEqual(await store.pauses(T0 + MINUTE), [all], 'its time is over');
      const voices = await store.voices([instanceId(1)], T0 + 2);
      assert.deepEqual(voices.get(instanceId(1)), { ...SILENCE, pauses: [some, all] });
      assert.deepEqual(await store.endPause('all', T0 + 2, ADA), {
        pause: all,
        endedAt: T0 + 2,
        due: 0,
        isRepeat: false,
      });
      assert.deepEqual(await store.pauses(T0 + 2), [some]);
    });

    test('end once: a second end says when the first was, and one that is unknown is not found', async (t) => {
      const store = await (await create(t)).open();
      const [one, two] = [pause('one', { until: T0 + 9 }), pause('two', { until: T0 + 9, why: 'the other' })];
      await store.beginPause(one, ADA);
      await store.beginPause(two, ADA);
      await store.endPause('one', T0 + 3, ADA);
      const again = { due: 0, isRepeat: true };
      assert.deepEqual(await store.endPause('one', T0 + 5, ADA), { pause: one, endedAt: T0 + 3, ...again });
      assert.deepEqual(await store.endPause('one', T0 + 20, ADA), { pause: one, endedAt: T0 + 3, ...again });
      assert.deepEqual(await store.endPause('two', T0 + 20, ADA), { pause: two, endedAt: T0 + 9, ...again });
      assert.equal(await store.endPause('three', T0, ADA), undefined);
    });

    test('that come twice are there once, and longer or later ones are others', async (t) => {
      const [store = assert.fail(), other = assert.fail()] = await (await create(t)).replicas(2);
      const begin = async (
        id: string,
        at: number,
        wish: Partial<Pause> = {},
        by = store,
      ): Promise<string | undefined> =>
        (await by.beginPause(pause(id, { until: T0 + 60 * MINUTE, createdAt: T0 + at, ...wish }), ADA))?.pause.id;
      const both = await Promise.all([begin('a', 0), begin('b', 1, { until: T0 + 60 * MINUTE + 1 }, other)]);
      assert.equal(both[0], both[1]);
      assert.equal((await store.pauses(T0 + 1))[0]?.until, T0 + 60 * MINUTE + 1, 'the later end');
      assert.equal(await begin('longer', 2, { until: T0 + 61 * MINUTE + 1 }), 'longer');
      assert.equal(await begin('later', 2 * MINUTE + 1, { until: T0 + 61 * MINUTE + 2 }), 'later');
      assert.equal(await begin('other', 2, { who: 'pia' }), 'other');
      assert.equal(await begin('some', 2, { only: { team: 'ml' } }), 'some');
      await store.endPause(both[0] ?? '', T0 + 3, ADA);
      assert.equal(await begin('again', 4), 'again', 'the first has ended');
    });

    test('are on record with their beginnings and ends', async (t) => {
      const store = await (await create(t)).open();
      await store.beginPause(pause('one', { only: { team: 'ml' }, until: T0 + MINUTE }), ADA);
      await store.beginPause(pause('two'), ADA);
      await store.endPause('two', T0 + 3, { name: 'Bea', remote: '10.0.0.9' });
      await store.endPause('two', T0 + 4, ADA);
      const entries = await store.audit({ limit: 9, event: 'pause' });
      const begun = 'paused automatic starts and stops';
      const [at, until] = [T0, T0 + MINUTE].map((time) => new Date(time).toISOString());
      assert.deepEqual(
        entries.map((entry) => [
          entry.at,
          entry.who,
          'remote' in entry && entry.remote,
          'message' in entry && entry.message,
        ]),
        [
          [T0 + 3, 'Bea', '10.0.0.9', `ended a pause: Ada ${begun} at ${at}, until it is ended: "the cluster moves"`],
          [T0, ADA.name, ADA.remote, `${begun} at ${at}, until it is ended: "the cluster moves"`],
          [
            T0,
            ADA.name,
            ADA.remote,
            `${begun} of machines with "team"="ml" at ${at}, until ${until}: "the cluster moves"`,
          ],
        ],
      );
    });

    test('say which automatic calls were sent before them', async (t) => {
      const store = await (await create(t)).open();
      const sent = await send(store, await acting(store, 1), T0 + 5);
      const { instance, acted } = await send(store, await acting(store, 2, { verb: 'start' }), T0 + 6);
      await acting(store, 3);
      await send(store, await acting(store, 4, { person: 'Ada' }), T0 + 5);
      await acting(store, 5, { dryRun: true });
      await waiting(store, 6, 'retry');
      const ended = await send(store, await acting(store, 7), T0 + 5);
      await move(store, ended, { type: 'succeed', reason: 'state_reached', message: 'it is stopped', at: T0 });
      const two = (await store.find(idOf(2))) ?? assert.fail();
      assert.ok(two.state === 'acting');
      await move(store, two, { type: 'accept', instance, acted, at: T0 + 7 });
      const begun = await store.beginPause(pause('one', { createdAt: T0 + 8 }), ADA);
      assert.deepEqual(begun?.sent, [
        { id: idOf(1), verb: 'stop', instance: sent.instance, sentAt: T0 + 5 },
        { id: idOf(2), verb: 'start', instance, sentAt: T0 + 6 },
      ]);
    });

    test('make due at their end what has waited for them, and nothing else', async (t) => {
      const store = await (await create(t)).open();
      await store.beginPause(pause('one'), ADA);
      for (const [number, reason] of [
        [1, 'paused'],
        [2, 'windows'],
        [3, 'warned'],
      ] as const)
        await waiting(store, number, reason);
      await waiting(store, 4, 'paused', T0 + MINUTE / 2);
      // A worker has it in hand, and will find out by itself.
      await claimAll(store, 'other', T0 + MINUTE / 2);
      const at = T0 + MINUTE;
      assert.deepEqual(await store.endPause('one', at, ADA), {
        pause: pause('one'),
        endedAt: at,
        due: 1,
        isRepeat: false,
      });
      assert.deepEqual(
        (await claimAll(store, WORKER, at)).map(({ id }) => id),
        [idOf(1)],
      );
      assert.equal((await store.find(idOf(1)))?.heldUntil, at, 'the time to give up counts from here');
      assert.equal((await store.find(idOf(2)))?.heldUntil, T0 + 30 * MINUTE);
    });

    test('make due at their beginning what has announced a stop', async (t) => {
      const store = await (await create(t)).open();
      await waiting(store, 1, 'warned');
      await waiting(store, 2, 'windows');
      await store.beginPause(pause('one', { createdAt: T0 + MINUTE }), ADA);
      assert.deepEqual(
        (await claimAll(store, WORKER, T0 + MINUTE)).map(({ id }) => id),
        [idOf(1)],
      );
    });

    test('are heard right before a call, and calls are not sent in them', async (t) => {
      const store = await (await create(t)).open();
      await acting(store, 1);
      await store.beginPause(pause('one'), ADA);
      assert.deepEqual(await store.send(WORKER, [wanted(1)], T0 + 1), [{ outcome: 'held_back', why: 'paused' }]);
      await store.endPause('one', T0 + 2, ADA);
      assert.deepEqual(await store.send(WORKER, [wanted(1)], T0 + 3), [{ outcome: 'go', sentAt: T0 + 3 }]);
    });

    test('and calls at the same moment on three replicas: each call is held back, or told as sent', async (t) => {
      const [people, ...workers] = await (await create(t)).replicas(3);
      assert.ok(people);
      const outcomes = new Set<string>();
      for (let round = 0; round < 40; round += 1) {
        const numbers = workers.map((_, index) => round * 2 + index + 1);
        for (const number of numbers) await acting(people, number);
        const id = `pause-${round}`;
        const begin = async (): ReturnType<Store['beginPause']> =>
          people.beginPause(pause(id, { createdAt: T0 + 1 }), ADA);
        const first = round % 3 === 0 ? begin() : undefined;
        const sending = workers.map(async (store, index): Promise<readonly SendAnswer[]> =>
          store.send(WORKER, [wanted(numbers[index] ?? 0)], T0 + 1),
        );
        if (round % 3 === 1) await Promise.race(sending);
        const begun = await (first ?? begin());
        const answers = (await Promise.all(sending)).flat();
        const late = new Set(begun?.sent.map((call) => call.id));
        for (const [index, answer] of answers.entries()) {
          const isLate = late.has(idOf(numbers[index] ?? 0));
          assert.equal(answer.outcome, isLate ? 'go' : 'held_back', `round ${round}`);
          outcomes.add(answer.outcome);
        }
        await people.endPause(id, T0 + 2, ADA);
        for (const number of numbers) {
          const operation: Operation | undefined = await people.find(idOf(number));
          assert.ok(operation?.state === 'acting');
          await move(people, operation, { type: 'succeed', reason: 'state_reached', message: 'it is so', at: T0 });
        }
      }
      assert.deepEqual([...outcomes].toSorted(), ['go', 'held_back'], 'both orders came up');
    });

    test('that ended while a worker was judging leave nobody waiting for them', async (t) => {
      const store = await (await create(t)).open();
      const until = T0 + 30 * MINUTE;
      await store.beginPause(pause('one', { until }), ADA);
      await store.beginPause(pause('two', { until, why: 'the other' }), ADA);
      const heard = (await store.voices([instanceId(1)], T0)).get(instanceId(1)) ?? SILENCE;
      const wanting = async (number: number) => {
        const taken = await take(store, request(number, { machine: number }));
        return { ...change(taken, waitsFor('paused', number, until), until), heard };
      };
      const first = await wanting(1);
      assert.deepEqual(await settle(store, WORKER, [first]), [WRITTEN], 'nothing has changed');
      const second = await wanting(2);
      await store.endPause('two', T0, ADA);
      assert.deepEqual(await settle(store, WORKER, [second]), [{ outcome: 'cause_changed' }]);
      const due = await claimAll(store, WORKER, T0);
      assert.deepEqual(
        due.map(({ id, state }) => [id, state]),
        [
          [idOf(1), 'waiting'],
          [idOf(2), 'queued'],
        ],
      );
    });

    test('are not without number', async (t) => {
      const store = await (await create(t)).open();
      for (let number = 0; number < MAX_PAUSES; number += 1)
        assert.ok(
          await store.beginPause(
            pause(`${number}`, { why: `${number}`, ...(number === 0 ? { until: T0 + 9 } : {}) }),
            ADA,
          ),
        );
      assert.equal(await store.beginPause(pause('more'), ADA), undefined);
      assert.ok(await store.beginPause(pause('more', { createdAt: T0 + 9 }), ADA), 'one is over');
    });

    test('are forgotten a while after their end', async (t) => {
      const store = await (await create(t)).open();
      await store.beginPause(pause('stands'), ADA);
      await store.beginPause(pause('ended', { until: T0 + 99 * MINUTE }), ADA);
      await store.beginPause(pause('over', { until: T0 + MINUTE }), ADA);
      await store.endPause('ended', T0 + MINUTE, ADA);
      await store.prune(T0 + MINUTE, 9);
      assert.ok((await store.endPause('ended', T0 + 3 * MINUTE, ADA))?.isRepeat);
      await store.prune(T0 + 2 * MINUTE, 9);
      assert.equal(await store.endPause('ended', T0 + 3 * MINUTE, ADA), undefined);
      assert.equal(await store.endPause('over', T0 + 3 * MINUTE, ADA), undefined);
      assert.deepEqual(await store.pauses(T0 + 3 * MINUTE), [pause('stands')]);
    });

    test('with a selector that this version cannot read are for all machines', async (t) => {
      const database = await create(t);
      const store = await database.open();
      await store.beginPause(pause('one', { only: { team: 'ml' } }), ADA);
      await store.close();
      await database.sql(`update pause set selector = '{"any":["a","b"]}'`);
      assert.deepEqual(await (await database.open()).pauses(T0), [pause('one')]);
    });
  });
}
