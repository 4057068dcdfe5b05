/** The actions of EventBridge Scheduler, as far as they are used. */
import type { AwsCall } from '../call.ts';
import type { XmlTree } from '../xml.ts';
import { accessDenied, alreadyExists, groupNotFound, scheduleNotFound, untrustingRole, validation } from './errors.ts';
import { readExpression, readGroup, readListed, readNamed, readScheduleInput, type ScheduleInput } from './input.ts';
import type { SandboxSchedule } from './schedules.ts';

export function createSchedule(call: AwsCall): XmlTree {
  const { input, where, before } = readWritten(call);
  const ScheduleArn = arnOf(call, 'schedule', `${input.GroupName}/${input.Name}`);
  if (isRepeated(call, input.ClientToken)) return { ScheduleArn };
  if (before !== undefined) throw alreadyExists('Schedule', input.Name);
  write(call, { ...where, input, createdAt: call.world.now() });
  return { ScheduleArn };
}

export function updateSchedule(call: AwsCall): XmlTree {
  const { input, where, before } = readWritten(call);
  if (before === undefined) throw scheduleNotFound(input.Name);
  if (!isRepeated(call, input.ClientToken)) write(call, { ...where, input, createdAt: before.createdAt });
  return { ScheduleArn: arnOf(call, 'schedule', `${input.GroupName}/${input.Name}`) };
}

export function getSchedule(call: AwsCall): XmlTree {
  const { input, arn, createdAt, modifiedAt } = findNamed(call);
  const { ClientToken: _token, ...written } = input;
  return { Arn: arn, ...written, CreationDate: createdAt / 1_000, LastModificationDate: modifiedAt / 1_000 };
}

export function deleteSchedule(call: AwsCall): XmlTree {
  const found = findNamed(call);
  call.schedules.remove(found);
  return {};
}

export function listSchedules(call: AwsCall): XmlTree {
  const { GroupName, NamePrefix = '', NextToken = '0', MaxResults } = readListed(call.input);
  refuseDenied(call, arnOf(call, 'schedule', `${GroupName ?? '*'}/*`));
  if (GroupName !== undefined && !hasGroup(call, GroupName)) throw groupNotFound(GroupName);
  const { account, region } = call.caller;
  const found = call.schedules
    .all()
    .filter((each) => each.account === account && each.region === region)
    .filter(({ group, name }) => (GroupName === undefined || group === GroupName) && name.startsWith(NamePrefix));
  if (!/^\d{1,6}$/.test(NextToken)) throw validation('Invalid NextToken');
  const from = Number(NextToken);
  const page = found.slice(from, from + MaxResults);
  return {
    Schedules: page.map((each) => summaryOf(call, each)),
    ...(from + MaxResults < found.length ? { NextToken: String(from + MaxResults) } : {}),
  };
}

export function createScheduleGroup(call: AwsCall): XmlTree {
  const { Name } = readGroup(call.input);
  const ScheduleGroupArn = arnOf(call, 'schedule-group', Name);
  refuseDenied(call, ScheduleGroupArn);
  if (hasGroup(call, Name)) throw alreadyExists('Schedule group', Name);
  const { account, region } = call.caller;
  call.schedules.addGroup({ account, region, group: Name });
  return { ScheduleGroupArn };
}

export function getScheduleGroup(call: AwsCall): XmlTree {
  const { Name } = readGroup(call.input);
  const Arn = arnOf(call, 'schedule-group', Name);
  refuseDenied(call, Arn);
  if (!hasGroup(call, Name)) throw groupNotFound(Name);
  return { Arn, Name, State: 'ACTIVE' };
}

/** The checks of CreateSchedule and UpdateSchedule, in AWS's order: permission, input, group, role, time. */
function readWritten(call: AwsCall) {
  const input = readScheduleInput(call.input);
  const { account, region } = call.caller;
  const where = { account, region, group: input.GroupName, name: input.Name };
  refuseDenied(call, arnOf(call, 'schedule', `${input.GroupName}/${input.Name}`));
  refusePassRole(call, input.Target.RoleArn);
  if (!hasGroup(call, input.GroupName)) throw groupNotFound(input.GroupName);
  refuseRole(call, input);
  readExpression(input.ScheduleExpression, call.world.now());
  return { input, where, before: call.schedules.find(where) };
}

function write(call: AwsCall, schedule: Omit<SandboxSchedule, 'at' | 'modifiedAt'>): void {
  const now = call.world.now();
  call.schedules.put({ ...schedule, at: readExpression(schedule.input.ScheduleExpression, now), modifiedAt: now });
}

function findNamed(call: AwsCall): SandboxSchedule & { readonly arn: string } {
  const { Name: name, GroupName: group } = readNamed(call.input);
  const { account, region } = call.caller;
  const arn = arnOf(call, 'schedule', `${group}/${name}`);
  refuseDenied(call, arn);
  if (!hasGroup(call, group)) throw groupNotFound(group);
  const found = call.schedules.find({ account, region, group, name });
  if (found === undefined) throw scheduleNotFound(name);
  return { ...found, arn };
}

function summaryOf(call: AwsCall, { group, name, input, createdAt, modifiedAt }: SandboxSchedule): XmlTree {
  return {
    Arn: arnOf(call, 'schedule', `${group}/${name}`),
    Name: name,
    GroupName: group,
    State: input.State,
    Target: { Arn: input.Target.Arn },
    CreationDate: createdAt / 1_000,
    LastModificationDate: modifiedAt / 1_000,
  };
}

function hasGroup({ caller: { account, region }, schedules }: AwsCall, group: string): boolean {
  return schedules.hasGroup({ account, region, group });
}

/** AWS does nothing for a token that it has seen, so a token that is used twice would keep a change from being made. */
function isRepeated({ action, caller, schedules }: AwsCall, token: string | undefined): boolean {
  return token !== undefined && schedules.isRepeated(`${action} ${caller.account} ${caller.region} ${token}`);
}

function refuseDenied({ action, caller, world }: AwsCall, resource: string): void {
  const denied = world.accounts.get(caller.account)?.unauthorized ?? [];
  if (denied.includes(action)) throw accessDenied(caller.arn, `scheduler:${action}`, resource);
}

function refusePassRole({ caller, world }: AwsCall, role: string): void {
  const denied = world.accounts.get(caller.account)?.unauthorized ?? [];
  const isOwn = role.split(':')[4] === caller.account;
  if (denied.includes('PassRole') || !isOwn) throw accessDenied(caller.arn, 'iam:PassRole', role);
}

/** The sandbox's roles trust every service. */
function refuseRole({ caller, world }: AwsCall, { Target: { RoleArn } }: ScheduleInput): void {
  const path = RoleArn.replace(/^[^/]*\//, '');
  if (world.accounts.get(caller.account)?.roles.includes(path) !== true) throw untrustingRole();
}

function arnOf({ caller: { account, region } }: AwsCall, kind: 'schedule' | 'schedule-group', name: string): string {
  return `arn:${partitionOf(region)}:scheduler:${region}:${account}:${kind}/${name}`;
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
