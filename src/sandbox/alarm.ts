/** A timer that rings at the first of several times. */

export interface Alarm {
  /** Replaces the times. */
  readonly set: (times: readonly number[]) => void;
  readonly clear: () => void;
}

/** setTimeout fires at once for longer times. */
const MAX_TIMER_MS = 2_147_483_647;

/** Its timer does not keep the process alive. @param now in milliseconds since the epoch */
export function createAlarm(now: () => number, ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined;
  const clear = (): void => clearTimeout(timer);
  return {
    clear,
    set: (times) => {
      clear();
      if (times.length === 0) return;
      timer = setTimeout(ring, Math.min(Math.max(1, Math.min(...times) - now()), MAX_TIMER_MS)).unref();
    },
  };
}
