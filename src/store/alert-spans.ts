/** What alerts have asked for and for how long, written with the deliveries that say so. */
import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { spanKey } from '../domain/alert-span.ts';
import { alertOf } from '../domain/cause.ts';
import { askedBy, hearAsk, hearEnd, type Stretch } from '../domain/hear-alert.ts';
import type { ResolvedInstance } from '../domain/instance.ts';
import type { Intended } from '../domain/intend.ts';
import { chunks, filledChunks, readChunks } from './chunks.ts';
import type { AlertSpanRow } from './history-schema.ts';
import { expectAll } from './locks.ts';
import { LASTS } from './machine-schema.ts';
import type { Transaction } from './schema.ts';
import { placeText } from './seen-machine.ts';

/** An alert of a delivery, and what it has led to. */
export interface HeardAlert {
  readonly asked: Intended;
  /** Absent where it asks for nothing. */
  readonly operation?: string;
  readonly instance?: ResolvedInstance;
  readonly opens?: boolean;
}

/** The keys under which deliveries about the same alert take turns. */
export function spanKeysOf(asked: Intended): readonly string[] {
  const { own, over } = keysOf(asked);
  return [own ?? [], over ?? []].flat();
}

/** The `spanKey` of what an alert asks for, and of what it does not ask for any more. */
interface SpanKeys {
  readonly own?: string | undefined;
  readonly over?: string | undefined;
}

function keysOf(asked: Intended): SpanKeys {
  const isAsking = asked.outcome === 'intent' && asked.fingerprint !== '';
  return { own: isAsking ? spanKey(asked.intent, asked.fingerprint) : undefined, over: asked.signs?.over?.key };
}

export async function writeAlertSpans(
  transaction: Transaction,
  alerts: readonly HeardAlert[],
  now: number,
): Promise<void> {
  const keyed = alerts.map((alert) => ({ ...alert, ...digestsOf(alert.asked) }));
  const keys = keyed.flatMap(({ own, over }) => [own ?? [], over ?? []].flat());
  if (keys.length === 0) return;
  const spans = trackSpans(await readLatest(transaction, keys), now);
  for (const alert of keyed) {
    spans.end(alert);
    spans.ask(alert);
  }
  await repeat(transaction, spans.latest(), now);
  await change(transaction, spans.changed());
  const begun = spans.begun();
  for (const rows of chunks(begun)) await transaction.insertInto('alert_span').values(rows).execute();
  const opened = new Set(alerts.flatMap(({ opens, operation }) => (opens === true ? (operation ?? []) : [])));
  // An operation that this alert has not opened may know its machine already.
  const known = begun.filter(({ place, operation_id: id }) => place === null && !opened.has(id));
  await placeSpans(
    transaction,
    known.map(({ operation_id: id }) => id),
  );
}

/** Notes the machines that operations have found, with the alerts that have asked for these. */
export async function placeSpans(transaction: Transaction, operations: readonly string[]): Promise<void> {
  for (const some of chunks([...new Set(operations)].toSorted()))
    await sql`
      update alert_span set instance_id = operation.instance_id, place = operation.place
      from operation
      where alert_span.operation_id = operation.id and alert_span.place is null
        and operation.id in (${sql.join(some)}) and operation.instance_id is not null
    `.execute(transaction);
}

interface Tracked {
  /** Of a stretch that has a row. */
  readonly id?: number;
  readonly before?: Stretch;
  /** Of one that has begun in this transaction. */
  readonly fresh?: Fresh;
  readonly key: string | null;
  readonly now: Stretch;
}

type Fresh = Pick<
  AlertSpanRow,
  'rule' | 'fingerprint' | 'asked' | 'instance_id' | 'place' | 'operation_id' | 'starts_at'
>;

function trackSpans(latest: Map<string, Tracked>, now: number) {
  const replaced: Tracked[] = [];
  return {
    end: ({ asked: { signs }, over: key }: HeardAlert & SpanKeys): void => {
      const known = latest.get(key ?? '');
      if (known === undefined || key === undefined || signs?.over === undefined) return;
      latest.set(key, { ...known, now: hearEnd(known.now, signs.over, now) });
    },
    ask: ({ asked, operation, instance, own: key }: HeardAlert & SpanKeys): void => {
      if (asked.outcome !== 'intent' || operation === undefined || key === undefined) return;
      const alert = alertOf(asked.intent.cause);
      if (alert === undefined) return;
      const known = latest.get(key);
      const { startsAt } = asked.signs ?? {};
      const asks = JSON.stringify(askedBy(asked.intent));
      const heard = { asks, since: alert.beganAt, ...(startsAt === undefined ? {} : { startsAt }) };
      const after = hearAsk(known?.now, heard, now);
      if (known !== undefined && after.replaced === undefined) {
        latest.set(key, { ...known, now: after.latest });
        return;
      }
      if (known !== undefined && after.replaced !== undefined)
        replaced.push({ ...known, key: null, now: after.replaced });
      const named = asked.intent.target.kind === 'instance' ? asked.intent.target.id : null;
      const fresh = {
        rule: alert.alertname,
        fingerprint: alert.fingerprint,
        asked: asks,
        instance_id: instance?.id ?? named,
        place: instance === undefined ? null : placeText(instance.place),
        operation_id: operation,
        starts_at: startsAt ?? null,
      };
      latest.set(key, { fresh, key, now: after.latest });
    },
    latest: () => [...latest.values()],
    changed: () => [...replaced, ...latest.values()].filter((each) => each.id !== undefined && !isOnlyRepeated(each)),
    begun: () => [...replaced, ...latest.values()].flatMap((each) => toRow(each) ?? []),
  };
}

