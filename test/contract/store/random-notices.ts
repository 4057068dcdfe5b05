/** Random moves, claims and crashes: whatever comes together, no notice is lost, and those of a line are sent in order. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { OpenOperation } from '../../../src/domain/operation.ts';
import type { ClaimedNotice, NoticesOf } from '../../../src/store/notice-port.ts';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase, TestDatabase } from './database.ts';
import { noticeOf } from './notice-samples.ts';
import { change, claimAll, deliveryOf, MINUTE, request, settle, T0, wait, WORKER } from './samples.ts';

const CHANNELS = ['ml', 'ops'];
const SENDERS = ['sender-1', 'sender-2', 'sender-3'];
const OPERATIONS = 3;
/** Of a quiet hour. */
const NIGHT = 40 * MINUTE;
const NIGHTLY = 'at night ';

type Step =
  | { readonly do: 'move'; readonly operation: number; readonly isNight: boolean; readonly isLost: boolean }
  | { readonly do: 'claim'; readonly sender: number; readonly channel: number; readonly limit: number }
  | { readonly do: 'settle'; readonly sender: number; readonly outcome: 'sent' | 'later' | 'failed' }
  | { readonly do: 'crash'; readonly sender: number }
  | { readonly do: 'restart' }
  | { readonly do: 'pass'; readonly minutes: number };

const sender = fc.nat({ max: SENDERS.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      operation: fc.nat({ max: OPERATIONS - 1 }),
      isNight: fc.boolean(),
      isLost: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      sender,
      channel: fc.nat({ max: CHANNELS.length - 1 }),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      sender,
      outcome: fc.constantFrom('sent' as const, 'later' as const, 'failed' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), sender }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 20 }) }) },
);

/** The subject is the end of the wait, which is one millisecond later than that of the one before. */
const NOTICES_OF: NoticesOf = ({ after, at }) => {
  if (after.state !== 'waiting') return [];
  const availableAt = after.message.startsWith(NIGHTLY) ? at + NIGHT : at;
  return CHANNELS.map((channel) => noticeOf(after.id, String(after.until), { channel, availableAt }));
};

interface InHand {
  readonly notice: ClaimedNotice;
  readonly until: number;
}

/** Plays steps against a store, and knows what must be true after each. */
class Play {
  readonly #database: TestDatabase;
  #store: Store;
  #operations: OpenOperation[];
  #now = T0;
  #waits = 0;
  /** `channel thread subject` of all that was written, and of all that is over. */
  readonly #written = new Set<string>();
  readonly #over = new Map<string, 'sent' | 'failed'>();
  readonly #sent = new Map<string, { readonly subject: number; readonly wasOvertaken: boolean }[]>();
  readonly #inHand = new Map<string, InHand[]>(SENDERS.map((name) => [name, []]));

  constructor(database: TestDatabase, store: Store, operations: readonly OpenOperation[]) {
    this.#database = database;
    this.#store = store;
    this.#operations = [...operations];
  }

  async play(one: Step): Promise<void> {
    switch (one.do) {
      case 'move':
        return this.#move(one);
      case 'claim':
        await this.#claim(SENDERS[one.sender] ?? '', CHANNELS[one.channel] ?? '', one.limit);
        return undefined;
      case 'settle':
        return this.#settle(SENDERS[one.sender] ?? '', one.outcome);
      case 'crash':
        this.#inHand.set(SENDERS[one.sender] ?? '', []);
        return undefined;
      case 'restart':
        await this.#store.close();
        this.#store = await this.#database.open(NOTICES_OF);
        for (const name of SENDERS) this.#inHand.set(name, []);
        await this.#claimOperations();
        return undefined;
      case 'pass':
        this.#now += one.minutes * MINUTE;
        return undefined;
    }
  }

  /** The embedded store has given them up; the other one still has them for this worker. */
  async #claimOperations(): Promise<void> {
    const claimed = await claimAll(this.#store, WORKER, this.#now);
    if (claimed.length > 0) this.#operations = [...claimed];
  }

