/**
 * Writes the weekly digests when they are due. A digest is a notice: its subject is the week, so of all replicas one writes it, and what
 * is written survives a restart.
 */
import { digestsOf, digestSubject } from '../domain/digest.ts';
import { lastWeek, nextDigestAt, type DigestTime, type Week } from '../domain/digest-time.ts';
import { DIGEST_OF_USE_MS } from '../domain/notice-fate.ts';
import type { Instance } from '../domain/instance.ts';
import type { NewNotice } from '../domain/notice.ts';
import { createStopColumns, type StopColumns } from '../domain/stop-columns.ts';
import type { TellingSettings } from '../domain/telling.ts';
import type { Store } from '../store/port.ts';
import { sleep } from './sleep.ts';

export interface DigestParts {
  readonly store: Pick<Store, 'stops' | 'machine' | 'list' | 'notices' | 'addNotices'>;
  readonly telling: TellingSettings;
  readonly time: DigestTime;
  /** As `SavingsQuery.cap`. */
  readonly capMs: number;
  readonly clock: () => number;
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
  readonly observer: { fault(what: string, error: unknown): void };
}

/** Clocks are set, and machines sleep: the time is looked at again that often. */
const LOOK_EVERY_MS = 60_000;
/** The stops that are looked through for the one that waits the longest. */
const MOST_WAITING = 1_000;

/** Runs until the signal is aborted. */
export async function keepDigests(parts: DigestParts, signal: AbortSignal): Promise<void> {
  if (!hasReaders(parts.telling)) return;
  const look = createDigestLook(parts);
  while (!signal.aborted) {
    try {
      await look();
    } catch (error) {
      parts.observer.fault('the weekly digest could not be written', error);
    }
    const untilDue = nextDigestAt(parts.time, parts.clock()) - parts.clock();
    await sleep(Math.min(LOOK_EVERY_MS, Math.max(1, untilDue)), signal);
  }
}

function hasReaders({ channels }: TellingSettings): boolean {
  return channels.some(({ tells }) => tells.has('digest'));
}

/** Writes the digests of the week that has ended, unless they are written or it is too late. */
export function createDigestLook(parts: DigestParts): () => Promise<void> {
  /** The week that is dealt with. */
  let done: string | undefined;
  return async () => {
    if (!hasReaders(parts.telling)) return;
    const now = parts.clock();
    const week = lastWeek(parts.time, now);
    const subject = digestSubject(week);
    if (subject === done) return;
    const [newest] = await parts.store.notices({ kind: 'digest', limit: 1 });
    if (newest?.subject !== subject) await writeOrSkip(parts, week, { now, hadOne: newest !== undefined });
    done = subject;
  };
}

async function writeOrSkip(
  parts: DigestParts,
  week: Week,
  { now, hadOne }: { readonly now: number; readonly hadOne: boolean },
): Promise<void> {
  const { store, log } = parts;
  if (now > week.until + DIGEST_OF_USE_MS) {
    // Without an earlier one, the digest was configured since.
    if (hadOne)
      log.warn(
        { until: new Date(week.until).toISOString() },
        'the weekly digest was not sent: the server did not run within a day of its time. The savings page has the week',
      );
    return;
  }
  const written = await store.addNotices(await makeDigests(parts, week), now);
  if (written.length > 0)
    log.info({ until: new Date(week.until).toISOString(), notices: written.length }, 'the weekly digest is written');
}

/** The digests of a week, as they are told. Also for a preview. */
export async function makeDigests(
  { store, telling, capMs, clock }: Omit<DigestParts, 'log' | 'observer' | 'time'>,
  week: Week,
): Promise<readonly NewNotice[]> {
  const now = clock();
  const stops = createStopColumns(await store.stops(week));
  const waiting = await store.list({ states: ['waiting'], verb: 'stop', dryRun: false, limit: MOST_WAITING });
  return digestsOf(
    {
      ...week,
      stops,
      tags: await tagsOf(store, stops, now),
      waiting: waiting.toReversed(),
      capMs,
      now,
    },
    telling,
  );
}

/** Of terminated machines, too: their stops have saved what they have saved. */
async function tagsOf(
  store: DigestParts['store'],
  stops: StopColumns,
  now: number,
): Promise<ReadonlyMap<string, Instance['tags']>> {
  const tags = new Map<string, Instance['tags']>();
  for (const id of new Set(stops.keys().map(({ instance }) => instance))) {
    const row = await store.machine(id, now);
    if (row !== undefined) tags.set(id, row.machine.tags);
  }
  return tags;
}
