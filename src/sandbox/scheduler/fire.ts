/** Carries a schedule out: EventBridge Scheduler stops the machines as the schedule's role. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { CallLog } from '../call-log.ts';
import { stopInstances } from '../ec2/change-instances.ts';
import { AwsError } from '../errors.ts';
import type { ArmedFaults } from '../faults.ts';
import type { World } from '../world.ts';
import { untrustingRole, validation } from './errors.ts';
import type { SandboxSchedule, Schedules } from './schedules.ts';

export interface FireParts {
  readonly world: World;
  readonly faults: ArmedFaults;
  readonly log: CallLog;
}

const targetInput = z.strictObject({ InstanceIds: z.array(z.string()).min(1) });

/** The call log names the service scheduler, by which its stops are told from others. @throws AwsError as EC2 answers */
export function fire({ world, faults, log }: FireParts, schedule: SandboxSchedule, schedules: Schedules): void {
  const { account, region, name } = schedule;
  const instanceIds = readInstanceIds(schedule.input.Target.Input);
  const requestId = randomUUID();
  const base = { at: world.now(), action: 'StopInstances', service: 'scheduler', region, account, requestId };
  const entry = { ...base, instanceIds, filters: [], dryRun: false };
  try {
    const hits = faults.take('StopInstances', instanceIds, region);
    if (hits.error !== undefined) throw hits.error;
    const path = schedule.input.Target.RoleArn.replace(/^[^/]*\//, '');
    if (world.accounts.get(account)?.roles.includes(path) !== true) throw untrustingRole();
    const query = new Map(instanceIds.map((id, index) => [`InstanceId.${index + 1}`, id]));
    const caller = {
      account,
      region,
      arn: `arn:aws:sts::${account}:assumed-role/${path}/${name}`,
      userId: 'AROASCHEDULER',
    };
    const { effects } = hits;
    const parts = { world, caller, query, input: {}, temporaryKeys: new Map(), buckets: undefined, schedules, effects };
    stopInstances({ action: 'StopInstances', ...parts });
    log.add({ ...entry, status: 200 });
  } catch (error) {
    if (error instanceof AwsError) log.add({ ...entry, status: error.status, errorCode: error.code });
    throw error;
  } finally {
    world.conditions.check();
  }
}

function readInstanceIds(text: string): readonly string[] {
  try {
    return targetInput.parse(JSON.parse(text)).InstanceIds;
  } catch {
    throw validation(`The sandbox expected {"InstanceIds": [...]} as the target's input, got ${text}`);
  }
}
