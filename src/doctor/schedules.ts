/** The dead man's switch (`leases.scheduler`): its role, its group and its permissions, in each place. */
import type { Place } from '../domain/instance.ts';
import type { ScheduleSettings } from '../domain/schedule.ts';
import type { Ec2Inspector } from '../ec2/inspect.ts';
import { Ec2Error } from '../ec2/port.ts';
import type { Missing, ScheduleInspector } from '../schedules/inspect.ts';
import { explainAws } from './aws-error.ts';
import { messageOf, report, type Finding } from './finding.ts';
import { nameOf } from './permissions.ts';

export interface ScheduleCheckParts {
  readonly inspector: Pick<Ec2Inspector, 'identity'>;
  readonly schedules: ScheduleInspector;
  readonly settings: ScheduleSettings;
}

const IAM = 'deploy/iam/README.md, "Schedules"';

/** Makes nothing: AWS is asked for changes of a schedule that does not exist. */
export async function checkSchedules(parts: ScheduleCheckParts, place: Place): Promise<readonly Finding[]> {
  const { inspector, schedules, settings } = parts;
  const { ok, error } = report('schedules', nameOf(place));
  const { group } = settings;
  const roleArn = settings.roleArnIn(place);
  const asked = place.account === undefined ? 'own' : 'role';
  try {
    const astray = whyAstray(roleArn, (await inspector.identity(place)).arn);
    if (astray !== undefined) {
      return [error(astray, 'name a role of this account in leases.scheduler.role_arn: EventBridge takes no other')];
    }
    await schedules.findGroup(place, group);
    const missing = await schedules.missing(place, group, roleArn);
    if (missing.length > 0) return missing.map((each) => tellMissing(error, each, { roleArn, asked }));
    return [ok(`schedules may be set and removed in the group ${group}, with the role ${roleArn}`)];
  } catch (cause) {
    return [tellFailed(parts, place, { cause, asked })];
  }
}

type Report = (evidence: string, change: string) => Finding;
type Asked = Parameters<typeof explainAws>[1];

function tellFailed(
  { settings: { group } }: ScheduleCheckParts,
  place: Place,
  { cause, asked }: { readonly cause: unknown; readonly asked: Asked },
): Finding {
  const { info, error } = report('schedules', nameOf(place));
  const code = cause instanceof Ec2Error ? cause.code : '';
  if (code === 'ResourceNotFoundException') {
    const change = `create it: aws scheduler create-schedule-group --name ${group}, in each region; ${IAM}`;
    return error(`the schedule group ${group} does not exist`, change);
  }
  if (code === 'AccessDeniedException') {
    const evidence = `whether the schedule group ${group} exists could not be checked: ${messageOf(cause)}`;
    return info(evidence, 'attach deploy/iam/doctor-policy.json to the identity');
  }
  const { evidence, change } = explainAws(cause, asked);
  return error(evidence, change);
}

function tellMissing(
  error: Report,
  { permission, error: cause }: Missing,
  { roleArn, asked }: { readonly roleArn: string; readonly asked: Asked },
): Finding {
  if (cause.code === 'AccessDeniedException') {
    const what = cause.message.includes('iam:PassRole') ? `iam:PassRole for ${roleArn}` : permission;
    return error(
      `${what} is denied (${cause.message})`,
      `attach deploy/iam/scheduler-policy.json to the identity; ${IAM}`,
    );
  }
  if (cause.code === 'ValidationException') {
    const change = `create the role with deploy/iam/trust-scheduler.json and schedule-role-policy.json; ${IAM}`;
    return error(`${permission} with the role ${roleArn}: ${cause.message}`, change);
  }
  const { evidence, change } = explainAws(cause, asked);
  return error(`${permission}: ${evidence}`, change);
}

/** The role and the identity are ARNs: their partitions and accounts have to be the same. */
function whyAstray(roleArn: string, identity: string): string | undefined {
  const [, rolePartition, , , roleAccount] = roleArn.split(':');
  const [, partition, , , account] = identity.split(':');
  if (rolePartition === partition && roleAccount === account) return undefined;
  return `the role ${roleArn} is not of the account of ${identity}`;
}
