/** Reads what alerts have asked for. A row is parsed like all input from outside this process. */
import * as z from 'zod';
import type { AlertSpan, AskedByAlert } from '../domain/alert-span.ts';
import { readChunks } from './chunks.ts';
import type { StopsQuery } from './history-port.ts';
import type { AlertSpanRow } from './history-schema.ts';
import { LASTS } from './machine-schema.ts';
import { readJson } from './read-json.ts';
import { intentSchema, readPlace } from './rows.ts';
import type { Db } from './schema.ts';

/** As `HistoryStore.alertSpans`. */
export async function readAlertSpans(db: Db, { since, until, instances }: StopsQuery): Promise<readonly AlertSpan[]> {
  // Many end at the moment of their last copy, which `ended_at >= since` takes in.
  const lasted = db.selectFrom('alert_span').selectAll().where('ended_at', '>=', since).where('since_at', '<', until);
  const rows =
    instances === undefined
      ? await lasted.execute()
      : await readChunks(instances, async (some) => lasted.where('instance_id', 'in', some).execute());
  return rows
    .toSorted((one, other) => one.since_at - other.since_at || one.id - other.id)
    .flatMap((row) => toSpan(row) ?? []);
}

const { verb, target, client, dryRun, region, account, vpc, leaseMs } = intentSchema.shape;

const askedSchema = z.object({
  verb,
  target,
  client,
  dryRun,
  region,
  account,
  vpc,
  leaseMs,
  resolved: z.exactOptional(z.literal(true)),
}) satisfies z.ZodType<AskedByAlert>;

/** @returns undefined when this version cannot read it */
function toSpan(row: AlertSpanRow): AlertSpan | undefined {
  const asked = readJson(askedSchema, row.asked);
  if (asked === undefined) return undefined;
  const place = readPlace(row.place);
  return {
    rule: row.rule,
    fingerprint: row.fingerprint,
    asked,
    ...(row.instance_id === null ? {} : { instance: row.instance_id }),
    ...(place === undefined ? {} : { place }),
    since: row.since_at,
    until: row.until_at,
    end: row.ended_at === LASTS ? 'firing' : row.ending === 'resolved' ? 'resolved' : 'unheard',
    heard: row.heard,
  };
}
