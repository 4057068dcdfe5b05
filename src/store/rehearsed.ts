/** As `Store.rehearsed`. Reads along the index `operation_state`, and no more than its limits, however many operations there are. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { alertOf, traitsOf } from '../domain/cause.ts';
import { standsBy, VERBS, type Intent, type Verb } from '../domain/intent.ts';
import type { State } from '../domain/operation.ts';
import { knownToAskUntil, type RealStops, type Rehearsal, type Rehearsed } from '../domain/rehearsal.ts';
import { readChunks } from './chunks.ts';
import { CLOCKS_MS, firstIdOf } from './list.ts';
import { toInstance, toIntent } from './rows.ts';
import type { Db, OperationRow } from './schema.ts';

export async function readRehearsed(db: Db, since: number, now: number, limit: number): Promise<Rehearsed> {
  const kinds = [
    ...DRY.map((kind) => ({ ...kind, dryRun: true })),
    ...REAL.map((kind) => ({ ...kind, dryRun: false })),
  ];
  const read: { readonly dryRun: boolean; readonly rows: readonly Row[] }[] = [];
  let from = since;
  for (const kind of kinds) {
    const rows = await newest(db, kind, since, limit + 1);
    const oldest = rows.length > limit ? rows.at(limit - 1) : undefined;
    from = Math.max(from, oldest?.created_at ?? since);
    read.push({ dryRun: kind.dryRun, rows });
  }
  const those = (dryRun: boolean): readonly Row[] =>
    read.flatMap((one) => (one.dryRun === dryRun ? one.rows.filter(({ created_at: at }) => at >= from) : []));
  const dry = those(true);
  const real = those(false);
  // A dry run that finds its machine stopped shows how the machine really is.
  const found = [...real, ...dry.filter(isFound)];
  return {
    rehearsals: await toRehearsals(
      db,
      dry.filter((row) => !isFound(row)),
      now,
    ),
    changes: found.flatMap(({ instance_id: id, ended_at: at }) =>
      id === null || at === null ? [] : [{ instance: id, at }],
    ),
    real: countStops(real),
    since: from,
  };
}

interface Kind {
  readonly state: State;
  readonly verb: Verb;
}

const DRY: readonly Kind[] = (['succeeded', 'refused', 'failed'] as const).map((state) => ({ state, verb: 'stop' }));
const REAL: readonly Kind[] = VERBS.map((verb) => ({ state: 'succeeded', verb }));

const COLUMNS = [
  ...(['id', 'state', 'verb', 'reason', 'intent', 'held_by', 'created_at', 'ended_at'] as const),
  ...(['instance_id', 'instance_name', 'instance_owner', 'place'] as const),
] as const satisfies (keyof OperationRow)[];

/** A row whose intent this version can read. */
type Row = Omit<Pick<OperationRow, (typeof COLUMNS)[number]>, 'intent'> & { readonly intent: Intent };

/** The embedded database keeps the whole process waiting while it reads: it reads so many rows at a time. */
const PAGE = 200;

async function newest(
  db: Db,
  { state, verb, dryRun }: Kind & { readonly dryRun: boolean },
  since: number,
  limit: number,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let cursor: string | undefined; rows.length < limit;) {
    const page = await db
      .selectFrom('operation')
      .select(COLUMNS)
      .where('state', '=', state)
      .where('verb', '=', verb)
      .where('dry_run', '=', Number(dryRun))
      .where('id', '>=', firstIdOf(since - CLOCKS_MS))
      .$if(cursor !== undefined, (query) => query.where('id', '<', cursor ?? ''))
      .orderBy('id', 'desc')
      .limit(Math.min(PAGE, limit - rows.length))
      .execute();
    rows.push(...page.filter(({ created_at: at }) => at >= since).flatMap(withIntent));
    cursor = page.at(-1)?.id;
    if (cursor === undefined) break;
    await nextTurn();
  }
  return rows;
}

function withIntent({ intent: text, ...row }: Pick<OperationRow, (typeof COLUMNS)[number]>): readonly Row[] {
  const intent = toIntent(text);
  return intent === undefined ? [] : [{ ...row, intent }];
}

function isFound({ reason }: Row): boolean {
  return reason === 'already_in_state';
}

async function toRehearsals(db: Db, rows: readonly Row[], now: number): Promise<readonly Rehearsal[]> {
  const ends = await readEnds(db, rows, now);
  return rows.flatMap((row): readonly Rehearsal[] => {
    const instance = toInstance(row);
    const alert = alertOf(row.intent.cause);
    const { ended_at: at, state, reason, held_by: guard } = row;
    if (instance === undefined || alert === undefined || at === null) return [];
    const heldBy = guard ?? (state === 'succeeded' ? null : reason);
    const asksUntil = ends.get(standsBy(row.intent) ?? '') ?? at;
    return [{ instance, rule: alert.alertname, at, asksUntil, ...(heldBy === null ? {} : { heldBy }) }];
  });
}

/** Until when the alerts were known to ask, by their episodes. */
async function readEnds(db: Db, rows: readonly Row[], now: number): Promise<ReadonlyMap<string, number>> {
  const causes = new Map(rows.map(({ intent }) => [standsBy(intent) ?? '', intent.cause]));
  const episodes = await readChunks(causes.keys(), async (some) => {
    await nextTurn();
    return db.selectFrom('episode').select(['key', 'resolved_at', 'seen_at']).where('key', 'in', some).execute();
  });
  return new Map(
    episodes.flatMap(({ key, resolved_at: overAt, seen_at: seenAt }) => {
      const cause = causes.get(key);
      return cause === undefined ? [] : [[key, knownToAskUntil(cause, overAt, seenAt, now)]];
    }),
  );
}

function countStops(real: readonly Row[]): RealStops {
  const stops = real.filter(({ verb, reason }) => verb === 'stop' && reason === 'state_reached');
  const automatic = stops.filter(({ intent }) => traitsOf(intent.cause).isAutomatic);
  return {
    automatic: automatic.length,
    byPeople: stops.length - automatic.length,
    machines: new Set(stops.map(({ instance_id: id }) => id)).size,
  };
}
