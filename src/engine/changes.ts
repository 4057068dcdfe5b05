/**
 * The hub of live pages: everything that people see tells here that it has changed, and open pages listen. Changes of a second are
 * one hint. Hints of other replicas come in by the store, and ours go out by it.
 */
import { randomBytes } from 'node:crypto';
import { joinHints, type Hint } from '../domain/hint.ts';
import type { Move } from '../domain/move.ts';

/** Its end tells the other replicas what they have not been told yet. */
export interface Changes extends AsyncDisposable {
  /** What people see has changed here, and that is on disk. */
  readonly changed: (hint: Hint) => void;
  /** A move changes the row of its machine. */
  readonly moved: (move: Move) => void;
  /** @param listener called at most once a second */
  readonly subscribe: (listener: (told: ToldHint) => void) => () => void;
  /** Names this moment: a page that is made now has missed nothing that was told before. */
  readonly latest: () => string;
  /** Whether it names a moment of this replica. */
  readonly isOwn: (id: string) => boolean;
  /**
   * What was told after a moment, here or at another replica; undefined for nothing, and `all` for a moment that is not known (any
   * more).
   */
  readonly since: (id: string) => Hint | undefined;
}

export interface ToldHint {
  /** Names the moment after it. */
  readonly id: string;
  readonly hint: Hint;
}

interface Kept {
  readonly hint: Hint;
  /** When it was told. */
  readonly at: number;
}

export interface ChangesOptions {
  /** Tells the other replicas. */
  readonly send: (hint: Hint) => Promise<void>;
  /** Listens to the other replicas. @returns ends the listening */
  readonly receive: (listener: (hint: Hint) => void) => () => void;
  /** A change will be told together with others. */
  readonly onJoined: () => void;
  /** How often listeners are told at most, in milliseconds. */
  readonly everyMs?: number;
  readonly clock?: () => number;
}

const EVERY_MS = 1_000;

const NOTHING: Hint = { machines: [] };

/** So much time the moves of one settlement have to become one hint, in milliseconds. */
const SOON_MS = 20;

/** How many hints are kept for pages that come back: about two minutes of a busy fleet. */
const MOST_KEPT = 120;

/**
 * A page that was told of a change at one replica comes back to another. That one may have told of the same change by this much sooner
 * or later: clocks differ by up to ten seconds, and hints take a second or two. In milliseconds.
 */
const APART_MS = 60_000;

export function createChanges({
  send,
  receive,
  onJoined,
  everyMs = EVERY_MS,
  clock = Date.now,
}: ChangesOptions): Changes {
  const run = randomBytes(6).toString('base64url');
  const listeners = new Set<(told: ToldHint) => void>();
  const kept: Kept[] = [];
  let count = 0;
  let lastToldAt = clock();
  /** What was told since then is kept. */
  let keptSince = lastToldAt;
  let toTell: Hint | undefined;
  let toSend: Hint | undefined;
  let sending: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lastAt = -Infinity;
  let isOver = false;

  const idOfLatest = (): string => `${run}.${count}.${lastToldAt.toString(36)}`;
  // Each read of an open page asks for it several times.
  let latest = idOfLatest();
  /** @returns undefined where some of it is not kept (any more) */
  const toldAfter = (id: string): readonly Kept[] | undefined => {
    const [, of, number, at] = /^([\w-]+)\.(\d{1,15})\.([0-9a-z]{1,11})$/.exec(id) ?? [];
    if (number === undefined || at === undefined) return undefined;
    const missed = count - Number(number);
    if (of === run) return missed < 0 || missed > kept.length ? undefined : kept.slice(kept.length - missed);
    const from = Number.parseInt(at, 36) - APART_MS;
    return from < keptSince ? undefined : kept.filter((one) => one.at >= from);
  };
  const tell = (hint: Hint): void => {
    count += 1;
    lastToldAt = clock();
    kept.push({ hint, at: lastToldAt });
    if (kept.length > MOST_KEPT) keptSince = (kept.shift()?.at ?? lastToldAt) + 1;
    latest = idOfLatest();
    const told = { id: latest, hint };
    for (const listener of listeners) listener(told);
  };
  const sendOn = async (hint: Hint): Promise<void> => {
    try {
      await send(hint);
    } catch {
      // The store is away. Lost ids are not known later, so the next hint is about all machines.
      toSend = { all: true };
      schedule();
    } finally {
      sending = undefined;
    }
  };
  const flush = (): void => {
    timer = undefined;
    lastAt = performance.now();
    if (toTell !== undefined) tell(toTell);
    toTell = undefined;
    if (toSend === undefined) return;
    // A slow store gets one hint at a time.
    if (sending !== undefined) {
      schedule();
      return;
    }
    sending = sendOn(toSend);
    toSend = undefined;
  };
  const schedule = (): void => {
    if (isOver) return;
    timer ??= setTimeout(flush, Math.max(SOON_MS, lastAt + everyMs - performance.now())).unref();
  };
  const add = (hint: Hint): void => {
    if (toTell !== undefined) onJoined();
    toTell = joinHints(toTell ?? NOTHING, hint);
    schedule();
  };
  const changed = (hint: Hint): void => {
    toSend = joinHints(toSend ?? NOTHING, hint);
    add(hint);
  };
  const endReceiving = receive(add);
  return {
    changed,
    moved: ({ after: { instance } }) => {
      changed({ machines: instance === undefined ? [] : [instance.id] });
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    latest: () => latest,
    isOwn: (id) => id.startsWith(`${run}.`),
    since: (id) => {
      const missed = toldAfter(id);
      if (missed === undefined) return { all: true };
      return missed.length === 0 ? undefined : missed.map(({ hint }) => hint).reduce(joinHints);
    },
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      clearTimeout(timer);
      listeners.clear();
      endReceiving();
      await sending;
      const rest = toSend;
      toSend = undefined;
      if (rest !== undefined) await sendOn(rest);
    },
  };
}
