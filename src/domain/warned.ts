/** A warning as its operation keeps it, and the settings of warnings. */

export interface WarningSettings {
  /** How long people have to answer, in milliseconds. */
  readonly beforeMs: number;
  /** Warns even where no channel tells anybody: the API, the log and the metrics tell it. */
  readonly always: boolean;
  /** How long before the stop people are reminded, in milliseconds. */
  readonly againMs?: number;
}

/** A warning of an operation. Milliseconds since the epoch. */
export interface Warned {
  readonly at: number;
  readonly stopsAt: number;
  readonly reminded?: true;
}

export function isSameWarning(one: Warned | undefined, other: Warned | undefined): boolean {
  return one?.at === other?.at && one?.stopsAt === other?.stopsAt && one?.reminded === other?.reminded;
}
