/** A clock that goes on by itself, and can be put forward: what waits for hours is due at once. */
export interface MovableClock {
  readonly now: () => number;
  readonly advance: (ms: number) => void;
}

export function createClock(): MovableClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}
