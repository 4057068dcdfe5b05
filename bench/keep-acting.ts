/** The load of open pages: alerts one after another, as long as it is wanted. */
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from './clock.ts';
import { post } from './load.ts';
import { deliveryFor, numbers } from './machines.ts';
import type { Operator } from './operator.ts';

const ALERTS_PER_SECOND = 25;
const TICK_MS = 1_000 / ALERTS_PER_SECOND;

export interface Acting extends AsyncDisposable {
  /** @throws Error with why it has ended before its time */
  readonly requireRunning: () => void;
  readonly alerts: () => number;
  readonly seconds: () => number;
}

/** Stops each machine in turn, then starts each, and so on. */
export function keepActing({ url, tail }: Operator, machines: number): Acting {
  const ending = new AbortController();
  const all = numbers(1, machines);
  const begin = monotonicMs();
  let alerts = 0;
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const verb = Math.floor(alerts / machines) % 2 === 0 ? 'stop' : 'start';
      const body = deliveryFor([all[alerts % machines] ?? 1], { verb, client: 'native' });
      alerts += 1;
      await post({ url: `${url}/operateHostname`, bodies: [body], concurrency: 1 });
      const due = begin + alerts * TICK_MS - monotonicMs();
      if (due > 0) await delay(due, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  let fault: Error | undefined;
  // Handled at once: the round that it spoils says so, with the last words of the operator.
  const running = run().catch((error: unknown) => {
    fault = new Error(`the load has ended: ${String(error)}\n${tail()}`, { cause: error });
  });
  return {
    requireRunning: () => {
      if (fault !== undefined) throw fault;
    },
    alerts: () => alerts,
    seconds: () => (monotonicMs() - begin) / 1_000,
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await running;
    },
  };
}
