/** Limits log lines that senders without a token cause. */
import type { Log } from '../../observe/log.ts';

const LINES = 10;
const PER_MS = 60_000;

export type FewLines = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/**
 * Writes ten lines a minute of each kind, so that a flood of one hides no other. The next line of the kind says how many were left
 * out. The kind is the message up to its first colon, which has to be our own words: what a sender wrote comes after it.
 *
 * @param now a clock that only moves forward, in milliseconds
 */
export function createFewLines(log: Pick<Log, 'warn'>, now: () => number = () => performance.now()): FewLines {
  const kinds = new Map<string, { began: number; written: number; leftOut: number }>();
  return (fields, message) => {
    const name = message.split(':', 1).join('');
    const kind = kinds.get(name) ?? { began: -Infinity, written: 0, leftOut: 0 };
    kinds.set(name, kind);
    if (now() - kind.began >= PER_MS) {
      kind.began = now();
      kind.written = 0;
    }
    if (kind.written >= LINES) {
      kind.leftOut += 1;
      return;
    }
    kind.written += 1;
    log.warn(kind.leftOut === 0 ? fields : { ...fields, leftOut: kind.leftOut }, message);
    kind.leftOut = 0;
  };
}
