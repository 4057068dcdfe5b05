/** What alerts have asked for and for how long, as webhooks say it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AlertSpan } from '../../../src/domain/alert-span.ts';
import { intend } from '../../../src/domain/intend.ts';
import type { Store } from '../../../src/store/port.ts';
import { arbitraryLife, deliveriesOf, spansOf } from './alert-life.ts';
import type { CreateDatabase } from './database.ts';
import { act, claimAll, idOf, instanceId, MINUTE, move, ORIGIN, T0 } from './samples.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EVER = { since: 0, until: T0 + 1000 * DAY };
const LABELS = { alertname: 'GpuIdle', hostname: 'gpu-1', action: 'stop', dryrun: 'false' };

interface Copy {
  readonly labels?: Readonly<Record<string, string>>;
  readonly startsAt?: number;
  readonly endsAt?: number;
  readonly status?: 'firing' | 'resolved';
}

let number = 0;

async function hear(store: Store, now: number, ...copies: readonly Copy[]): Promise<void> {
  const context = { route: 'hostname', defaultClient: 'native', labels: {}, now } as const;
  const members = copies.map(({ labels = LABELS, startsAt, endsAt, status = 'firing' }) => {
    const time = (ms?: number) => (ms === undefined ? '' : new Date(ms).toISOString());
    const alert = { status, labels, startsAt: time(startsAt), endsAt: time(endsAt), fingerprint: 'f1' };
    return { id: idOf((number += 1)), asked: intend(alert, context) };
  });
  await store.recordDeliveries([{ id: idOf((number += 1)), origin: ORIGIN, members }], now);
}

const SPAN: AlertSpan = {
  rule: 'GpuIdle',
  fingerprint: 'f1',
  asked: { verb: 'stop', target: { kind: 'name', name: 'gpu-1', text: 'gpu-1' }, client: 'native', dryRun: false },
  since: T0,
  until: T0 + 5,
  end: 'firing',
  heard: 1,
};

export function describeAlertSpans(create: CreateDatabase, runs: number): void {
  describe('what alerts ask for', () => {
    test('is one stretch for as long as copies come, and ends with the alert', async (t) => {
      const store = await (await create(t)).open();
      await hear(store, T0 + 5, { startsAt: T0 });
      assert.deepEqual(await store.alertSpans(EVER), [SPAN]);
      for (const hours of [4, 8, 12]) await hear(store, T0 + hours * HOUR, { startsAt: T0 });
      assert.deepEqual(await store.alertSpans(EVER), [{ ...SPAN, until: T0 + 12 * HOUR, heard: 4 }]);
      await hear(store, T0 + 13 * HOUR, { startsAt: T0, endsAt: T0 + 13 * HOUR - 30, status: 'resolved' });
      const ended = { ...SPAN, until: T0 + 13 * HOUR - 30, heard: 5, end: 'resolved' } as const;
      assert.deepEqual(await store.alertSpans(EVER), [ended]);
      await hear(store, T0 + 15 * HOUR, { startsAt: T0 + 14 * HOUR });
      const next = { ...SPAN, since: T0 + 14 * HOUR, until: T0 + 15 * HOUR };
      assert.deepEqual(await store.alertSpans(EVER), [ended, next]);
    });

    test('is a new stretch when the alert asks for another lease, or for its end', async (t) => {
      const store = await (await create(t)).open();
      const labels = { ...LABELS, action: 'start', on_resolved: 'stop', lease: '2h' };
      await hear(store, T0, { labels, startsAt: T0 });
      await hear(store, T0 + HOUR, { labels: { ...labels, lease: '3h' }, startsAt: T0 });
      const end = { startsAt: T0, endsAt: T0 + 2 * HOUR };
      await hear(store, T0 + 2 * HOUR, { labels, status: 'resolved', ...end });
      await hear(store, T0 + 3 * HOUR, { labels, startsAt: T0 + 3 * HOUR });
      const told = (await store.alertSpans(EVER)).map(({ asked, ...span }) => [
        asked.verb,
        (asked.leaseMs ?? 0) / HOUR,
        asked.resolved === true,
        (span.since - T0) / HOUR,
        (span.until - T0) / HOUR,
        span.end,
      ]);
      assert.deepEqual(told, [
        ['start', 2, false, 0, 0, 'unheard'],
        ['start', 3, false, 1, 2, 'resolved'],
        ['stop', 0, true, 2, 3, 'resolved'],
        ['start', 2, false, 3, 3, 'firing'],
      ]);
    });

    test('is about the machine that the operation finds', async (t) => {
      const store = await (await create(t)).open();
      await hear(store, T0, { startsAt: T0 });
      const [queued] = await claimAll(store);
      assert.ok(queued);
      await move(store, queued, act(7));
      const [span] = await store.alertSpans({ ...EVER, instances: [instanceId(7)] });
      assert.deepEqual(
        [span?.instance, span?.place],
        [instanceId(7), { account: '123456789012', region: 'eu-central-1' }],
      );
      assert.deepEqual(await store.alertSpans({ ...EVER, instances: [instanceId(8)] }), []);
      // Another alert joins the operation, which knows its machine.
      await hear(store, T0 + 1, { labels: { ...LABELS, lease: '' }, startsAt: T0 - DAY });
      const spans = await store.alertSpans(EVER);
      assert.ok(spans.every((each) => each.instance === instanceId(7)));
    });

    test('is read by the time in which it lasted, and is history', async (t) => {
      const store = await (await create(t)).open();
      await hear(store, T0, { startsAt: T0 });
      await hear(store, T0 + HOUR, { startsAt: T0, endsAt: T0 + HOUR, status: 'resolved' });
      await hear(store, T0 + DAY, { startsAt: T0 + DAY });
      const count = async (since: number, until: number) => (await store.alertSpans({ since, until })).length;
      assert.equal(await count(0, T0), 0);
      assert.equal(await count(T0, T0 + 1), 1);
      assert.equal(await count(T0 + HOUR + 1, T0 + 2 * HOUR), 0);
      assert.equal(await count(T0 + 2 * DAY, T0 + 3 * DAY), 1, 'one that fires lasts on');
      while ((await store.prune(T0 + 3 * DAY, 50, T0 + HOUR)) > 0);
      assert.equal(await count(0, T0 + 3 * DAY), 2);
      while ((await store.prune(T0 + 3 * DAY, 50, T0 + HOUR + 1)) > 0);
      assert.equal(await count(0, T0 + 3 * DAY), 1);
      while ((await store.prune(T0 + 3 * DAY, 50, T0 + DAY + 1)) > 0);
      assert.equal(await count(0, T0 + 3 * DAY), 0, 'nothing has been heard of it for so long');
    });

    test('comes out of the webhooks of two senders as it was', async (t) => {
      const database = await create(t);
      const store = await database.open();
      let life = 0;
      await fc.assert(
        fc.asyncProperty(arbitraryLife, async (lived) => {
          life += 1;
          const name = `life-${life}`;
          for (const { delivery, now } of deliveriesOf(name, lived)) await store.recordDeliveries([delivery], now);
          const spans = await store.alertSpans(EVER);
          const told = spans.filter(({ asked: { target } }) => target.text === name);
          assert.deepEqual(
            told.map(({ rule, since, until, end, heard }) => ({ rule, since, until, end, heard })),
            spansOf(lived),
          );
        }),
        { numRuns: runs },
      );
    });
  });
}
