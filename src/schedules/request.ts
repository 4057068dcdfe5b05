/** The parameters of EventBridge Scheduler's calls. */
import { randomUUID } from 'node:crypto';
import { quote } from '../domain/parsed.ts';
import { INSTANCE_ID } from '../domain/target.ts';
import type { ScheduleKey, ScheduleToPut } from './port.ts';

/** The machine's schedule always has the same name, so there is never a second one. */
export function scheduleName(instance: string): string {
  if (!INSTANCE_ID.test(instance)) throw new RangeError(`expected an instance id, got ${quote(instance)}`);
  return `${NAME_PREFIX}${instance}`;
}

/** Of all schedules of ours; the shipped policy names it. */
export const NAME_PREFIX = 'ec2-operator-';

const MINUTE_MS = 60_000;
/** How long EventBridge Scheduler repeats a stop that fails: a late stop is a wrong stop. */
const MAX_EVENT_AGE_S = 900;

interface ScheduleInput extends Named {
  ScheduleExpression: string;
  ScheduleExpressionTimezone: 'UTC';
  FlexibleTimeWindow: { Mode: 'OFF' };
  ActionAfterCompletion: 'DELETE';
  Description: string;
  Target: { Arn: string; RoleArn: string; Input: string; RetryPolicy: { MaximumEventAgeInSeconds: number } };
  ClientToken: string;
}

interface Named {
  Name: string;
  GroupName: string;
}

/** Parameters of CreateSchedule and of UpdateSchedule, which replaces all of them. */
export function scheduleInput({ instance, group, roleArn, at }: ScheduleToPut): ScheduleInput {
  const [, partition = 'aws'] = roleArn.split(':');
  return {
    Name: scheduleName(instance),
    GroupName: group,
    ScheduleExpression: atExpression(at),
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Description: 'Stops this leased machine if ec2-operator is gone',
    Target: {
      Arn: `arn:${partition}:scheduler:::aws-sdk:ec2:stopInstances`,
      RoleArn: roleArn,
      Input: JSON.stringify({ InstanceIds: [instance] }),
      RetryPolicy: { MaximumEventAgeInSeconds: MAX_EVENT_AGE_S },
    },
    ClientToken: newToken(),
  };
}

export function keyInput({ instance, group }: Pick<ScheduleKey, 'instance' | 'group'>): Named {
  return { Name: scheduleName(instance), GroupName: group };
}

/**
 * New for each call. AWS ignores a call whose token it has seen, so a schedule that is moved back to an earlier time must not
 * carry the token of that time.
 */
export function newToken(): string {
  return randomUUID();
}

/** In UTC, rounded up to the minute. */
export function atExpression(at: number): string {
  const text = new Date(Math.ceil(at / MINUTE_MS) * MINUTE_MS).toISOString();
  return `at(${text.slice(0, 'yyyy-mm-ddThh:mm:ss'.length)})`;
}
