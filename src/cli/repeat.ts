/** The loop that commands with `--watch` share. */
import { readDuration, type Call } from './call.ts';
import { CommandError, usageError } from './command-error.ts';

/**
 * Looks again and again until Ctrl-C. Survives an outage of the server, but not of its first answer: a wrong URL is an error.
 *
 * @param pause waits until it is time to look again, after a look that had no answer, too
 */
export async function repeat(
  { screen }: { readonly screen: Pick<Call['screen'], 'note'> },
  look: () => Promise<void>,
  pause: (isTroubled: boolean) => Promise<void>,
): Promise<never> {
  let trouble = '';
  for (let isFirst = true; ; isFirst = false) {
    try {
      await look();
      trouble = '';
    } catch (error) {
      if (isFirst || !(error instanceof CommandError) || error.status === 401 || error.status === 403) throw error;
      if (trouble !== error.message) screen.note([`${error.message}. Trying again`]);
      trouble = error.message;
    }
    await pause(trouble !== '');
  }
}

/** @returns the value of `--every`, in milliseconds */
export function readEvery(call: Call): number {
  const everyMs = readDuration(call, 'every', '2s');
  if (everyMs < 100) throw usageError('expected at least 100ms for --every');
  return everyMs;
}

/** Remembers what was shown, by id. Entries that left the list are forgotten, because a watch can run for weeks. */
export interface Shown<T extends { readonly id: string }> {
  /** The entries that changed since they were last shown, in their order. */
  readonly changed: (entries: readonly T[]) => readonly T[];
  /** The ids of entries that were shown, and are not in the list any more. To be asked before `changed`. */
  readonly gone: (entries: readonly T[]) => readonly string[];
}

/** @param keyOf equal while there is nothing new to show */
export function rememberShown<T extends { readonly id: string }>(keyOf: (entry: T) => string): Shown<T> {
  const shown = new Map<string, string>();
  const gone = (entries: readonly T[]): readonly string[] => {
    const listed = new Set(entries.map(({ id }) => id));
    return [...shown.keys()].filter((id) => !listed.has(id));
  };
  return {
    gone,
    changed: (entries) => {
      for (const id of gone(entries)) shown.delete(id);
      const news = entries.filter((one) => shown.get(one.id) !== keyOf(one));
      for (const one of news) shown.set(one.id, keyOf(one));
      return news;
    },
  };
}
