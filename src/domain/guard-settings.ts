/** What the guards need to know of the configuration. */
import type { Limit, LimitSettings } from './limit.ts';
import type { OwnerSettings } from './owners.ts';
import type { Window } from './window.ts';

export const SPOT_SETTINGS = ['one-time', 'all'] as const;
export const SCRATCH_DISK_SETTINGS = ['allow', 'refuse'] as const;

export interface GuardSettings extends LimitSettings {
  /** A tag that a machine must carry; with any value when none is given. Absent: none is needed. */
  readonly requireTag?: { readonly key: string; readonly value?: string };
  readonly optOut: OptOut;
  readonly owners: OwnerSettings;
  /** Which Spot instances are refused; one-time ones EC2 itself refuses. */
  readonly spot: (typeof SPOT_SETTINGS)[number];
  readonly scratchDisk: (typeof SCRATCH_DISK_SETTINGS)[number];
  /** How long a machine is left alone after its launch, in milliseconds. */
  readonly minUptimeMs: number;
  readonly windows: readonly Window[];
  /** How often a machine may be stopped, or started, automatically. */
  readonly flapping: Limit;
  readonly onResolved: OnResolved;
}

/** What becomes of a stop that is asked for because an alert was resolved. */
export interface OnResolved {
  /** How long the alert has to fire again, in milliseconds. */
  readonly graceMs: number;
  /** `confirmed`: when Prometheus says that the need has ended, too. `believed`: without Prometheus. */
  readonly stops: 'confirmed' | 'believed' | 'refused';
}

/** The tag by which owners say what may be done to a machine. Its values are compared in lower case. */
export interface OptOut {
  readonly tag: string;
  readonly off: readonly string[];
  readonly stopOnly: readonly string[];
  readonly startOnly: readonly string[];
}
