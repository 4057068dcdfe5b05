/** Notices on their way to real servers: what a channel does stays its own affair, and nothing is lost. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Delivered } from '../../src/notify/channel.ts';
import type { CourierParts } from '../../src/notify/deliver.ts';
import { startVendor } from '../support/vendors/vendor.ts';
import { failed, HOUR, MINUTE, notebook, NOW, onBoth, useDatabases, webhookTo } from './courier.ts';

const SENT: Delivered = { outcome: 'sent' };

describe('the courier', { concurrency: 4 }, () => {
  useDatabases();

  onBoth(
    'a channel that is silent, gone or at its limit holds up no other',
    async ({ store, write, states, courier }) => {
      await using silent = await startVendor(() => ({ status: 200 }));
      await using gone = await startVendor(() => ({ status: 404, body: 'no such hook' }));
      await using full = await startVendor(() => ({ status: 429, headers: { 'retry-after': '30' } }));
      await using good = await startVendor(() => ({ status: 200 }));
      silent.next('silence', 'silence', 'silence', 'silence');
      const channels = { silent, gone, full, good };
      await write(
        ...Object.keys(channels).flatMap((channel) =>
          ['a', 'b', 'c', 'd', 'e', 'f'].map((thread) => failed(thread, `${channel}-${thread}`, { channel })),
        ),
      );
      const { promise: done, resolve } = Promise.withResolvers<void>();
      let left = 12;
      const sending = courier(
        Object.fromEntries(Object.entries(channels).map(([name, { url }]) => [name, webhookTo(url)])),
        {
          onTried: ({ channel }) => {
            if (channel === 'good' || channel === 'gone') left -= 1;
            if (left === 0) resolve();
          },
        },
      );
      sending.start();
      await done;
      assert.equal(good.requests.length, 6);
      await sending.stop(0);
      const found = await states();
      assert.equal(found.filter((one) => /^good-. sent$/.test(one)).length, 6);
      assert.equal(found.filter((one) => /^gone-. failed: status 404: "no such hook"$/.test(one)).length, 6);
      assert.ok(full.requests.length <= 4, 'the limit is respected for the whole channel');
      assert.equal(found.filter((one) => /^silent-. pending/.test(one)).length, 6);
      assert.equal(await store.nextNoticeAt(['silent']), NOW, 'what was cut off is due at once');
    },
  );

  onBoth('a thread is told in order, in one message where the channel can', async ({ write, states, courier }) => {
    const channel = notebook(async ({ thread }) => Promise.resolve({ outcome: 'sent', reference: `of ${thread}` }));
    const sending = courier({ bus: channel });
    await write(failed('one', 'a'), failed('one', 'b'), failed('two', 'c'), failed('one', 'd', { recipient: 'pia' }));
    assert.equal(await sending.tick(), 3);
    assert.equal(await sending.tick(), 1);
    assert.equal(await sending.tick(), 0);
    const told = channel.letters.map(({ news, earlier = '', recipient = '' }) =>
      [news.kind === 'failed' ? news.message : '', earlier, recipient].join('/'),
    );
    assert.deepEqual(told.toSorted(), ['a//', 'b/of one/', 'c//', 'd//pia']);
    assert.deepEqual(await states(), ['a sent', 'b sent', 'c sent', 'd sent']);
  });

  onBoth("the vendor's pause holds the whole channel", async ({ write, pass, courier }) => {
    await using vendor = await startVendor(() => ({ status: 200 }));
    vendor.next({ status: 429, headers: { 'retry-after': '90' } });
    const sending = courier({ bus: webhookTo(vendor.url) });
    await write(failed('one', 'a'));
    assert.equal(await sending.tick(), 1);
    await write(failed('two', 'b'));
    pass(89_000);
    assert.equal(await sending.tick(), 0);
    pass(1_000);
    assert.equal(await sending.tick(), 2);
    assert.equal(vendor.requests.length, 3);
  });

  onBoth('a clock that is set back silences no channel, and does not make a pause longer', async (site) => {
    const { write, pass, setClock, clock, courier } = site;
    await using vendor = await startVendor(() => ({ status: 200 }));
    const sending = courier({ bus: webhookTo(vendor.url) });
    await write(failed('one', 'a'));
    assert.equal(await sending.tick(), 1);
    setClock(NOW - 3 * HOUR);
    await write(failed('two', 'b', { availableAt: clock() }));
    vendor.next({ status: 429, headers: { 'retry-after': '90' } });
    assert.equal(await sending.tick(), 1);
    setClock(NOW - 6 * HOUR);
    await write(failed('three', 'c', { availableAt: clock() }));
    assert.equal(await sending.tick(), 0, 'the vendor asked for a pause');
    pass(90_000);
    assert.equal(await sending.tick(), 1);
  });

  onBoth('a vendor that asks for no pause is not asked without one', async ({ write, courier, store }) => {
    await using vendor = await startVendor(() => ({ status: 429, headers: { 'retry-after': '0' } }));
    const sending = courier({ bus: webhookTo(vendor.url) });
    await write(failed('one', 'a'));
    assert.equal(await sending.tick(), 1);
    assert.equal(await store.nextNoticeAt(['bus']), NOW + 5_000);
  });

  onBoth(
    'a person who asked long before the start is told all the same',
    async ({ write, pass, states, courier, clock, store }) => {
      const channel = notebook(async () => Promise.resolve(SENT));
      let found: 'ready' | 'not_yet' = 'not_yet';
      // The start got through after two hours.
      const claimed: typeof store.claimNotices = async (claim) =>
        (await store.claimNotices(claim)).map((one) => ({
          ...one,
          operation: { isOpen: false, endedAt: NOW + 2 * HOUR },
        }));
      const ended: CourierParts['store'] = {
        claimNotices: claimed,
        settleNotice: async (...outcome) => store.settleNotice(...outcome),
        nextNoticeAt: async (channels) => store.nextNoticeAt(channels),
        countPendingNotices: async () => store.countPendingNotices(),
        onNotices: (listener) => store.onNotices(listener),
      };
      const sending = courier({ bus: channel }, { store: ended, readiness: async () => Promise.resolve(found) });
      const about = { at: NOW, machine: { id: 'i-0123456789abcdef0' }, addresses: [] };
      await write(failed('a', 'a', { availableAt: clock(), news: { kind: 'ready', operation: 'a', ...about } }));
      pass(2 * HOUR + 29 * MINUTE);
      await sending.tick();
      assert.deepEqual(await states(), ["a pending: the machine has not passed EC2's status checks yet"]);
      pass(MINUTE / 2);
      found = 'ready';
      await sending.tick();
      assert.deepEqual(await states(), ['a sent']);
    },
  );

  onBoth('what could not be sent is tried again for a day, less and less often', async (site) => {
    const { write, pass, find, courier, clock, store } = site;
    const channel = notebook(async () => Promise.resolve({ outcome: 'later', error: 'no answer (ECONNREFUSED)' }));
    const sending = courier({ bus: channel });
    await write(failed('one', 'a'));
    const waits: number[] = [];
    for (;;) {
      await sending.tick();
      const next = await store.nextNoticeAt(['bus']);
      if (next === undefined) break;
      waits.push((next - clock()) / 1_000);
      pass(next - clock());
    }
    assert.deepEqual(waits.slice(0, 8), [5, 30, 120, 600, 1_800, 3_600, 3_600, 3_600]);
    assert.ok(clock() - NOW >= 24 * HOUR && clock() - NOW < 25 * HOUR);
    const { state, error, attempts } = (await find('a')) ?? {};
    assert.deepEqual(
      [state, error, attempts],
      ['failed', 'given up: no answer (ECONNREFUSED)', channel.letters.length],
    );
  });

  onBoth('a fault of a channel is loud, tells no secret, and loses nothing', async (site) => {
    const { write, pass, states, courier, faults } = site;
    let isBroken = true;
    const channel = notebook(async () => {
      if (isBroken) throw new TypeError('cannot parse https://hooks.example.com/T1/secret');
      return Promise.resolve(SENT);
    });
    const sending = courier({ bus: channel });
    await write(failed('one', 'a'));
    await sending.tick();
    assert.deepEqual(await states(), ['a pending: a fault of ec2-operator itself: the channel has failed']);
    const [fault] = faults;
    assert.equal(fault?.what, 'the channel bus has failed');
    assert.ok(fault.error instanceof Error);
    assert.match(fault.error.stack ?? '', /TypeError.*\n\s+at .*courier\.test\.ts/);
    assert.doesNotMatch(`${fault.error.message}${fault.error.stack ?? ''}`, /secret\b.*T1|hooks\.example/);
    isBroken = false;
    pass(MINUTE);
    await sending.tick();
    assert.deepEqual(await states(), ['a sent']);
  });

  onBoth('notices of a channel that was taken out of the configuration end, once a roll-out is over', async (site) => {
    const { write, pass, states, courier } = site;
    const sending = courier({});
    await write(failed('one', 'a'), failed('one', 'b'));
    await sending.tick();
    pass(9 * MINUTE);
    await sending.tick();
    assert.deepEqual(await states(), ['a pending', 'b pending']);
    pass(MINUTE);
    await sending.tick();
    const why = 'failed: no channel bus is configured any more';
    assert.deepEqual(await states(), [`a ${why}`, `b ${why}`]);
  });

  onBoth('a machine is told as ready when it has passed its checks, within half an hour', async (site) => {
    const { write, pass, states, courier, store, clock } = site;
    const channel = notebook(async () => Promise.resolve(SENT));
    let found: 'ready' | 'not_yet' | 'gone' = 'not_yet';
    const sending = courier({ bus: channel }, { readiness: async () => Promise.resolve(found) });
    const about = { at: NOW, machine: { id: 'i-0123456789abcdef0' }, addresses: [] };
    const ready = (operation: string) =>
      failed(operation, operation, { availableAt: clock(), news: { kind: 'ready', operation, ...about } });
    await write(ready('a'), ready('b'));
    await sending.tick();
    assert.equal(await store.nextNoticeAt(['bus']), NOW + 15_000);
    assert.equal(channel.letters.length, 0);
    pass(15_000);
    found = 'ready';
    await sending.tick();
    assert.deepEqual(await states(), ['a sent', 'b sent']);
    for (const { message } of channel.letters) assert.match(message.text, /ssh 10\.0\.0\.1/);
    await write(ready('c'), ready('d'));
    found = 'not_yet';
    await sending.tick();
    pass(30 * MINUTE);
    await sending.tick();
    await write(ready('e'));
    found = 'gone';
    await sending.tick();
    const late = "outdated: the machine has not passed EC2's status checks within 30 minutes";
    assert.deepEqual((await states()).slice(2), [
      `c ${late}`,
      `d ${late}`,
      'e outdated: the machine does not run any more',
    ]);
  });

  onBoth('an address that the settings do not allow any more gets nothing', async ({ write, states, courier }) => {
    const channel = notebook(async () => Promise.resolve(SENT));
    const sending = courier({ bus: channel }, { mayReach: ({ recipient }) => recipient !== 'eve@example.com' });
    await write(
      failed('one', 'a', { recipient: 'eve@example.com' }),
      failed('one', 'b', { recipient: 'ada@example.com' }),
    );
    await sending.tick();
    assert.deepEqual(
      channel.letters.map(({ recipient }) => recipient),
      ['ada@example.com'],
    );
    assert.deepEqual(await states(), [
      'a pending: the settings of this replica do not let the channel write to this address',
      'b sent',
    ]);
  });

  onBoth('replicas share the work, and each notice is sent once', async ({ write, states, courier }) => {
    await using vendor = await startVendor(() => ({ status: 200 }));
    const replicas = [1, 2, 3].map(() => courier({ bus: webhookTo(vendor.url) }));
    await write(...Array.from({ length: 30 }, (_, index) => failed(`t${index % 10}`, `s${index}`)));
    for (;;) {
      const counts = await Promise.all(replicas.map(async (replica) => replica.tick()));
      if (counts.every((count) => count === 0)) break;
    }
    assert.equal(vendor.requests.length, 30);
    assert.ok((await states()).every((state) => state.endsWith(' sent')));
  });
});