  async #move({ operation, isNight, isLost }: Extract<Step, { do: 'move' }>): Promise<void> {
    const before = this.#operations[operation];
    assert.ok(before !== undefined);
    const event = wait(operation + 1, T0 + (this.#waits += 1));
    assert.ok(event.type === 'wait');
    // With a message of its own: a repetition is not told.
    const message = `${isNight ? NIGHTLY : ''}${this.#waits}`;
    const moved = { ...change(before, { ...event, message }), at: this.#now };
    const [answer] = await settle(this.#store, isLost ? 'another worker' : WORKER, [moved]);
    assert.equal(answer?.outcome, isLost ? 'lost' : 'written');
    if (isLost) return;
    assert.ok(moved.after.state === 'waiting');
    this.#operations[operation] = moved.after;
    for (const channel of CHANNELS) this.#written.add(`${channel} ${before.id} ${moved.after.until}`);
  }

  async #claim(owner: string, channel: string, limit: number): Promise<number> {
    const until = this.#now + 5 * MINUTE;
    const claimed = await this.#store.claimNotices({ channel, owner, now: this.#now, until, limit });
    assert.ok(claimed.length <= limit);
    for (const notice of claimed) {
      const key = keyOf(notice);
      assert.ok(this.#written.has(key), `${key} was never written`);
      assert.ok(!this.#over.has(key), `${key} is over`);
      const live = [...this.#inHand.values()].flat().filter((one) => one.until > this.#now);
      assert.ok(!live.some((one) => one.notice.id === notice.id), `${key} is in another hand`);
    }
    // A sender's claim outlives its sending, so it holds no notice twice.
    const ids = new Set(claimed.map(({ id }) => id));
    const kept = (this.#inHand.get(owner) ?? []).filter(({ notice }) => !ids.has(notice.id));
    this.#inHand.set(owner, [...kept, ...claimed.map((notice) => ({ notice, until }))]);
    return claimed.length;
  }

  async #settle(owner: string, outcome: 'sent' | 'later' | 'failed'): Promise<void> {
    const one = this.#inHand.get(owner)?.shift();
    if (one === undefined) return;
    const { notice } = one;
    const told =
      outcome === 'sent'
        ? ({ outcome } as const)
        : outcome === 'later'
          ? ({ outcome, at: this.#now + MINUTE, error: 'busy' } as const)
          : ({ outcome, error: 'gone' } as const);
    const counts = await this.#store.settleNotice(owner, notice.id, told, this.#now);
    const isLate = one.until <= this.#now || this.#over.has(keyOf(notice));
    assert.ok(counts || isLate, 'a live claim counts');
    // A sender whose claim has run out may send it out of turn, and again.
    if (outcome === 'sent' && !isLate) this.#send(notice);
    if (counts && outcome !== 'later') this.#over.set(keyOf(notice), outcome);
  }

  #send(notice: ClaimedNotice): void {
    const line = `${notice.channel} ${notice.thread}`;
    const sent = this.#sent.get(line) ?? [];
    this.#sent.set(line, sent);
    sent.push({ subject: Number(notice.subject), wasOvertaken: notice.isOvertaken });
  }

  /** The senders come back, and nothing fails any more. */
  async finish(): Promise<void> {
    for (const owner of SENDERS) while ((this.#inHand.get(owner) ?? []).length > 0) await this.#settle(owner, 'sent');
    for (;;) {
      const next = await this.#store.nextNoticeAt(CHANNELS);
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next);
      let claimed = 0;
      for (const channel of CHANNELS) claimed += await this.#claim('sender-1', channel, 10);
      assert.ok(claimed > 0, 'what is said to be due can be claimed');
      for (let each = 0; each < claimed; each += 1) await this.#settle('sender-1', 'sent');
    }
    assert.deepEqual([...this.#over.keys()].toSorted(), [...this.#written].toSorted(), 'none is lost');
    for (const [line, sent] of this.#sent) {
      const inOrder = sent.filter(({ wasOvertaken }) => !wasOvertaken).map(({ subject }) => subject);
      assert.deepEqual(
        inOrder,
        inOrder.toSorted((a, b) => a - b),
        `${line} was sent in order`,
      );
    }
    await this.#store.close();
  }
}

function keyOf({ channel, thread, subject }: ClaimedNotice): string {
  return `${channel} ${thread} ${subject}`;
}

export function describeRandomNotices(create: CreateDatabase, runs: number): void {
  describe('notices at random', () => {
    test('none is lost, and those of a line are sent in order', async (t) => {
      const steps = fc.array(step, { minLength: 60, maxLength: 150, size: 'max' });
      await fc.assert(
        fc.asyncProperty(steps, async (all) => {
          const database = await create(t);
          const store = await database.open(NOTICES_OF);
          const requests = Array.from({ length: OPERATIONS }, (_, of) => request(of + 1, { machine: of + 1 }));
          await store.recordDeliveries([deliveryOf(requests)], T0);
          const play = new Play(database, store, await claimAll(store));
          for (const one of all) await play.play(one);
          await play.finish();
        }),
        { numRuns: runs, endOnFailure: true },
      );
    });
  });
}
