/** The configuration of the guards. */
import type { Limit, LimitSettings } from './limit.ts';
import type { ManagerSettings } from './managers.ts';
import type { TellingSettings } from './telling.ts';
import type { WarningSettings } from './warned.ts';
import type { Window } from './window.ts';

export const SPOT_SETTINGS = ['one-time', 'all'] as const;
export const SCRATCH_DISK_SETTINGS = ['allow', 'refuse'] as const;

export interface GuardSettings extends LimitSettings {
  /** The tag that a machine must have, with any value if none is given. Absent: none. */
  readonly requireTag?: { readonly key: string; readonly value?: string };
  readonly optOut: OptOut;
  readonly managers: ManagerSettings;
  /** Which Spot instances are refused; EC2 itself refuses one-time ones. */
  readonly spot: (typeof SPOT_SETTINGS)[number];
  readonly scratchDisk: (typeof SCRATCH_DISK_SETTINGS)[number];
  /** How long a machine runs at least after its launch, in milliseconds. */
  readonly minUptimeMs: number;
  readonly windows: readonly Window[];
  /** How often a machine may be stopped, or started, automatically. */
  readonly flapping: Limit;
  readonly onResolved: OnResolved;
  readonly warn: WarningSettings;
  /** Whom a machine's channels reach: people who cannot be told are not waited for. */
  readonly telling: TellingSettings;
  /** The IANA time zone of dates in tags, and of the times that people are shown. */
  readonly zone: string;
}

/** The handling of stops that resolved alerts ask for. */
export interface OnResolved {
  /** How long the alert has to fire again, in milliseconds. */
  readonly graceMs: number;
  /** `confirmed`: allowed when Prometheus says that the need has ended. `believed`: allowed without Prometheus. */
  readonly stops: 'confirmed' | 'believed' | 'refused';
}

/** The tag with which owners forbid verbs. Its values are compared in lower case. */
export interface OptOut {
  readonly tag: string;
  readonly off: readonly string[];
  readonly stopOnly: readonly string[];
  readonly startOnly: readonly string[];
}
