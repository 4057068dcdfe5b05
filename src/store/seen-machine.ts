/** Rows of machines and intervals to what they mean, and back. */
import * as z from 'zod';
import { CAUSE_KINDS } from '../domain/cause.ts';
import {
  COMMITTED_KINDS,
  INSTANCE_STATES,
  type Billing,
  type Committed,
  type InstanceState,
  type Place,
} from '../domain/instance.ts';
import type { Interval, Machine, StateCause } from '../domain/machine.ts';
import type { Volume } from '../domain/volume.ts';
import { LASTS, type IntervalRow, type MachineTable, type ShownMachineRow } from './machine-schema.ts';
import { billingSchema } from './instance-columns.ts';
import { createReader } from './read-json.ts';
import { readPlace } from './rows.ts';

const readTags = createReader(
  z.array(z.tuple([z.string(), z.string()])).transform((pairs): Machine['tags'] => Object.fromEntries(pairs)),
);

/** Fields that a machine may lack are set one by one. Spread from an object each, they took half of the memory that a machine takes here. */
export function toMachine(row: ShownMachineRow): Machine {
  const machine: { -readonly [Key in keyof Machine]: Machine[Key] } = {
    id: row.id,
    place: readPlace(row.place) ?? {},
    state: toState(row.state),
    type: row.type,
    availabilityZone: row.availability_zone,
    launchedAt: row.launched_at,
    tags: readTags(row.tags) ?? {},
    since: row.since_at,
    why: toStateCause(row),
    seenAt: row.seen_at,
  };
  if (row.lifecycle !== null) machine.lifecycle = row.lifecycle;
  if (row.managed_by !== null) machine.managedBy = row.managed_by;
  const { billing, committed } = toBilled(row);
  if (billing !== undefined) machine.billing = billing;
  if (committed !== undefined) machine.committed = committed;
  if (row.elastic_ips !== null) machine.elasticIps = row.elastic_ips;
  const volumes = readVolumes(row.volumes);
  if (volumes !== undefined) machine.volumes = volumes;
  if (row.name !== null) machine.name = row.name;
  if (row.owner !== null) machine.owner = row.owner;
  if (row.forgotten_at !== null) machine.forgottenAt = row.forgotten_at;
  return machine;
}

type BilledColumns = Pick<MachineTable, 'billing' | 'committed'>;

/** Text that this version cannot read is as if EC2 had not shown it. */
export function toBilled(row: BilledColumns): Pick<Machine, 'billing' | 'committed'> {
  const billing = readBilling(row.billing);
  const committed = readCommitted(row.committed);
  return {
    ...(billing === undefined ? {} : { billing }),
    ...(committed === undefined ? {} : { committed }),
  };
}

const readBilling = createReader(billingSchema);
export const readCommitted = createReader(z.object({ kind: z.enum(COMMITTED_KINDS), id: z.string() }));

const readVolumes = createReader(
  z.array(
    z.object({
      type: z.string(),
      gib: z.number(),
      iops: z.exactOptional(z.number()),
      throughput: z.exactOptional(z.number()),
    }),
  ),
);

/** Equal for equal values, in whatever order EC2 shows them. */
export function volumesText(volumes: readonly Volume[]): string {
  const texts = volumes.map(({ type, gib, iops, throughput }) => JSON.stringify({ type, gib, iops, throughput }));
  return `[${texts.toSorted().join(',')}]`;
}

/** Equal for equal values. */
function billingText(billing: Billing | undefined): string | null {
  if (billing === undefined) return null;
  const { usage, system, tenancy } = billing;
  return JSON.stringify({ usage, system, tenancy });
}

function committedText(committed: Committed | undefined): string | null {
  return committed === undefined ? null : JSON.stringify({ kind: committed.kind, id: committed.id });
}

/** @param machine is listed */
export function fromMachine(machine: Machine): MachineTable {
  const { id, name, owner, type, tags } = machine;
  const sorted = Object.entries(tags).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const searched = [id, name, owner, type, ...sorted.map(([key, value]) => `${key}=${value}`)];
  return {
    id,
    place: placeText(machine.place),
    state: machine.state,
    type,
    availability_zone: machine.availabilityZone,
    launched_at: machine.launchedAt,
    tags: JSON.stringify(sorted),
    lifecycle: machine.lifecycle ?? null,
    managed_by: machine.managedBy ?? null,
    billing: billingText(machine.billing),
    committed: committedText(machine.committed),
    elastic_ips: machine.elasticIps ?? null,
    name: name ?? null,
    owner: owner ?? null,
    owner_key: foldCase(owner ?? ''),
    sort_name: sortableName(name ?? id),
    search_text: foldCase(searched.filter((text) => text !== undefined).join('\n')),
    since_at: machine.since,
    ...fromStateCause(machine.why),
    forgotten_at: null,
  };
}

/** Equal for equal places. */
export function placeText({ account, region }: Place): string {
  return JSON.stringify({ account, region });
}

/** Databases know the case of ASCII letters, or of the language that they were made for. Some letters have a pair one way only. */
export function foldCase(text: string): string {
  return text.normalize().toUpperCase().toLowerCase();
}

function sortableName(name: string): string {
  return foldCase(name).replace(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, '').padStart(DIGITS, '0'));
}

/** Longer numbers are ids or times, which have one length anyway. */
const DIGITS = 8;

export function toInterval(row: IntervalRow): Interval {
  return {
    instance: row.instance_id,
    state: toState(row.state),
    since: row.since_at,
    ...(row.until_at === LASTS ? {} : { until: row.until_at }),
    why: toStateCause(row),
  };
}

type CauseColumns = Pick<IntervalRow, 'cause_by' | 'cause_operation' | 'cause_detail'>;

export function fromStateCause(why: StateCause): CauseColumns {
  switch (why.by) {
    case 'before':
      return { cause_by: why.by, cause_operation: null, cause_detail: null };
    case 'outside':
      return { cause_by: why.by, cause_operation: null, cause_detail: why.detail ?? null };
    case 'alert':
    case 'person':
    case 'lease':
      return { cause_by: why.by, cause_operation: why.operation, cause_detail: why.who };
  }
}

/** A cause that this version does not know is as if nobody had looked. */
function toStateCause({ cause_by: by, cause_operation: operation, cause_detail: detail }: CauseColumns): StateCause {
  if (by === 'outside') return { by, ...(detail === null ? {} : { detail }) };
  const kind = CAUSE_KINDS.find((one) => one === by);
  return kind === undefined || operation === null ? { by: 'before' } : { by: kind, operation, who: detail ?? '' };
}

function toState(text: string): InstanceState {
  return INSTANCE_STATES.find((state) => state === text) ?? 'unknown';
}
