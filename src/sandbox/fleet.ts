/** Reads the machines and accounts of a sandbox from a fleet file. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { DEFAULT_ACCOUNT, type Account } from './account.ts';
import { fleetSchema, type FleetFile, type MachineEntry, type VolumeEntry } from './fleet-schema.ts';
import type { AttachedVolume, NetworkInterface, SandboxMachine } from './machine.ts';
import { USER_INITIATED_SHUTDOWN } from './transitions.ts';
import type { Fleet } from './world.ts';

/**
 * @param text YAML
 * @param now the start of ages such as `2h ago`, in milliseconds since the epoch
 * @throws Error with all problems and their paths
 */
export function parseFleet(text: string, now: number): Fleet {
  const document = parseDocument(text);
  if (document.errors.length > 0) throw fleetError(document.errors.map(({ message }) => message));
  const content: unknown = document.toJS();
  const result = fleetSchema.safeParse(content ?? {});
  if (!result.success) throw fleetError(result.error.issues.map(describeIssue));
  return buildFleet(result.data, now);
}

/** The fleet that ships with the project: GPU machines in two regions and two accounts. */
export function defaultFleet(now: number): Fleet {
  return parseFleet(readFileSync(new URL('default-fleet.yaml', import.meta.url), 'utf8'), now);
}

/**
 * @param file the path of a fleet file; undefined for the fleet that ships with the project
 * @throws Error that names the file, when it cannot be read or has problems
 */
export function readFleet(file: string | undefined, now: number): Fleet {
  if (file === undefined) return defaultFleet(now);
  try {
    return parseFleet(readFileSync(file, 'utf8'), now);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot use the fleet file ${file}: ${reason}`, { cause: error });
  }
}

function fleetError(problems: readonly string[]): Error {
  return new Error(
    `The fleet file has ${problems.length} problem(s):\n${problems.map((line) => `  ${line}`).join('\n')}`,
  );
}

function describeIssue(issue: z.core.$ZodIssue): string {
  return `${issue.path.length === 0 ? '(top level)' : z.core.toDotPath(issue.path)}: ${issue.message}`;
}

function buildFleet(file: FleetFile, now: number): Fleet {
  const accounts = new Map(
    Object.entries(file.accounts).map(([id, { external_ids: externalIds, ...account }]): [string, Account] => [
      id,
      { ...account, externalIds },
    ]),
  );
  for (const id of [DEFAULT_ACCOUNT, ...file.machines.map(({ account }) => account)]) {
    if (!accounts.has(id)) accounts.set(id, { keys: [], roles: [], externalIds: {}, unauthorized: [] });
  }
  return { accounts, machines: file.machines.map((entry) => buildMachine(entry, now)) };
}

function buildMachine(entry: MachineEntry, now: number): SandboxMachine {
  const launchTime = entry.launched.kind === 'age' ? now - entry.launched.ms : entry.launched.at;
  const stopped = entry.state === 'stopped';
  return {
    id: entry.id,
    account: entry.account,
    region: entry.region,
    zone: entry.zone ?? `${entry.region}a`,
    type: entry.type,
    vpcId: entry.vpc,
    interfaces: buildInterfaces(entry, launchTime),
    tags: { ...(entry.name === undefined ? {} : { Name: entry.name }), ...asgTag(entry.asg), ...entry.tags },
    system: entry.system,
    tenancy: entry.tenancy,
    ...committedOf(entry),
    volumes: [
      buildVolume(entry.id, { type: 'gp3', size: entry.disk }, 0),
      ...entry.volumes.map((volume, index) => buildVolume(entry.id, volume, index + 1)),
    ],
    market: entry.spot === undefined ? 'on-demand' : `spot-${entry.spot}`,
    root: entry.root,
    ...(entry.kms_key === undefined ? {} : { kmsKey: entry.kms_key }),
    stopProtected: entry.protected,
    hibernation: entry.hibernation,
    unauthorized: entry.unauthorized,
    ...(entry.operator === undefined ? {} : { operator: entry.operator }),
    ...(entry.checks === undefined ? {} : { checks: entry.checks }),
    state: entry.state,
    since: entry.state === 'terminated' || stopped ? now : launchTime,
    launchTime,
    hasRun: entry.state !== 'pending',
    ...(stopped ? { stateReason: USER_INITIATED_SHUTDOWN } : {}),
    transitionReason: '',
  };
}

function buildVolume(machine: string, { type, size: gib, ...given }: VolumeEntry, index: number): AttachedVolume {
  const hex = machine.slice('i-'.length);
  const id = `vol-${index === 0 ? hex : `${index.toString(16)}${hex.slice(1)}`}`;
  const { iops, throughput } = { ...performanceOf(type, gib), ...given };
  return {
    id,
    type,
    gib,
    ...(iops === undefined ? {} : { iops }),
    ...(throughput === undefined ? {} : { throughput }),
  };
}

/** What a volume has for nothing ("Amazon EBS volume types" in the EBS user guide). */
function performanceOf(type: AttachedVolume['type'], gib: number): Pick<AttachedVolume, 'iops' | 'throughput'> {
  switch (type) {
    case 'gp3':
      return { iops: 3_000, throughput: 125 };
    case 'gp2':
      return { iops: Math.min(16_000, Math.max(100, 3 * gib)) };
    case 'io1':
    case 'io2':
    case 'st1':
    case 'sc1':
    case 'standard':
      return {};
  }
}

function committedOf(entry: MachineEntry): Pick<SandboxMachine, 'committed'> {
  const { capacity_reservation: reservation, capacity_block: block } = entry;
  if (block !== undefined) return { committed: { kind: 'capacity-block', id: block } };
  return reservation === undefined ? {} : { committed: { kind: 'capacity-reservation', id: reservation } };
}

function asgTag(group: string | undefined): Record<string, string> {
  return group === undefined ? {} : { 'aws:autoscaling:groupName': group };
}

function buildInterfaces(entry: MachineEntry, attachTime: number): [NetworkInterface, ...NetworkInterface[]] {
  const build = (part: MachineEntry['interfaces'][number], index: number): NetworkInterface => {
    const address = part.elastic_ip ?? part.public_ip;
    return {
      id: `eni-${index.toString(16)}${entry.id.slice(2 + index.toString(16).length)}`,
      privateIp: part.private_ip,
      secondaryIps: part.secondary_ips,
      ipv6: part.ipv6,
      ...(address === undefined ? {} : { publicIp: address }),
      elastic: part.elastic_ip !== undefined,
      attachTime,
    };
  };
  return [build(entry, 0), ...entry.interfaces.map((part, index) => build(part, index + 1))];
}
