/** The machine that this process runs on. */
import type { OwnInstance } from './metadata.ts';

/** How long after a question without an answer the next one comes, in milliseconds. */
const AGAIN_MS = 60_000;

/**
 * Asks at once, so that no stop waits for it: off EC2, and in pods that do not reach the metadata service, its silence takes seconds.
 * There it is asked again from time to time, beside the stops, because a service may have been away for a moment.
 *
 * @param now a clock that only moves forward, in milliseconds
 * @returns gives the id, and undefined where it is not known
 */
export function createReadOwn(
  ask: () => Promise<OwnInstance>,
  now = (): number => performance.now(),
): () => Promise<string | undefined> {
  let askedAt = now();
  let isAsking = false;
  let known: string | undefined;
  const read = async (): Promise<void> => {
    isAsking = true;
    askedAt = now();
    known = (await ask()).id;
    isAsking = false;
  };
  const first = read();
  return async () => {
    await first;
    if (known === undefined && !isAsking && now() - askedAt >= AGAIN_MS) void read();
    return known;
  };
}
