/** What decisions were judged by, each once. */
import { hash } from 'node:crypto';
import { sql } from 'kysely';
import * as z from 'zod';
import type { JudgedBy, PastJudgement, Circumstances } from '../domain/circumstances.ts';
import { INSTANCE_STATES } from '../domain/instance.ts';
import { VERDICTS } from '../domain/verdict.ts';
import { chunks } from './chunks.ts';
import { readJson } from './read-json.ts';
import { storable } from './rows.ts';
import type { Db, Transaction } from './schema.ts';

export interface JudgedOperation {
  readonly operation: string;
  readonly at: number;
  readonly judged: JudgedBy;
}

/** How old the note may be that circumstances or a version is still used, in milliseconds. */
const NOTED_EVERY_MS = 24 * 60 * 60_000;

export async function writeJudgements(transaction: Transaction, judgements: readonly JudgedOperation[]): Promise<void> {
  if (judgements.length === 0) return;
  const digested = judgements.map((one) => {
    const content = JSON.stringify(one.judged.circumstances);
    return { ...one, content, digest: digestOf(content) };
  });
  const circumstances = new Map(
    digested.map(({ digest, content, at }) => [digest, { digest, content, judged_at: at }]),
  );
  for (const some of chunks([...circumstances.values()].toSorted((one, other) => (one.digest < other.digest ? -1 : 1))))
    await transaction
      .insertInto('circumstances')
      .values(some)
      .onConflict((conflict) =>
        conflict
          .column('digest')
          .doUpdateSet((excluded) => ({ judged_at: excluded.ref('excluded.judged_at') }))
          .whereRef('circumstances.judged_at', '<', sql`excluded.judged_at - ${sql.lit(NOTED_EVERY_MS)}`),
      )
      .execute();
  // A statement must not write a row twice. An operation is judged twice in a transaction when it was given back and taken again.
  const rows = digested.map(({ operation, digest, at, judged: { settings, launchedAt } }) => {
    const same = { operation_id: operation, circumstances: digest, settings };
    return { ...same, launched_at: storable(launchedAt) ?? 0, first_at: at, last_at: at, times: 1 };
  });
  const once = new Map(rows.map((row) => [`${row.operation_id} ${row.circumstances} ${row.settings}`, row]));
  for (const some of chunks(
    [...once.values()].toSorted((one, other) => (one.operation_id < other.operation_id ? -1 : 1)),
  ))
    await transaction
      .insertInto('judgement')
      .values(some)
      .onConflict((conflict) =>
        conflict.columns(['operation_id', 'circumstances', 'settings']).doUpdateSet((excluded) => ({
          launched_at: excluded.ref('excluded.launched_at'),
          last_at: excluded.ref('excluded.last_at'),
          times: sql<number>`judgement.times + 1`,
        })),
      )
      .execute();
}

/** As `HistoryStore.keepSettings`. */
export async function keepSettings(
  transaction: Transaction,
  version: string,
  content: string,
  now: number,
): Promise<void> {
  await transaction
    .insertInto('settings_version')
    .values({ version, content, since_at: now, used_at: now })
    .onConflict((conflict) => conflict.column('version').doUpdateSet({ used_at: now }))
    .execute();
}

const circumstancesSchema = z.object({
  machine: z.object({
    id: z.string(),
    place: z.object({ account: z.exactOptional(z.string()), region: z.exactOptional(z.string()) }),
    state: z.enum(INSTANCE_STATES),
    type: z.string(),
    availabilityZone: z.string(),
    tags: z.record(z.string(), z.string()),
    rootDevice: z.string(),
    lifecycle: z.exactOptional(z.string()),
    managedBy: z.exactOptional(z.string()),
  }),
  verdicts: z.record(z.string(), z.enum(VERDICTS)),
}) satisfies z.ZodType<Circumstances>;

/** As `HistoryStore.judgements`. */
export async function readJudgements(db: Db, operation: string): Promise<readonly PastJudgement[]> {
  const rows = await db
    .selectFrom('judgement')
    .innerJoin('circumstances', 'circumstances.digest', 'judgement.circumstances')
    .leftJoin('settings_version', 'settings_version.version', 'judgement.settings')
    .select(['circumstances.content', 'judgement.settings', 'launched_at', 'first_at', 'last_at', 'times', 'since_at'])
    .where('operation_id', '=', operation)
    .orderBy('first_at')
    .execute();
  return rows.flatMap((row): readonly PastJudgement[] => {
    const circumstances = readJson(circumstancesSchema, row.content);
    if (circumstances === undefined) return [];
    const { settings, launched_at: launchedAt, first_at: firstAt, last_at: lastAt, times, since_at: since } = row;
    const version = { settings, ...(since === null ? {} : { settingsSince: since }) };
    return [{ circumstances, launchedAt, ...version, firstAt, lastAt, times }];
  });
}

function digestOf(content: string): string {
  return hash('sha256', content, 'base64url').slice(0, 22);
}
