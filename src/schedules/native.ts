/** The schedules over the AWS SDK, which is loaded on the first call: without `leases.scheduler` it never is. */
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { Ec2Settings } from '../ec2/accounts.ts';
import { clientConfig, createCalls, loadCredentials, type Calls } from '../ec2/native-calls.ts';
import { nativeError } from '../ec2/native-error.ts';
import type { Schedules, ScheduleToPut } from './port.ts';
import { keyInput, newToken, scheduleInput } from './request.ts';

type Sdk = Awaited<ReturnType<typeof loadSdk>>;
export type SchedulerCalls = Calls<Sdk, SchedulerClient>;

/** Also for the doctor, which makes calls that the port does not have. */
export function createSchedulerCalls(settings: Ec2Settings): SchedulerCalls {
  return createCalls(settings, loadSdk, ({ credentials, scheduler }, place) => {
    return new scheduler.SchedulerClient(clientConfig(credentials, settings, place, 'scheduler'));
  });
}

/** @param clock by which the schedules' times are meant */
export function createSchedules(settings: Ec2Settings, clock = Date.now): Schedules {
  const { call, close } = createSchedulerCalls(settings);
  return {
    // All calls of a change share one time limit.
    put: async (schedule) =>
      call(schedule.place, async ({ scheduler }, client, abortSignal) => {
        const input = (): ReturnType<typeof scheduleInput> => scheduleInput(byClockOfAws(schedule, client, clock));
        const update = async (): Promise<boolean> =>
          exists(client.send(new scheduler.UpdateScheduleCommand(input()), { abortSignal }));
        if (await update()) return;
        if (await create(scheduler, client, input(), abortSignal)) return;
        // Another replica made it meanwhile.
        await client.send(new scheduler.UpdateScheduleCommand(input()), { abortSignal });
      }),
    remove: async (schedule) =>
      call(schedule.place, async ({ scheduler }, client, abortSignal) => {
        const input = { ...keyInput(schedule), ClientToken: newToken() };
        await exists(client.send(new scheduler.DeleteScheduleCommand(input), { abortSignal }));
      }),
    close,
  };
}

/** False where the answer is that there is no such schedule. */
async function exists(sent: Promise<unknown>): Promise<boolean> {
  return unless('ResourceNotFoundException', sent);
}

/** Without the schedule group it fails. @returns false if the schedule exists already */
async function create(
  scheduler: Sdk['scheduler'],
  client: SchedulerClient,
  input: ReturnType<typeof scheduleInput>,
  abortSignal: AbortSignal,
): Promise<boolean> {
  return unless('ConflictException', client.send(new scheduler.CreateScheduleCommand(input), { abortSignal }));
}

/**
 * Where our clock is behind that of AWS, a time of ours comes too soon there: the machine would be stopped while it is leased. The SDK
 * reads AWS's clock in answers.
 */
function byClockOfAws(
  schedule: ScheduleToPut,
  { config: { systemClockOffset } }: SchedulerClient,
  clock: () => number,
): ScheduleToPut {
  const behindMs = Date.now() + systemClockOffset - clock();
  return { ...schedule, at: schedule.at + Math.max(0, behindMs) };
}

async function unless(code: string, sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (nativeError(error).code === code) return false;
    throw error;
  }
}

async function loadSdk() {
  const [scheduler, credentials] = await Promise.all([import('@aws-sdk/client-scheduler'), loadCredentials()]);
  return { scheduler, credentials };
}
