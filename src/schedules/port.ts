/**
 * The schedules of EventBridge Scheduler, each of which stops one leased machine when the operator is gone. All functions throw
 * `Ec2Error`, with AWS's code, as the calls to EC2 do.
 */
import type { Place } from '../domain/instance.ts';

export interface Schedules {
  /** Sets the machine's one schedule, whether there is one already or not. */
  put(schedule: ScheduleToPut): Promise<void>;
  /** Removes the machine's schedule; one that is gone already is no error. */
  remove(schedule: ScheduleKey): Promise<void>;
  /** Calls under way fail. */
  close(): void;
}

export interface ScheduleKey {
  readonly instance: string;
  readonly place: Place;
  /** The schedule group. */
  readonly group: string;
}

export interface ScheduleToPut extends ScheduleKey {
  /** The role as which EventBridge Scheduler stops the machine: of the machine's account. */
  readonly roleArn: string;
  /** When it stops the machine, in milliseconds since the epoch: rounded up to the minute, EventBridge Scheduler's precision. */
  readonly at: number;
}
