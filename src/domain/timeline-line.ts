/** A line of a timeline, and what timelines are made of. */
import type { Interval } from './machine.ts';
import type { Notice } from './notice.ts';
import type { Operation } from './operation.ts';
import type { TrailEntry } from './trail.ts';

export interface MachinePast {
  /** Oldest first. */
  readonly intervals: readonly Interval[];
  readonly operations: readonly OperationPast[];
  /** What people said of the machine: holds and leases that were made, moved and ended. */
  readonly said: readonly Said[];
  readonly notices: readonly Notice[];
}

export interface OperationPast {
  readonly operation: Operation;
  /** Oldest first. */
  readonly trail: readonly TrailEntry[];
}

/** An entry of the audit log about a hold or a lease. */
export interface Said {
  readonly at: number;
  readonly event: 'hold' | 'lease';
  readonly who: string;
  readonly message: string;
}

/** What a line is about; each has a word and a picture. */
export type LineKind =
  | 'runs'
  | 'off'
  | 'moving'
  | 'gone'
  | 'asked'
  | 'warned'
  | 'kept'
  | 'waits'
  | 'refused'
  | 'cancelled'
  | 'failed'
  | 'rehearsed';

export interface TimelineLine {
  /** Milliseconds since the epoch. Of a repetition: the last time. */
  readonly at: number;
  readonly kind: LineKind;
  readonly text: string;
  /** What was observed, and who was told. */
  readonly more: readonly string[];
  readonly operation?: string;
  /** Of a line that stands for several: how many, and when it was so first. */
  readonly repeated?: { readonly times: number; readonly since: number };
}
