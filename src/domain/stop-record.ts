/** One stop of ours, and what became of it: what savings and regret are computed from. Kept for `history.retention`. */
import type { CauseKind } from './cause.ts';
import type { Place } from './instance.ts';
import type { Price } from './price.ts';

/** Times are milliseconds since the epoch. */
export interface StopRecord {
  /** The operation that stopped the machine. */
  readonly operation: string;
  readonly instance: string;
  readonly place: Place;
  readonly name?: string;
  readonly owner?: string;
  readonly type?: string;
  readonly by: CauseKind;
  /** The alert's name, `lease`, or the person who asked. */
  readonly rule: string;
  /** When EC2 showed the machine on its way to stopped: it bills no more. */
  readonly stoppedAt: number;
  /** The next start, whoever asked for it. Absent as long as the machine is not back. */
  readonly back?: { readonly at: number; readonly by: CauseKind | 'outside'; readonly who?: string };
  /** The end of the record without a start: the machine was terminated, or is not watched any more. */
  readonly lostAt?: number;
  /** When somebody first asked for a start after the stop. Not later than `back`. */
  readonly wantedAt?: number;
  /** When the machine that came back could be used: its status checks, or as soon as it ran where they are not asked. */
  readonly readyAt?: number;
  /** The first sign of use after it came back, from Prometheus. */
  readonly usedAt?: number;
  /** What an hour of it cost when it was stopped; absent where no price is known. */
  readonly price?: Price;
  /** Dollars an hour that go on while it is stopped: its volumes, its Elastic IP. */
  readonly billsOn?: number;
  /** Capacity that bills on while the machine is stopped. */
  readonly committed?: { readonly kind: 'capacity_reservation' | 'capacity_block'; readonly id: string };
}
