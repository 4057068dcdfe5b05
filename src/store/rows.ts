/** Rows to operations and back. A row is parsed like all input from outside this process. */
import * as z from 'zod';
import { billedShape, billedText, fromJson, instanceOf } from './instance-columns.ts';
import type { Cause } from '../domain/cause.ts';
import { CLIENTS, VERBS, workKey, type Intent } from '../domain/intent.ts';
import type { ResolvedInstance } from '../domain/instance.ts';
import type { Operation, Queued } from '../domain/operation.ts';
import {
  CANCELLED_REASONS,
  FAILED_REASONS,
  REFUSED_REASONS,
  SUCCEEDED_REASONS,
  WAITING_REASONS,
  type WaitingReason,
} from '../domain/reason.ts';
import { targetKey } from '../domain/target.ts';
import { clampTime } from '../domain/time.ts';
import type { OperationRow } from './schema.ts';
import { createReader, readJson } from './read-json.ts';

const optionalText = z.exactOptional(z.string());
/** A number that is no time is read as the nearest one: a row outlives the fault that wrote it. */
const time = z.number().transform(clampTime);

const target = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('instance'), id: z.string(), region: optionalText, text: z.string() }),
  z.object({
    kind: z.literal('address'),
    address: z.object({ family: z.literal([4, 6]), text: z.string() }),
    region: optionalText,
    text: z.string(),
  }),
  z.object({ kind: z.literal(['name', 'tag']), name: z.string(), text: z.string() }),
]);

const selector = z.record(z.string(), z.string());

const witness = z.object({
  instanceId: optionalText,
  exportedInstance: optionalText,
  exportedNode: optionalText,
  podLabel: optionalText,
  nodeNames: z.exactOptional(z.array(z.string()).readonly()),
});

const cause = z.discriminatedUnion('by', [
  z.object({
    by: z.literal('alert'),
    fingerprint: z.string(),
    alertname: z.string(),
    beganAt: time,
    episode: optionalText,
    resolved: z.exactOptional(z.literal(true)),
    repeatsSince: z.exactOptional(time),
    unconfirmedSince: z.exactOptional(time),
    firedAt: z.exactOptional(time),
    heardAt: z.exactOptional(time),
    about: z.exactOptional(
      z.object({ annotations: z.exactOptional(z.record(z.string(), z.string())), generatorUrl: optionalText }),
    ),
    witness: z.exactOptional(witness),
    delivery: optionalText,
  }),
  z.object({ by: z.literal('person'), name: z.string(), beganAt: time, delivery: optionalText }),
  z.object({ by: z.literal('lease'), lease: z.string(), name: z.string(), beganAt: time, delivery: optionalText }),
]);

export const intentSchema = z.object({
  verb: z.enum(VERBS),
  target,
  client: z.enum(CLIENTS),
  dryRun: z.boolean(),
  notLive: z.exactOptional(z.literal(true)),
  region: optionalText,
  account: optionalText,
  vpc: optionalText,
  only: z.exactOptional(z.union([selector, z.array(selector)])),
  overrideHold: z.exactOptional(z.literal(true)),
  apart: z.exactOptional(z.literal(true)),
  leaseMs: z.exactOptional(z.number()),
  leaseByDefault: z.exactOptional(z.literal(true)),
  cause,
}) satisfies z.ZodType<Intent>;

/** Older versions wrote the witness beside the cause. The work that they left must not lose it. */
const intent = z
  .object({ ...intentSchema.shape, witness: z.exactOptional(witness) })
  .transform(({ witness: before, ...rest }): Intent => {
    const { cause: by } = rest;
    return before === undefined || by.by !== 'alert' ? rest : { ...rest, cause: { witness: before, ...by } };
  });

export const warnedSchema = z.object({
  at: time,
  stopsAt: time,
  reminded: z.exactOptional(z.literal(true)),
  toldAt: z.exactOptional(time),
});

