/** Transactions of several replicas wait for each other in a line, never in a circle: see src/store/locks.ts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isOpen, type OpenOperation } from '../../../src/domain/operation.ts';
import type { Change } from '../../../src/domain/change.ts';
import { SILENCE } from '../../../src/domain/voice.ts';
import type { Store } from '../../../src/store/port.ts';
import { query, type Cluster } from '../../support/postgres.ts';
import { openSession, openStore, untilLocked } from './postgres-sessions.ts';
import {
  ADA,
  ALERTMANAGER,
  MINUTE,
  T0,
  WORKER,
  act,
  change,
  deliveryOf,
  enqueue,
  idOf,
  memberOf,
  move,
  request,
  resolvedOf,
  take,
  wait,
  settle,
} from './samples.ts';

const MACHINES = Array.from({ length: 10 }, (_, machine) => machine);
const ROUNDS = 12;

/** When what stands in each of these tables came first. */
const RECORDED: Readonly<Record<'audit' | 'alert_span', (store: Store) => Promise<readonly number[]>>> = {
  audit: async (store) => (await store.audit({ event: 'joined', limit: 10 })).map(({ at }) => at),
  alert_span: async (store) => (await store.alertSpans({ since: 0, until: T0 + MINUTE })).map(({ until }) => until),
};

export function describeLocks(cluster: Cluster): void {
  describe('locks', () => {
    test('a worker has none of its operations while it waits for the rival of one', async (t) => {
      const url = await cluster.createDatabase();
      const store = await openStore(t, url);
      await move(store, await take(store, request(1)), wait(1, T0));
      const start = await take(store, request(2, { verb: 'start', person: 'Ada' }), T0 + 1);
      const other = await openSession(t, url);
      const lock = async (id: string) => other.query(`select 1 from operation where id = '${id}' for update`);
      await other.query('begin');
      await lock(idOf(1));
      const acting = settle(store, WORKER, [change(start, act(1))]);
      await untilLocked(url, 1);
      await lock(idOf(2));
      await other.query('commit');
      const [settled] = await acting;
      assert.equal(settled?.outcome, 'written');
      assert.equal(await countDeadlocks(url), 0);
    });

    test('what an alert is told of is not forgotten before it is told', async (t) => {
      const url = await cluster.createDatabase();
      const store = await openStore(t, url);
      const taken = await take(store, request(1));
      await move(store, taken, { type: 'refuse', reason: 'opt_out', message: 'left alone', at: T0 });
      const other = await openSession(t, url);
      await other.query('begin');
      await other.query(`delete from operation where id = '${idOf(1)}'`);
      const told = enqueue(store, [request(2)], T0 + MINUTE);
      await untilLocked(url, 1);
      await other.query('commit');
      assert.deepEqual(await told, [{ outcome: 'accepted', operation: idOf(2) }]);
    });

    for (const [table, kept] of Object.entries(RECORDED)) {
      test(`a repetition is not lost when its ${table} is deleted while it is counted`, async (t) => {
        const url = await cluster.createDatabase();
        const store = await openStore(t, url);
        await enqueue(store, [request(1)], T0);
        await enqueue(store, [request(2)], T0 + 1);
        const other = await openSession(t, url);
        await other.query('begin');
        await other.query(`delete from ${table}`);
        const told = enqueue(store, [request(3)], T0 + 2);
        await untilLocked(url, 1);
        await other.query('commit');
        assert.deepEqual(await told, [{ outcome: 'joined', operation: idOf(1) }]);
        assert.deepEqual(await kept(store), [T0 + 2]);
      });
    }

    test('all that replicas write at once never waits in a circle', async (t) => {
      const url = await cluster.createDatabase();
      const stores = await Promise.all([1, 2, 3].map(async () => openStore(t, url)));
      const token = { sha256: '1', name: ALERTMANAGER.name, scopes: ['stop'], createdAt: T0 } as const;
      await stores[0]?.createToken(token, ADA);
      for (let round = 0; round < ROUNDS; round += 1)
        await Promise.all(stores.map(async (store, replica) => workAtOnce(store, replica, round)));
      // The sessions tell of deadlocks when they end.
      await Promise.all(stores.map(async (store) => store.close()));
      assert.equal(await countDeadlocks(url), 0);
    });
  });
}

async function countDeadlocks(url: string): Promise<unknown> {
  const [found] = await query(url, 'select deadlocks::int from pg_stat_database where datname = current_database()');
  return found?.['deadlocks'];
}

/** Each replica in an order of its own, and all about the same machines. */
async function workAtOnce(store: Store, replica: number, round: number): Promise<void> {
  const now = T0 + round * MINUTE;
  const owner = `worker-${replica}`;
  const order = replica % 2 === 0 ? MACHINES : MACHINES.toReversed();
  const claimed = order.flatMap((machine) => {
    const { length } = MACHINES;
    return [round * 3 + replica, round + machine].map((number) => idOf((number % ROUNDS) * 1_000 + machine * length));
  });
  await Promise.all([
    store.recordDeliveries([deliveryFrom(order, replica, round)], now),
    settleAll(store, owner, now),
    store.renew(owner, claimed, now),
    store.hasten(now + MINUTE, now),
    store.cancel(claimed[round % claimed.length] ?? '', ADA, now),
    store.revokeToken(ALERTMANAGER.name, now, ADA, true),
    pauseAtOnce(store, `${replica}-${round}`, now),
    store.prune(now - 2 * MINUTE, 20),
  ]);
}

async function pauseAtOnce(store: Store, id: string, createdAt: number): Promise<void> {
  await store.beginPause({ id, who: ADA.name, why: 'locks', createdAt }, ADA);
  await store.endPause(id, createdAt, ADA);
}

function deliveryFrom(order: readonly number[], replica: number, round: number) {
  const members = order.flatMap((machine) => {
    const number = round * 1_000 + machine * MACHINES.length + replica * 2;
    const alert = request(number, { machine, episode: `${round % 3}` });
    const hers = request(number + 1, { machine, verb: 'start', person: 'Ada' });
    return [(machine + replica + round) % 2 === 0 ? memberOf(alert) : resolvedOf(alert), memberOf(hers)];
  });
  return { ...deliveryOf([]), members };
}

/** What is claimed becomes a wait with a machine, a call or an end, in no order. */
async function settleAll(store: Store, owner: string, now: number): Promise<void> {
  const { operations: claimed } = await store.claim({ owner, now, until: now + 60 * MINUTE, limit: 12 });
  const changes = claimed.filter(isOpen).map((operation, index) => moved(operation, index, now));
  await settle(store, owner, changes.toReversed());
}

function moved(operation: OpenOperation, index: number, at: number): Change {
  const machine = Number((operation.intent.target.kind === 'instance' ? operation.intent.target.id : '').slice(2));
  if (operation.state === 'acting' || operation.state === 'verifying')
    return change(operation, { type: 'succeed', reason: 'state_reached', message: 'it is so', at });
  if (index % 2 === 0) return change(operation, act(machine));
  const waits = change(operation, wait(machine, at), at);
  return index % 3 === 0 ? { ...waits, heard: SILENCE } : waits;
}
