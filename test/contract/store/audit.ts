import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AuditQuery } from '../../../src/store/audit-entry.ts';
import type { Member, NewDelivery, Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
  ADA,
  DELIVERY,
  ENDINGS,
  ORIGIN,
  T0,
  deliveryOf,
  enqueue,
  idOf,
  instanceId,
  memberOf,
  move,
  request,
  take,
} from './samples.ts';

const HOUR = 3_600_000;
const IDENTITY = { fingerprint: 'feedfacefeedface', alertname: 'GpuIdle' };
const BY = { who: 'alertmanager', remote: '10.0.0.5', delivery: DELIVERY };
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

const INVALID: Member = {
  id: idOf(90),
  asked: { outcome: 'invalid', reason: 'invalid_action', message: 'expected another action', ...IDENTITY },
};
const IGNORED: Member = {
  id: idOf(91),
  asked: { outcome: 'ignored', reason: 'test_alert', message: 'only a test', fingerprint: 'f2' },
};

async function read(store: Store, query: Partial<AuditQuery> = {}): Promise<readonly unknown[]> {
  const found = await store.audit({ limit: 1_000, ...query });
  return found.map((each) => {
    const { id: _, target: __, instance: ___, ...entry } = each;
    return entry;
  });
}

export function describeAudit(create: CreateDatabase): void {
  describe('the log', () => {
    test('has a delivery with all that became of it, newest first', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1, { machine: 1 })), ENDINGS.succeeded);
      await enqueue(store, [request(2, { machine: 2 })], T0);
      const members = [
        memberOf(request(3, { machine: 3 })),
        memberOf(request(4, { machine: 2 })),
        memberOf(request(5, { machine: 1 })),
        INVALID,
        IGNORED,
      ];
      const origin = { ...ORIGIN, userAgent: 'Alertmanager/0.34.0', truncatedAlerts: 3, traceId: TRACE };
      const at = T0 + 1;
      await store.recordDeliveries([{ id: idOf(70), origin, members }], at);
      const by = { ...BY, delivery: idOf(70) };
      const { who: _, ...from } = origin;
      const outcomes = { accepted: 1, joined: 1, done: 1, invalid: 1, ignored: 1 };
      const message = 'alert GpuIdle (feedfacefeedface)';
      assert.deepEqual((await read(store, { since: at })).toReversed(), [
        { at, event: 'delivery', ...by, ...from, alerts: 5, outcomes },
        { at, event: 'state', state: 'queued', ...by, ...IDENTITY, traceId: TRACE, operation: idOf(3) },
        { at, event: 'joined', message, ...by, ...IDENTITY, traceId: TRACE, operation: idOf(2) },
        { at, event: 'receipt', ...by, ...IDENTITY, outcome: 'done', operation: idOf(1) },
        { at, event: 'receipt', ...by, ...INVALID.asked },
        { at, event: 'receipt', ...by, ...IGNORED.asked },
      ]);
      const trail = await store.trail(idOf(1));
      assert.deepEqual(
        trail.map(({ state }) => state),
        ['queued', 'succeeded'],
        'a trail is what moved it',
      );
    });

    test('has a delivery of which nothing came, and one without alerts', async (t) => {
      const store = await (await create(t)).open();
      const nothing: NewDelivery = { ...deliveryOf([]), members: [IGNORED] };
      const { receipts } = await store.recordDeliveries([nothing, deliveryOf([])], T0);
      assert.deepEqual(receipts, [[IGNORED.asked], []]);
      const told = await read(store);
      assert.deepEqual(
        told.map((entry) => (entry as { event: string }).event),
        ['delivery', 'receipt', 'delivery'],
      );
      assert.deepEqual(await store.list({ limit: 10 }), []);
    });

    test('is written with what it tells of, or not at all', async (t) => {
      const store = await (await create(t)).open();
      const twice = deliveryOf([request(1, { machine: 1 }), request(1, { machine: 2 })]);
      await assert.rejects(store.recordDeliveries([{ ...twice, members: [IGNORED, ...twice.members] }], T0));
      assert.deepEqual(await read(store), []);
    });

    test('is found by operation, event, sender and time', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1, { machine: 1 }), request(2, { machine: 2 })], T0);
      await store.recordDeliveries([{ id: idOf(70), origin: { ...ORIGIN, who: ADA }, members: [INVALID] }], T0 + 10);
      await store.cancel(idOf(1), ADA, T0 + 20);
      const events = async (query: Partial<AuditQuery>) =>
        (await store.audit({ limit: 100, ...query })).map(({ event }) => event);
      assert.deepEqual(await events({}), ['state', 'receipt', 'delivery', 'state', 'state', 'delivery']);
      assert.deepEqual(await events({ operation: idOf(1) }), ['state', 'state']);
      assert.deepEqual(await events({ event: 'delivery' }), ['delivery', 'delivery']);
      assert.deepEqual(await events({ who: 'Ada' }), ['state', 'receipt', 'delivery']);
      assert.deepEqual(await events({ who: 'Ada', event: 'state', operation: idOf(1) }), ['state']);
      assert.deepEqual(await events({ who: 'nobody' }), []);
      assert.deepEqual(await events({ since: T0 + 10 }), ['state', 'receipt', 'delivery']);
      assert.deepEqual(await events({ since: T0 + 10, until: T0 + 20 }), ['receipt', 'delivery']);
      assert.deepEqual(await events({ until: T0 }), []);
    });

    test('is found by machine: its operations, its holds and its lease', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1, { machine: 1 })), ENDINGS.succeeded);
      await enqueue(store, [request(2, { machine: 2 })], T0 + 1);
      const asked = { by: ADA, until: T0 + HOUR, limits: { longestMs: HOUR * 2 }, lookedAt: T0 };
      for (const machine of [1, 2])
        await store.hold({ instance: instanceId(machine), holder: 'Ada', ...asked }, T0 + HOUR - 1);
      await store.lease({ instance: instanceId(1), by: ADA, until: T0 + 2 * HOUR, lookedAt: T0 }, T0 + HOUR);
      const found = async (query: Partial<AuditQuery> = {}) =>
        (await store.audit({ limit: 100, machine: instanceId(1), ...query })).map(
          (entry) => `${entry.event}${'state' in entry ? ` ${entry.state}` : ''}`,
        );
      const all = await found();
      assert.deepEqual(all.slice(0, 2), ['lease', 'hold']);
      assert.ok(all.includes('state succeeded') && all.includes('state queued'));
      assert.deepEqual(await found({ event: 'hold' }), ['hold']);
      assert.deepEqual(await found({ event: 'delivery' }), []);
      assert.deepEqual(await found({ who: 'Ada' }), ['lease', 'hold']);
      assert.deepEqual(await found({ until: T0 + HOUR }), all.slice(1));
      const pages: string[] = [];
      let page = await store.audit({ limit: 2, machine: instanceId(1) });
      while (page.length > 0) {
        pages.push(...page.map(({ event }) => event));
        page = await store.audit({ limit: 2, machine: instanceId(1), cursor: page.at(-1) });
      }
      assert.deepEqual(
        pages,
        all.map((each) => each.split(' ')[0]),
      );
      const trails = await store.trails([idOf(1), idOf(2), idOf(3)]);
      assert.deepEqual([...trails.keys()].sort(), [idOf(1), idOf(2)]);
      assert.deepEqual(trails.get(idOf(1)), await store.trail(idOf(1)));
    });

    test('is read page by page, each entry once, whatever is written meanwhile', async (t) => {
      const store = await (await create(t)).open();
      const many = Array.from({ length: 25 }, (_, machine) => request(machine, { machine }));
      await enqueue(store, many.slice(0, 12), T0);
      await enqueue(store, many.slice(12), T0 - 5);
      const all = await store.audit({ limit: 1_000 });
      const seen: unknown[] = [];
      let page = await store.audit({ limit: 4 });
      while (page.length > 0) {
        seen.push(...page);
        await enqueue(store, [request(50 + seen.length, { machine: 50 + seen.length })], T0 + 1);
        page = await store.audit({ limit: 4, cursor: page.at(-1) });
      }
      assert.deepEqual(seen, all);
    });

    test('takes a delivery of more alerts than fit into one statement', async (t) => {
      const store = await (await create(t)).open();
      const members = Array.from({ length: 1_201 }, () => INVALID);
      await store.recordDeliveries([{ ...deliveryOf([]), members }], T0);
      assert.equal((await store.audit({ limit: 2_000, event: 'receipt' })).length, 1_201);
    });

    test('forgets what belongs to no operation when its time has come, a little at a time', async (t) => {
      const store = await (await create(t)).open();
      await store.recordDeliveries([{ ...deliveryOf([]), members: [INVALID, IGNORED] }], T0);
      await enqueue(store, [request(1)], T0 + 1);
      assert.equal(await store.prune(T0, 10), 0, 'the time itself is not before it');
      assert.equal(await store.prune(T0 + 1, 2), 2);
      assert.equal(await store.prune(T0 + 1, 2), 1);
      assert.equal((await read(store)).length, 2);
      assert.equal(await store.prune(T0 + 2, 10, 0), 1);
      assert.equal((await store.trail(idOf(1))).length, 1, 'what belongs to an open operation stays');
    });

    test('counts what an unchanged group repeats, and tells when it came first and last', async (t) => {
      const store = await (await create(t)).open();
      const hear = async (at: number, ...members: Member[]) =>
        store.recordDeliveries([{ ...deliveryOf([]), id: idOf(at - T0 + 500), members }], at);
      const stop = request(1, { machine: 1 });
      await hear(T0, memberOf(stop), IGNORED);
      const before = (await read(store)).length;
      for (const hours of [4, 8, 12]) await hear(T0 + hours, memberOf(stop), IGNORED);
      const after = await store.audit({ limit: 100 });
      assert.equal(after.length, before + 2, 'that it was joined, and a delivery of which that came');
      const told = after.map(({ event, at, times, lastAt }) => [event, at - T0, times, lastAt && lastAt - T0]);
      assert.deepEqual(told, [
        ['joined', 4, 3, 12],
        ['delivery', 4, 3, 12],
        ['receipt', 0, 4, 12],
        ['state', 0, undefined, undefined],
        ['delivery', 0, undefined, undefined],
      ]);
      const [, joined] = await store.trail(idOf(1));
      assert.deepEqual([joined?.event, joined?.times, joined?.lastAt], ['joined', 3, T0 + 12]);
    });

    test('has an entry of its own for each change, and for each sender', async (t) => {
      const store = await (await create(t)).open();
      const other: Member = {
        id: idOf(92),
        asked: { outcome: 'ignored', reason: 'test_alert', message: 'another reason', fingerprint: 'f2' },
      };
      let at = T0;
      for (const member of [IGNORED, IGNORED, other, IGNORED, IGNORED])
        await store.recordDeliveries([{ ...deliveryOf([]), members: [member] }], (at += 1));
      const origin = { ...ORIGIN, who: { ...ORIGIN.who, remote: '10.0.0.6' } };
      await store.recordDeliveries([{ ...deliveryOf([]), origin, members: [IGNORED] }], (at += 1));
      const receipts = await store.audit({ event: 'receipt', limit: 100 });
      const told = receipts.map(({ times = 1, ...entry }) => [times, 'message' in entry && entry.message]);
      assert.deepEqual(told, [
        [1, 'only a test'],
        [2, 'only a test'],
        [1, 'another reason'],
        [2, 'only a test'],
      ]);
    });

    test('counts within one transaction, and an alert that is twice in a delivery apart', async (t) => {
      const store = await (await create(t)).open();
      const once = { ...deliveryOf([]), members: [IGNORED, IGNORED] };
      await store.recordDeliveries([once, once, once], T0);
      const entries = await store.audit({ limit: 100 });
      assert.deepEqual(
        entries.map(({ event, times, lastAt }) => [event, times, lastAt]),
        [
          ['receipt', 3, T0],
          ['receipt', 3, T0],
          ['delivery', 3, T0],
        ],
      );
    });

    test('never counts what people ask for', async (t) => {
      const store = await (await create(t)).open();
      for (const number of [1, 2]) await enqueue(store, [request(number, { machine: 1, person: 'Bea' })], T0 + number);
      assert.equal((await store.audit({ limit: 100, event: 'delivery' })).length, 2);
    });

    test('finds and keeps what was repeated since a time', async (t) => {
      const store = await (await create(t)).open();
      for (const at of [T0, T0 + HOUR]) await store.recordDeliveries([{ ...deliveryOf([]), members: [IGNORED] }], at);
      const count = async (query: Partial<AuditQuery>) => (await read(store, query)).length;
      for (const filter of [{}, { who: 'alertmanager' }, { event: 'receipt' as const }]) {
        const all = filter.event === undefined ? 2 : 1;
        assert.equal(await count({ since: T0 + 1, ...filter }), all, JSON.stringify(filter));
        assert.equal(await count({ since: T0 + HOUR, ...filter }), all);
        assert.equal(await count({ since: T0 + HOUR + 1, ...filter }), 0);
        assert.equal(await count({ since: T0 + HOUR, until: T0 + 2 * HOUR, ...filter }), all);
      }
      assert.equal(await store.prune(T0 + HOUR, 10, 0), 0);
      assert.equal(await store.prune(T0 + HOUR + 1, 10, 0), 2);
    });

    test('was repeated last when the latest clock says so', async (t) => {
      const store = await (await create(t)).open();
      for (const at of [T0, T0 + HOUR, T0 + 1])
        await store.recordDeliveries([{ ...deliveryOf([]), members: [IGNORED] }], at);
      const told = (await store.audit({ limit: 9 })).map(({ times, lastAt }) => [times, lastAt]);
      const both = [3, T0 + HOUR];
      assert.deepEqual(told, [both, both]);
    });

    test('is read page by page also of one operation since a time, by clocks that differ', async (t) => {
      const store = await (await create(t)).open();
      const stop = memberOf(request(1, { machine: 1 }));
      const hear = async (at: number, receiver: string) =>
        store.recordDeliveries([{ ...deliveryOf([]), origin: { ...ORIGIN, receiver }, members: [stop] }], at);
      for (const at of [T0, T0 + 9, T0 + HOUR]) await hear(at, 'a');
      for (const at of [T0 + 5, T0 + HOUR]) await hear(at, 'b');
      const query = { operation: idOf(1), since: T0 + 7 };
      const all = await store.audit({ ...query, limit: 100 });
      const [first, second] = all;
      assert.deepEqual(await store.audit({ ...query, limit: 1 }), [first]);
      assert.deepEqual(await store.audit({ ...query, limit: 1, cursor: first }), [second ?? assert.fail()]);
    });

    test('keeps an operation for as long as alerts repeat it', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1, { machine: 1 })), ENDINGS.succeeded);
      const done = memberOf(request(2, { machine: 1 }));
      for (const at of [T0 + 1, T0 + HOUR]) await store.recordDeliveries([{ ...deliveryOf([]), members: [done] }], at);
      while ((await store.prune(T0 + HOUR, 10, 0)) > 0);
      assert.ok(await store.find(idOf(1)));
      while ((await store.prune(T0 + HOUR + 1, 10, 0)) > 0);
      assert.equal(await store.find(idOf(1)), undefined);
    });
  });
}
