/**
 * Calls to EventBridge Scheduler that only the doctor makes. AWS checks permissions before it looks whether a call makes sense, so
 * calls that make none show the permissions and change nothing.
 */
import type { Place } from '../domain/instance.ts';
import type { Ec2Settings } from '../ec2/accounts.ts';
import { nativeError } from '../ec2/native-error.ts';
import type { Ec2Error } from '../ec2/port.ts';
import { createSchedulerCalls } from './native.ts';
import { NAME_PREFIX, newToken, scheduleInput } from './request.ts';

/** @throws Ec2Error from each call */
export interface ScheduleInspector {
  /** Resolves if the schedule group exists. */
  findGroup(place: Place, group: string): Promise<void>;
  /** The permissions that are missing, with AWS's answers; also whether the role may be handed on, as far as AWS says so. */
  missing(place: Place, group: string, roleArn: string): Promise<readonly Missing[]>;
  close(): void;
}

export interface Missing {
  readonly permission: string;
  readonly error: Ec2Error;
}

/** No schedule has this name. */
const NO_SCHEDULE = `${NAME_PREFIX}doctor`;
const DAY_MS = 86_400_000;

export function createScheduleInspector(settings: Ec2Settings, clock: () => number): ScheduleInspector {
  const { call, close } = createSchedulerCalls(settings);
  return {
    findGroup: async (place, group) =>
      call(place, async ({ scheduler }, client, abortSignal) => {
        await client.send(new scheduler.GetScheduleGroupCommand({ Name: group }), { abortSignal });
      }),
    missing: async (place, group, roleArn) =>
      call(place, async ({ scheduler }, client, abortSignal) => {
        const input = (at: number) => ({
          ...scheduleInput({ instance: 'i-00000000', place, group, roleArn, at }),
          Name: NO_SCHEDULE,
        });
        const named = { Name: NO_SCHEDULE, GroupName: group, ClientToken: newToken() };
        const isGone = ({ code }: Ec2Error): boolean => code === 'ResourceNotFoundException';
        const isPast = ({ message }: Ec2Error): boolean => message.includes('Schedule Expression');
        const found: Missing[] = [];
        for (const { permission, send, isExpected } of [
          {
            permission: 'scheduler:UpdateSchedule',
            send: async () =>
              client.send(new scheduler.UpdateScheduleCommand(input(clock() + DAY_MS)), { abortSignal }),
            isExpected: isGone,
          },
          {
            permission: 'scheduler:CreateSchedule',
            send: async () => client.send(new scheduler.CreateScheduleCommand(input(0)), { abortSignal }),
            isExpected: isPast,
          },
          {
            permission: 'scheduler:DeleteSchedule',
            send: async () => client.send(new scheduler.DeleteScheduleCommand(named), { abortSignal }),
            isExpected: isGone,
          },
        ]) {
          const error = await errorOf(send());
          if (error !== undefined && !isExpected(error)) found.push({ permission, error });
        }
        return found;
      }),
    close,
  };
}

async function errorOf(sent: Promise<unknown>): Promise<Ec2Error | undefined> {
  return sent.then(
    () => undefined,
    (error: unknown) => nativeError(error),
  );
}