const base = {
  id: z.string(),
  intent,
  createdAt: time,
  attempts: z.number(),
  instance: z.exactOptional(
    z.object({
      id: z.string(),
      place: z.object({ account: optionalText, region: optionalText }),
      name: optionalText,
      owner: optionalText,
      type: optionalText,
      ...billedShape,
      audience: z.exactOptional(z.array(z.object({ channel: z.string(), recipient: optionalText }))),
    }),
  ),
  heldUntil: z.exactOptional(time),
  heldBy: optionalText,
  warned: z.exactOptional(warnedSchema),
  acted: z.exactOptional(z.object({ launchedAt: z.number(), stateReason: optionalText })),
  sentAt: z.exactOptional(time),
};
const instance = base.instance.unwrap();
/** @returns undefined when there is no text, or this version cannot read it */
export const readPlace = createReader(instance.shape.place);
const acted = base.acted.unwrap();
const message = z.string();
const endedAt = time;

const operation = z.discriminatedUnion('state', [
  z.object({ ...base, state: z.literal('queued') }),
  z.object({ ...base, state: z.literal('waiting'), until: time, reason: oneOf(WAITING_REASONS), message }),
  z.object({ ...base, state: z.literal('acting'), instance, acted }),
  z.object({ ...base, state: z.literal('verifying'), instance, acted, acceptedAt: time }),
  z.object({ ...base, state: z.literal('succeeded'), reason: oneOf(SUCCEEDED_REASONS), message, endedAt }),
  z.object({ ...base, state: z.literal('refused'), reason: oneOf(REFUSED_REASONS), message, endedAt }),
  z.object({ ...base, state: z.literal('failed'), reason: oneOf(FAILED_REASONS), message, endedAt }),
  z.object({ ...base, state: z.literal('cancelled'), reason: oneOf(CANCELLED_REASONS), message, endedAt }),
]) satisfies z.ZodType<Operation>;

/** @returns undefined when this version cannot read the text: one row must not keep others from being read */
export function toIntent(text: string): Intent | undefined {
  return readJson(intent, text);
}

const waitingReason = oneOf(WAITING_REASONS);

export function toWaitingReason(text: string): WaitingReason {
  return waitingReason.parse(text);
}

/** In the form that `toCause` reads: a kind of cause that the schema does not have does not compile. */
export function fromCause(written: z.output<typeof cause>): string {
  return JSON.stringify(written);
}

/** @returns undefined when this version cannot read the text */
export function toCause(text: string): Cause | undefined {
  return readJson(cause, text);
}

/** @throws ZodError when this version cannot read the row */
export function toOperation(row: OperationRow): Operation {
  return operation.parse({
    id: row.id,
    state: row.state,
    intent: fromJson(row.intent),
    createdAt: row.created_at,
    attempts: row.attempts,
    ...instanceOf(row),
    ...(row.held_until === null ? {} : { heldUntil: row.held_until }),
    ...(row.held_by === null ? {} : { heldBy: row.held_by }),
    ...(row.warned === null ? {} : { warned: fromJson(row.warned) }),
    ...(row.acted === null ? {} : { acted: fromJson(row.acted), ...readSentAt(row, row.acted) }),
    until: row.available_at,
    reason: row.reason,
    message: row.message,
    acceptedAt: row.accepted_at,
    endedAt: row.ended_at,
  });
}

/** Versions that did not mark what they sent wrote the time of the last call into `acted`, right before they sent it. */
const unmarked = z.object({ at: z.number() });

/** A dry run is not sent, and a row that has ended needs no guess. */
function readSentAt(row: OperationRow, text: string): { readonly sentAt?: number } {
  const calledAt = row.dry_run === 0 && row.ended_at === null ? (readJson(unmarked, text)?.at ?? 0) : 0;
  const sentAt = Math.max(row.sent_at ?? 0, calledAt);
  return sentAt === 0 ? {} : { sentAt };
}

