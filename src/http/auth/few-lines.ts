/** Limits log lines that senders without a token cause. */
import type { Log } from '../../observe/log.ts';

const LINES = 10;
const PER_MS = 60_000;

export type FewLines = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/**
 * Writes ten lines a minute. The next line says how many were left out.
 *
 * @param now a clock that only moves forward, in milliseconds
 */
export function createFewLines(log: Pick<Log, 'warn'>, now: () => number = () => performance.now()): FewLines {
  let began = -Infinity;
  let written = 0;
  let leftOut = 0;
  return (fields, message) => {
    if (now() - began >= PER_MS) {
      began = now();
      written = 0;
    }
    if (written >= LINES) {
      leftOut += 1;
      return;
    }
    written += 1;
    log.warn(leftOut === 0 ? fields : { ...fields, leftOut }, message);
    leftOut = 0;
  };
}
