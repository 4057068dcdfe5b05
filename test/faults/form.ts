/** Which form of the suite runs, and the dice it rolls: the same seed makes the same campaign. */

/** The long form is `FAULTS=long`. The short one belongs to every run of the tests. */
export const LONG = process.env['FAULTS'] === 'long';

/** Rounds of each killing campaign: two short ones, or as many as `FAULTS_ROUNDS` says. */
export const ROUNDS = readCount('FAULTS_ROUNDS', LONG ? 50 : 2);

/** `FAULTS_SEED` repeats a campaign that failed, as far as the machine's own timing allows. */
export const SEED = readCount('FAULTS_SEED', Math.floor(Math.random() * 0x7fffffff));

/** The value for the form that runs. */
export function byForm<T>(forms: { readonly short: T; readonly long: T }): T {
  return LONG ? forms.long : forms.short;
}

export interface Dice {
  /** From 0 to below 1. */
  readonly roll: () => number;
  /** A whole number from `low` to `high`, both included. */
  readonly between: (low: number, high: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
}

/** Dice of its own for everything that runs at the same time as others: who rolls first then changes nothing. */
export function diceFor(name: string): Dice {
  let state = SEED;
  for (const letter of name) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  // Mulberry32: small, and even enough for choosing moments.
  const roll = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const between = (low: number, high: number): number => low + Math.floor(roll() * (high - low + 1));
  return {
    roll,
    between,
    pick: (from) => {
      const picked = from[between(0, from.length - 1)];
      if (picked === undefined) throw new RangeError('expected something to pick from');
      return picked;
    },
  };
}

function readCount(name: string, otherwise: number): number {
  const text = process.env[name] ?? '';
  if (text === '') return otherwise;
  if (!/^\d{1,10}$/.test(text)) throw new Error(`expected ${name} to be a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}