/**
 * The operations of rows. A row that this version cannot read, perhaps because a newer one wrote it, is skipped with a warning: it
 * must not keep all others from being carried.
 */
export function toOperations(rows: readonly OperationRow[]): readonly Operation[] {
  return rows.flatMap((row) => {
    try {
      return [toOperation(row)];
    } catch (error) {
      const why =
        error instanceof z.ZodError ? error.issues.map(({ message: text }) => text).join('; ') : String(error);
      process.emitWarning(`operation ${row.id} cannot be read by this version, and is left alone: ${why}`);
      return [];
    }
  });
}

export type InstanceColumns = Pick<OperationRow, 'instance_id' | 'instance_name' | 'instance_owner' | 'place'>;

/** The machine of an operation; undefined where it is not known, or this version cannot read it. */
export function toInstance(row: InstanceColumns): ResolvedInstance | undefined {
  const place = readPlace(row.place ?? '{}');
  if (row.instance_id === null || place === undefined) return undefined;
  const { instance_name: name, instance_owner: owner } = row;
  return { id: row.instance_id, place, ...(name === null ? {} : { name }), ...(owner === null ? {} : { owner }) };
}

/** The columns that change as an operation moves on. */
export const MOVED = [
  'state',
  'attempts',
  'reason',
  'message',
  'instance_id',
  'instance_name',
  'instance_owner',
  'instance_type',
  'billing',
  'audience',
  'held_by',
  'place',
  'held_until',
  'warned',
  'acted',
  'sent_at',
  'accepted_at',
  'ended_at',
  'dry_run',
] as const satisfies (keyof OperationRow)[];

export function toColumns(moved: Operation): Pick<OperationRow, (typeof MOVED)[number]> {
  return {
    state: moved.state,
    attempts: moved.attempts,
    reason: 'reason' in moved ? moved.reason : null,
    message: 'message' in moved ? moved.message : null,
    instance_id: moved.instance?.id ?? null,
    instance_name: moved.instance?.name ?? null,
    instance_owner: moved.instance?.owner ?? null,
    instance_type: moved.instance?.type ?? null,
    billing: moved.instance === undefined ? null : billedText(moved.instance),
    audience: moved.instance?.audience === undefined ? null : JSON.stringify(moved.instance.audience),
    held_by: moved.heldBy ?? null,
    place: moved.instance === undefined ? null : JSON.stringify(moved.instance.place),
    held_until: storable(moved.heldUntil),
    warned: moved.warned === undefined ? null : JSON.stringify(moved.warned),
    // Versions without the column `sent_at` need the time of the last call here.
    acted: moved.acted === undefined ? null : JSON.stringify({ at: moved.sentAt ?? 0, ...moved.acted }),
    sent_at: storable(moved.sentAt),
    accepted_at: storable(moved.state === 'verifying' ? moved.acceptedAt : undefined),
    ended_at: storable('endedAt' in moved ? moved.endedAt : undefined),
    dry_run: Number(moved.intent.dryRun),
  };
}

/** Only times that can be read again are written. */
export function storable(ms: number | undefined): number | null {
  return ms === undefined ? null : clampTime(ms);
}

/** The row of a new operation, due at once. */
export function newRow(queued: Queued): OperationRow {
  const { id, intent: asked, createdAt: now } = queued;
  return {
    ...toColumns(queued),
    id,
    work_key: workKey(asked),
    verb: asked.verb,
    target: targetKey(asked.target),
    intent: JSON.stringify(asked),
    created_at: now,
    available_at: now,
    owner: null,
  };
}

/** A reason decides nothing: an operation that waits for an unknown one is looked at again like all others. */
function oneOf<R extends string>(reasons: Readonly<Record<R, string>>): z.ZodType<R | 'other_version'> {
  const isKnown = (value: string): value is R => Object.hasOwn(reasons, value);
  return z.string().transform((value) => (isKnown(value) ? value : 'other_version'));
}