function toRow({ fresh, key, now }: Tracked): AlertSpanRow | undefined {
  if (fresh === undefined) return undefined;
  return { ...fresh, since_at: now.since, latest_key: key, ...columnsOf(now) };
}

function columnsOf({ until, end, againAt, heard }: Stretch) {
  return {
    until_at: until,
    ended_at: end === 'firing' ? LASTS : until,
    ending: end === 'firing' ? null : end,
    again_at: againAt ?? null,
    heard,
  };
}

async function readLatest(transaction: Transaction, keys: readonly string[]): Promise<Map<string, Tracked>> {
  const rows = await readChunks(keys, async (some) =>
    transaction
      .selectFrom('alert_span')
      .select(['id', 'latest_key', 'asked', 'since_at', 'until_at', 'ended_at', 'ending', 'starts_at', 'again_at'])
      .select('heard')
      .where('latest_key', 'in', some)
      .execute(),
  );
  return new Map(
    rows.map((row): [string, Tracked] => {
      const { id, latest_key: key, starts_at: startsAt, again_at: againAt } = row;
      const before: Stretch = {
        asks: row.asked,
        since: row.since_at,
        until: row.until_at,
        end: row.ended_at === LASTS ? 'firing' : row.ending === 'resolved' ? 'resolved' : 'unheard',
        heard: row.heard,
        ...(startsAt === null ? {} : { startsAt }),
        ...(againAt === null ? {} : { againAt }),
      };
      return [key ?? '', { id, key, before, now: before }];
    }),
  );
}

/** The repetition of what is known: by far most of what comes. */
function isOnlyRepeated({ key, before, now }: Tracked): boolean {
  return (
    key !== null &&
    before !== undefined &&
    before.end === now.end &&
    before.againAt === now.againAt &&
    isSame(before, now)
  );
}

/** An end may move. */
function isSame(before: Stretch, now: Stretch): boolean {
  return now.end === 'firing' || before.until === now.until;
}

async function repeat(transaction: Transaction, spans: readonly Tracked[], now: number): Promise<void> {
  const repeated = spans.filter((each) => isOnlyRepeated(each) && each.before?.heard !== each.now.heard);
  const times = Map.groupBy(repeated, (each) => each.now.heard - (each.before?.heard ?? 0));
  for (const [count, same] of times) {
    const ids = same.flatMap(({ id }) => id ?? []).toSorted((one, other) => one - other);
    for (const some of filledChunks(ids)) {
      const { numUpdatedRows } = await transaction
        .updateTable('alert_span')
        .set({
          heard: sql<number>`heard + ${count}`,
          until_at: sql<number>`case when ended_at = ${LASTS} and until_at < ${now} then ${now} else until_at end`,
        })
        .where('id', 'in', some)
        .executeTakeFirst();
      expectAll(some, numUpdatedRows);
    }
  }
}

async function change(transaction: Transaction, changed: readonly Tracked[]): Promise<void> {
  for (const some of chunks(changed, 128)) {
    const rows = some.map(({ id, key, now }) => {
      const { until_at, ended_at, ending, again_at, heard } = columnsOf(now);
      return sql`(${sql.join([id, key, until_at, ended_at, ending, again_at, heard])})`;
    });
    // In a list of values PostgreSQL takes every parameter for text.
    const { numAffectedRows } = await sql`
      with moved (id, latest_key, until_at, ended_at, ending, again_at, heard) as (values ${sql.join(rows)})
      update alert_span set
        latest_key = moved.latest_key,
        until_at = cast(moved.until_at as bigint),
        ended_at = cast(moved.ended_at as bigint),
        ending = moved.ending,
        again_at = cast(moved.again_at as bigint),
        heard = cast(moved.heard as integer)
      from moved where alert_span.id = cast(moved.id as bigint)`.execute(transaction);
    expectAll(
      some.flatMap(({ id }) => id ?? []),
      numAffectedRows,
    );
  }
}

function digestsOf(asked: Intended): SpanKeys {
  const { own, over } = keysOf(asked);
  return { own: own && digestOf(own), over: over && digestOf(over) };
}

/** Short, and as long for every alert. */
function digestOf(key: string): string {
  return hash('sha256', key, 'base64url').slice(0, 22);
}
