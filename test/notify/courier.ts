/** A courier over a real store, with the clock in the test's hand. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { after, before, test, type TestContext } from 'node:test';
import { messageOf } from '../../src/domain/message.ts';
import type { NewNotice, News, Notice } from '../../src/domain/notice.ts';
import { CHANNEL_KINDS } from '../../src/notify/channels.ts';
import type { Channel, Letter } from '../../src/notify/channel.ts';
import { createCourier, type Courier, type CourierParts } from '../../src/notify/deliver.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/port.ts';
import { startCluster, type Cluster } from '../support/postgres.ts';
import { quickDirectory } from '../support/quick-directory.ts';

export const NOW = Date.UTC(2026, 10, 27, 13);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export interface Site {
  readonly store: Store;
  /** Time passes. */
  readonly pass: (ms: number) => void;
  /** The clock is set to another time. */
  readonly setClock: (to: number) => void;
  readonly clock: () => number;
  readonly write: (...notices: readonly NewNotice[]) => Promise<void>;
  /** Each notice as `subject state`, with its error where it has one; sorted. */
  readonly states: () => Promise<readonly string[]>;
  readonly find: (subject: string) => Promise<Notice | undefined>;
  readonly courier: (channels: Readonly<Record<string, Channel>>, more?: Partial<CourierParts>) => Courier;
  /** What the courier called faults. */
  readonly faults: readonly Fault[];
}

export interface Fault {
  readonly what: string;
  readonly error: unknown;
}

let cluster: Cluster | string = 'not started';

/** Needs to be called once in a file that uses `onBoth`. */
export function useDatabases(): void {
  before(async () => {
    cluster = await startCluster().catch((error: unknown) => String(error));
  });
  after(async () => (typeof cluster === 'string' ? undefined : cluster[Symbol.asyncDispose]()));
}

/** A test on a new database of each kind. */
export function onBoth(what: string, run: (site: Site) => Promise<void>): void {
  for (const kind of ['SQLite', 'PostgreSQL'] as const) {
    test(`${what} (${kind})`, async (t) => {
      if (kind === 'PostgreSQL' && typeof cluster === 'string') return t.skip(cluster);
      const url = kind === 'PostgreSQL' && typeof cluster !== 'string' ? await cluster.createDatabase() : undefined;
      await run(await openSite(t, url));
    });
  }
}

async function openSite(t: TestContext, url: string | undefined): Promise<Site> {
  const directory = await quickDirectory('ec2-operator-courier-');
  const store = await openStore(url, directory);
  t.after(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });
  let now = NOW;
  const clock = (): number => now;
  let passed = 0;
  const elapsed = (): number => passed;
  const faults: Fault[] = [];
  const all = async (): Promise<readonly Notice[]> => store.notices({ limit: 1_000 });
  return {
    store,
    clock,
    faults,
    pass: (ms) => {
      now += ms;
      passed += ms;
    },
    setClock: (to) => {
      now = to;
    },
    write: async (...notices) => void (await store.addNotices(notices, now)),
    states: async () =>
      (await all())
        .map(({ subject, state, error }) => `${subject} ${state}${error === undefined ? '' : `: ${error}`}`)
        .toSorted(),
    find: async (subject) => (await all()).find((notice) => notice.subject === subject),
    courier: (channels, more = {}) =>
      createCourier({
        store,
        channels: new Map(Object.entries(channels)),
        owner: randomUUID(),
        compose: async ({ subject }, news) =>
          Promise.resolve(messageOf(news, { zone: 'UTC', now, isQuiet: false, subject })),
        mayReach: () => true,
        leadsToProgram: () => false,
        readiness: async () => Promise.resolve('ready'),
        addressesOf: async () => Promise.resolve(['10.0.0.1']),
        delivering: async (_notice, send) => send(),
        clock,
        elapsed,
        random: () => 0.5,
        onFault: (fault, error) => void faults.push({ what: fault, error }),
        onTried: () => undefined,
        ...more,
      }),
  };
}

/** The generic webhook, to this URL. */
export function webhookTo(url: string): Channel {
  const kind = CHANNEL_KINDS['webhook'];
  if (kind === undefined) throw new TypeError('expected a webhook among the kinds of channels');
  return kind.parse({ url }).open({ clock: Date.now, zone: 'UTC', longestHoldMs: 24 * HOUR });
}

/** A channel that keeps the letters that it was handed. */
export function notebook(answer: (letter: Letter) => ReturnType<Channel['deliver']>): Channel & { letters: Letter[] } {
  const letters: Letter[] = [];
  return {
    letters,
    deliver: async (letter) => {
      letters.push(letter);
      return answer(letter);
    },
  };
}

export function failed(thread: string, subject: string, more: Partial<NewNotice> = {}): NewNotice {
  const news: News = {
    kind: 'failed',
    at: NOW,
    machine: { id: 'i-0123456789abcdef0', name: 'gpu-1' },
    operation: thread,
    verb: 'stop',
    reason: 'deadline',
    message: subject,
  };
  return { channel: 'bus', subject, thread, availableAt: NOW, news, ...more };
}
