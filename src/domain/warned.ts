/** A warning as its operation keeps it, and the settings of warnings. */

export const UNDELIVERED_SETTINGS = ['wait', 'stop'] as const;

export interface WarningSettings {
  /** How long people have to answer, in milliseconds. */
  readonly beforeMs: number;
  /** Warns even where no channel tells anybody: the API, the log and the metrics tell it. */
  readonly always: boolean;
  /** How long before the stop people are reminded, in milliseconds. */
  readonly againMs?: number;
  /** What becomes of a stop whose warning no channel could deliver. */
  readonly ifUndelivered: (typeof UNDELIVERED_SETTINGS)[number];
}

/** A warning of an operation. Milliseconds since the epoch. */
export interface Warned {
  readonly at: number;
  readonly stopsAt: number;
  readonly reminded?: true;
  /** When people were first told, if that was late: the stop was put off for it, once. */
  readonly toldAt?: number;
}

export function isSameWarning(one: Warned | undefined, other: Warned | undefined): boolean {
  return one?.at === other?.at && one?.stopsAt === other?.stopsAt && one?.reminded === other?.reminded;
}
