/** The store's part for the schedules that stop leased machines if the operator is gone. */
import type { KeptSchedule, LeaseEnd, Schedule, ScheduleOutcome } from '../domain/schedule.ts';

export interface ScheduleStore {
  /** The machines that have a lease, and whose place is known, with the earliest moment at which the lease's stop could be sent. */
  leaseEnds(now: number): Promise<readonly LeaseEnd[]>;
  /** The schedules that are, or may be, in EventBridge. */
  schedules(): Promise<readonly KeptSchedule[]>;
  /**
   * Says before a call to EventBridge that the schedule may change: from here on it is not sure how it is.
   *
   * @returns false while another replica changes it, or if it was made or removed meanwhile
   */
  claimSchedule(claim: ScheduleClaim): Promise<boolean>;
  /**
   * Writes how the schedule is after the call. If `owner` has lost it, the call may have come after that of another replica: then it
   * is not sure how it is, for either.
   */
  settleSchedule(owner: string, schedule: Schedule, outcome: ScheduleOutcome): Promise<void>;
}

export interface ScheduleClaim {
  readonly owner: string;
  readonly now: number;
  /** When the claim ends. A call that takes longer could undo the change of another replica. */
  readonly until: number;
  /** Whether there is none yet. */
  readonly isNew: boolean;
  readonly schedule: Schedule;
}
