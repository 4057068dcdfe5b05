import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NoticeOutcome } from '../../../src/store/notice-port.ts';
import type { CreateDatabase } from './database.ts';
import { act, ADA, idOf, instanceId, MINUTE, move, request, T0, take } from './samples.ts';
import { claim, noticeOf, SENDER, SENT, subjects, warningOf } from './notice-samples.ts';

const FAILED: NoticeOutcome = { outcome: 'failed', error: 'gone' };

export function describeSentNotices(create: CreateDatabase): void {
  describe('notices on their way', () => {
    test('are claimed when due, by channel, and of each line the oldest', async (t) => {
      const store = await (await create(t)).open();
      const other = { recipient: 'pia@example.com' };
      await store.addNotices(
        [
          noticeOf('one', 'a'),
          noticeOf('one', 'b'),
          noticeOf('one', 'c', other),
          noticeOf('two', 'd', { availableAt: T0 + 1 }),
          noticeOf('two', 'e', { channel: 'ops' }),
        ],
        T0,
      );
      assert.equal(await store.nextNoticeAt(['ml', 'ops']), T0);
      assert.equal(await store.nextNoticeAt([]), undefined);
      const [a, c] = await claim(store);
      assert.deepEqual([a?.subject, c?.subject, a?.attempts], ['a', 'c', 1]);
      assert.deepEqual(await subjects(store), []);
      assert.equal(await store.nextNoticeAt(['ml']), T0 + 1);
      assert.deepEqual(await subjects(store, T0 + 1), ['d']);
      assert.deepEqual(await subjects(store, T0, 'ops'), ['e']);
      assert.equal(await store.nextNoticeAt(['ml']), T0 + MINUTE, 'the end of the claim');
      assert.equal(await store.settleNotice(SENDER, a?.id ?? '', { ...SENT, reference: 'x' }, T0 + 2), true);
      const [b] = await claim(store, T0 + 2);
      assert.deepEqual([b?.subject, b?.earlier, b?.wasTold], ['b', 'x', true]);
      assert.equal(c?.wasTold, false);
    });

    test('go to one of three replicas that claim at the same time, and in the order of their thread', async (t) => {
      const stores = await (await create(t)).replicas(3);
      const threads = Array.from({ length: 20 }, (_, thread) => String(thread));
      const inOrder = ['a', 'b', 'c'];
      await stores[0]?.addNotices(
        threads.flatMap((thread) => inOrder.map((subject) => noticeOf(thread, `${thread} ${subject}`))),
        T0,
      );
      const sent: string[] = [];
      await Promise.all(
        stores.map(async (store, index) => {
          const wanted = { channel: 'ml', owner: `sender-${index}`, now: T0, until: T0 + MINUTE, limit: 3 };
          while ((await store.nextNoticeAt(['ml'])) === T0 || sent.length < 60) {
            for (const { id, subject } of await store.claimNotices(wanted)) {
              sent.push(subject);
              assert.ok(await store.settleNotice(wanted.owner, id, SENT, T0));
            }
          }
        }),
      );
      assert.equal(new Set(sent).size, 60);
      assert.equal(sent.length, 60, 'none is sent twice');
      for (const thread of threads) {
        const own = sent.filter((subject) => subject.startsWith(`${thread} `));
        assert.deepEqual(
          own,
          inOrder.map((letter) => `${thread} ${letter}`),
        );
      }
    });

    test('are due again when their claim has run out, and only their owner writes what became of them', async (t) => {
      const store = await (await create(t)).open();
      await store.addNotices([noticeOf('one', 'a'), noticeOf('one', 'b')], T0);
      const [lost] = await claim(store);
      assert.deepEqual(await subjects(store, T0 + MINUTE - 1), []);
      const again = { channel: 'ml', owner: 'sender-2', now: T0 + MINUTE, until: T0 + 2 * MINUTE, limit: 10 };
      const [found, ...more] = await store.claimNotices(again);
      assert.deepEqual([found?.id, found?.attempts, more], [lost?.id, 2, []]);
      const id = found?.id ?? '';
      assert.equal(await store.settleNotice(SENDER, id, SENT, T0), false);
      const later: NoticeOutcome = { outcome: 'later', at: T0 + 5 * MINUTE, error: 'no answer' };
      assert.equal(await store.settleNotice('sender-2', id, later, T0), true);
      assert.equal(await store.settleNotice('sender-2', id, SENT, T0), false);
      assert.equal(await store.nextNoticeAt(['ml']), T0 + 5 * MINUTE, 'the younger one waits behind it');
      assert.deepEqual(await subjects(store, T0 + 4 * MINUTE), []);
      const [last] = await claim(store, T0 + 5 * MINUTE);
      assert.equal(last?.error, 'no answer');
      assert.equal(await store.settleNotice(SENDER, id, { outcome: 'failed', error: 'gone' }, T0), true);
      const [shown] = await store.notices({ state: 'failed', limit: 10 });
      assert.deepEqual([shown?.id, shown?.attempts, shown?.error], [id, 3, 'gone']);
      assert.deepEqual(await subjects(store, T0 + 5 * MINUTE), ['b']);
    });

    test('are not late when the clock was set back', async (t) => {
      const store = await (await create(t)).open();
      const ahead = T0 + 60 * MINUTE;
      await store.addNotices([noticeOf('one', 'tried', { availableAt: ahead })], T0);
      const [tried] = await claim(store, ahead);
      assert.equal(tried?.subject, 'tried');
      await store.addNotices([noticeOf('two', 'written', { availableAt: ahead })], ahead);
      await store.addNotices([noticeOf('three', 'of the night', { availableAt: ahead })], T0);
      await store.hasten(T0 + MINUTE, T0);
      assert.deepEqual(await subjects(store), ['tried', 'written']);
    });

    test('of the night are overtaken by those that cannot wait', async (t) => {
      const store = await (await create(t)).open();
      const morning = T0 + 60 * MINUTE;
      await store.addNotices([noticeOf('one', 'kept', { availableAt: morning }), noticeOf('one', 'warning')], T0);
      assert.equal(await store.nextNoticeAt(['ml']), T0);
      const [warning] = await claim(store);
      assert.deepEqual([warning?.subject, warning?.isOvertaken], ['warning', false]);
      await store.settleNotice(SENDER, warning?.id ?? '', SENT, T0);
      const [kept] = await claim(store, morning);
      assert.deepEqual([kept?.subject, kept?.isOvertaken, kept?.wasTold], ['kept', true, false]);
    });

    test('know their operation and its warnings', async (t) => {
      const store = await (await create(t)).open();
      const warned = { at: T0, stopsAt: T0 + 15 * MINUTE };
      const taken = await take(store, request(1));
      const until = { until: warned.stopsAt, reason: 'warned', message: 'it stops', warned } as const;
      const audience = [{ channel: 'ml' }, { channel: 'mail', recipient: 'pia@example.com' }];
      const billing = { usage: 'RunInstances:0002', system: 'Windows', tenancy: 'default' };
      const billed = { lifecycle: 'spot', billing, availabilityZone: 'eu-central-1a' };
      const instance = { id: instanceId(1), place: {}, type: 'g5.xlarge', ...billed, audience };
      await move(store, taken, { type: 'wait', ...until, instance }, T0 + 15 * MINUTE);
      assert.deepEqual((await store.find(idOf(1)))?.instance, instance);
      const mail = { channel: 'mail', recipient: 'pia@example.com' };
      await store.addNotices([warningOf(idOf(1), T0), warningOf(idOf(1), T0, mail)], T0);
      const [first] = await claim(store, T0, 'mail');
      assert.ok(first !== undefined);
      assert.deepEqual(first.operation, { isOpen: true, warned });
      await store.settleNotice(SENDER, first.id, SENT, T0 + 9);
      const told = [
        { channel: 'ml', warnedAt: T0, state: 'pending' },
        { ...mail, warnedAt: T0, state: 'sent', sentAt: T0 + 9 },
      ];
      assert.deepEqual(await store.toldOf([idOf(1), idOf(2)]), new Map([[idOf(1), told]]));
      await store.cancel(idOf(1), ADA, T0 + 10);
      const [second] = await claim(store);
      assert.deepEqual([second?.operation, second?.told], [{ isOpen: false, endedAt: T0 + 10, warned }, told]);
    });

    for (const outcome of ['failed', 'outdated'] as const)
      test(`of a warning are tried again for a stop that waits for them, if they ended ${outcome}`, async (t) => {
        const store = await (await create(t)).open();
        const taken = await take(store, request(1));
        const warned = { at: T0, stopsAt: T0 + 15 * MINUTE };
        await store.addNotices(
          [
            warningOf(idOf(1), T0 - 1),
            warningOf(idOf(1), T0),
            warningOf(idOf(1), T0, { channel: 'mail' }),
            warningOf(idOf(2), T0),
          ],
          T0,
        );
        for (let round = 0; round < 3; round += 1)
          for (const { id } of await claim(store)) await store.settleNotice(SENDER, id, { outcome, error: 'gone' }, T0);
        assert.equal((await store.notices({ state: outcome, limit: 9 })).length, 3);
        let woken = 0;
        const end = store.onNotices(() => (woken += 1));
        const until = { until: T0 + 16 * MINUTE, reason: 'warning_undelivered', message: 'nobody knows' } as const;
        const { instance } = act(1);
        assert.ok(instance !== undefined);
        await move(store, taken, { type: 'wait', ...until, warned, instance }, T0 + 16 * MINUTE);
        end();
        assert.ok(woken > 0);
        assert.deepEqual(await subjects(store), [`${idOf(1)}:${T0}`]);
        assert.equal((await store.notices({ state: outcome, limit: 9 })).length, 2);
      });

    test('of a warning are tried again without their reminder, which overtakes nothing if it was given up', async (t) => {
      const store = await (await create(t)).open();
      const taken = await take(store, request(1));
      const warned = { at: T0, stopsAt: T0 + 15 * MINUTE };
      const reminder = `${idOf(1)}:${T0}:again`;
      await store.addNotices([warningOf(idOf(1), T0), warningOf(idOf(1), T0, { subject: reminder })], T0);
      for (let round = 0; round < 2; round += 1)
        for (const { id } of await claim(store)) await store.settleNotice(SENDER, id, FAILED, T0);
      const until = { until: T0 + 16 * MINUTE, reason: 'warning_undelivered', message: 'nobody knows' } as const;
      const { instance } = act(1);
      assert.ok(instance !== undefined);
      await move(store, taken, { type: 'wait', ...until, warned, instance }, T0 + 16 * MINUTE);
      const [again, ...more] = await claim(store);
      assert.deepEqual([again?.subject, again?.isOvertaken, more], [`${idOf(1)}:${T0}`, false, []]);
      await store.settleNotice(SENDER, again?.id ?? '', SENT, T0);
      assert.deepEqual(await subjects(store, T0 + 16 * MINUTE), []);
    });

    test('know whether their machine is being stopped', async (t) => {
      const store = await (await create(t)).open();
      const taken = await take(store, request(1));
      await store.addNotices([warningOf(idOf(1), T0), warningOf(idOf(1), T0, { channel: 'mail' })], T0);
      const [before] = await claim(store);
      await move(store, taken, act(1), T0);
      const [after] = await claim(store, T0, 'mail');
      assert.deepEqual([before?.operation, after?.operation], [{ isOpen: true }, { isOpen: true, isUnderWay: true }]);
    });

    test('of a machine that is to be ready hold up nothing, and are not overtaken', async (t) => {
      const store = await (await create(t)).open();
      const about = { at: T0, machine: { id: instanceId(1) }, operation: 'one', addresses: [] };
      await store.addNotices([noticeOf('one', 'ready', { news: { kind: 'ready', ...about } })], T0);
      const [ready] = await claim(store);
      const later: NoticeOutcome = { outcome: 'later', at: T0 + 15_000, error: 'the machine has not started yet' };
      await store.settleNotice(SENDER, ready?.id ?? '', later, T0);
      await store.addNotices([noticeOf('one', 'capacity')], T0);
      assert.equal(await store.nextNoticeAt(['ml']), T0);
      const [capacity] = await claim(store);
      assert.equal(capacity?.subject, 'capacity');
      await store.settleNotice(SENDER, capacity.id, SENT, T0);
      const [due] = await claim(store, T0 + 15_000);
      assert.deepEqual([due?.subject, due?.isOvertaken], ['ready', false]);
    });

    test('are counted until they come to an end, which says why', async (t) => {
      const store = await (await create(t)).open();
      await store.addNotices([noticeOf('one', 'a'), noticeOf('two', 'b', { channel: 'ops' })], T0);
      await store.addNotices([noticeOf('one', 'c')], T0 + 1);
      const ops = { channel: 'ops', count: 1, oldestAt: T0 };
      assert.deepEqual(await store.countPendingNotices(), [{ channel: 'ml', count: 2, oldestAt: T0 }, ops]);
      const [a] = await claim(store);
      await store.settleNotice(SENDER, a?.id ?? '', { outcome: 'outdated', error: 'it has ended' }, T0 + 1);
      assert.deepEqual(await store.countPendingNotices(), [{ channel: 'ml', count: 1, oldestAt: T0 + 1 }, ops]);
      const [shown] = await store.notices({ state: 'outdated', limit: 10 });
      assert.deepEqual([shown?.id, shown?.error], [a?.id, 'it has ended']);
    });

    test('of another version are skipped, and given up after a day', async (t) => {
      const database = await create(t);
      const store = await database.open();
      await store.addNotices([noticeOf('one', 'a'), noticeOf('two', 'b')], T0);
      await store.close();
      await database.sql(`update notice set news = '{"kind":"telepathy"}' where subject = 'a'`);
      const again = await database.open();
      assert.deepEqual(await subjects(again), ['b']);
      assert.deepEqual(await subjects(again, T0 + 25 * 60 * MINUTE), ['b']);
      assert.equal((await again.notices({ limit: 10 })).length, 1);
      await again.close();
      const [row] = await database.sql(`select state from notice where subject = 'a'`);
      assert.equal(row?.['state'], 'failed');
    });
  });
}
