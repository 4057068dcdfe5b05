/** The pauses that stand, for answers that are about something else: they show them, and do not fail or wait for them. */
import { setTimeout as delay } from 'node:timers/promises';
import { tellPause, type Pause } from '../domain/voice.ts';
import type { Store } from '../store/port.ts';

export interface KnownPauses {
  /** Never rejects, and soon resolves: while the store cannot be read or is silent, with those that were known last. */
  readonly read: () => Promise<readonly Pause[]>;
  /** Called when a pause has begun or ended here: the next answer shows it. */
  readonly forget: () => void;
}

/** How soon other replicas show a pause, in milliseconds. */
const FRESH_MS = 2_000;

/** How long an answer waits for a store that is silent, in milliseconds: probes do not wait for long. */
const PATIENCE_MS = 250;

/** @param now a clock that only moves forward, in milliseconds */
export function createKnownPauses(
  store: Pick<Store, 'pauses'>,
  clock: () => number,
  now: () => number = () => performance.now(),
): KnownPauses {
  // Holds the promise, so that concurrent requests share one read.
  let reading: { readonly at: number; readonly pauses: Promise<readonly Pause[]> } | undefined;
  let last: readonly Pause[] = [];
  const readAgain = async (): Promise<readonly Pause[]> => {
    try {
      last = await store.pauses(clock());
    } catch {
      // The request itself finds out that the store is away.
    }
    return last;
  };
  return {
    read: async () => {
      if (reading === undefined || now() - reading.at >= FRESH_MS) reading = { at: now(), pauses: readAgain() };
      const at = clock();
      return (await within(reading.pauses, () => last)).filter(({ until = Infinity }) => until > at);
    },
    forget: () => {
      reading = undefined;
    },
  };
}

/** The value if it comes soon, otherwise the other one. */
async function within<T>(value: Promise<T>, otherwise: () => T): Promise<T> {
  const timer = new AbortController();
  const late = delay(PATIENCE_MS, undefined, { signal: timer.signal }).then(otherwise, otherwise);
  try {
    return await Promise.race([value, late]);
  } finally {
    timer.abort();
  }
}

/** Every answer to a known sender has it while a pause stands. */
export const PAUSED_HEADER = 'Ec2-Operator-Paused';

/** `ada paused automatic starts and stops at …, until …: "the cluster moves"`, in printable ASCII; undefined without a pause. */
export function tellPauses(pauses: readonly Pause[]): string | undefined {
  const [first, ...others] = pauses;
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : `; and ${others.length} more`;
  return `${first.who} ${tellPause(first)}`.slice(0, LONGEST) + more;
}

/** A selector may have any number of tags. */
const LONGEST = 1_000;

/** For senders without a token: neither names nor reasons. */
export function tellThatPaused(pauses: readonly Pause[]): string | undefined {
  if (pauses.length === 0) return undefined;
  const ends = pauses.map(({ until = Infinity }) => until);
  const last = Math.max(...ends);
  const end = last === Infinity ? 'until a person ends that' : `until ${new Date(last).toISOString()}`;
  const which = pauses.every(({ only }) => only !== undefined) ? ' of some machines' : '';
  return `automatic starts and stops${which} are paused ${end}`;
}
