/** Writes what a worker has found out. Every write is fenced: it counts only while the worker still owns the operation. */
import type { Transaction } from 'kysely';
import type { Operation } from '../domain/operation.ts';
import { CHUNK, chunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import type { Change, Settled } from './port.ts';
import { findResolved } from './episodes.ts';
import { openLedger, type Ledger } from './ledger.ts';
import { createField, needsWay, type Field } from './rivals.ts';
import { toColumns, toOperations } from './rows.ts';
import type { Database } from './schema.ts';
import { appendTrail } from './trail.ts';

type Parts = Pick<Differences, 'concurrent' | 'lockInstances' | 'lockLedger'>;

/** Reads all that it needs at once, decides change by change, and writes what was decided. */
export async function settle(
  transaction: Transaction<Database>,
  owner: string,
  changes: readonly Change[],
  parts: Parts,
): Promise<readonly Settled[]> {
  // First of all locks, and by everybody: nobody then waits for it who holds another.
  const ledger = await openLedger(transaction, changes, parts);
  const instances = changes.filter(needsWay).map(({ after }) => after.instance.id);
  if (instances.length > 0) await parts.lockInstances(transaction, instances);
  const owned = await readOwned(transaction, owner, changes, parts);
  const field = createField(await readOpenOn(transaction, instances, parts));
  const resolved = await findResolved(
    transaction,
    changes.filter(beginsOrWaits).map(({ before }) => before.id),
  );
  const answers = changes.map((change) => decide(change, { owned, resolved, field, ledger }));
  for (const [index, { after, availableAt }] of changes.entries()) {
    const answer = answers[index];
    if (answer?.outcome !== 'written') continue;
    await update(transaction, after, availableAt);
    for (const loser of answer.superseded) await update(transaction, loser.after, loser.at);
  }
  await ledger.write();
  await appendTrail(
    transaction,
    changes.flatMap((change, index) => trailOf(change, answers[index])),
  );
  return answers;
}

/** Whether it is still about to be begun: then it is cancelled if the alert has been resolved while somebody carried it. */
function beginsOrWaits({ before, after }: Change): boolean {
  return before.acted === undefined && (after.state === 'acting' || after.state === 'waiting');
}

interface Known {
  readonly owned: Set<string>;
  readonly resolved: ReadonlySet<string>;
  readonly field: Field;
  readonly ledger: Ledger;
}

function decide(change: Change, { owned, resolved, field, ledger }: Known): Settled {
  // First of all: an owner who has lost the operation must not cancel others for it either.
  if (!owned.has(fence(change.before))) return { outcome: 'lost' };
  if (resolved.has(change.before.id)) return { outcome: 'resolved' };
  if (!needsWay(change)) return { outcome: 'written', superseded: [] };
  // Before others are cancelled for what then has to wait itself.
  const obstacle = ledger.findObstacle(change);
  if (obstacle !== undefined) return obstacle;
  const answer = field.makeWay(change);
  if (answer.outcome === 'written') ledger.enter(change);
  // Whoever was just cancelled has ended, whatever else its worker has found out about it meanwhile.
  if (answer.outcome === 'written') for (const { before } of answer.superseded) owned.delete(fence(before));
  return answer;
}

/** An operation in the very state that it was read in. */
function fence({ id, state }: { readonly id: string; readonly state: string }): string {
  return `${id} ${state}`;
}

async function readOwned(
  transaction: Transaction<Database>,
  owner: string,
  changes: readonly Change[],
  { concurrent }: Parts,
): Promise<Set<string>> {
  const owned = new Set<string>();
  const ids = changes.map(({ before }) => before.id).toSorted();
  for (const some of chunks(ids, CHUNK)) {
    const rows = await transaction
      .selectFrom('operation')
      .select(['id', 'state'])
      .where('id', 'in', some)
      .where('owner', '=', owner)
      .orderBy('id')
      .$if(concurrent, (query) => query.forUpdate())
      .execute();
    for (const row of rows) owned.add(fence(row));
  }
  return owned;
}

async function readOpenOn(
  transaction: Transaction<Database>,
  instances: readonly string[],
  { concurrent }: Parts,
): Promise<readonly Operation[]> {
  const open: Operation[] = [];
  for (const some of chunks([...new Set(instances)], CHUNK)) {
    const rows = await transaction
      .selectFrom('operation')
      .selectAll()
      .where('instance_id', 'in', some)
      .where('ended_at', 'is', null)
      .orderBy('id')
      .$if(concurrent, (query) => query.forUpdate())
      .execute();
    open.push(...toOperations(rows));
  }
  return open;
}

async function update(
  transaction: Transaction<Database>,
  after: Operation,
  availableAt: number | undefined,
): Promise<void> {
  const released = availableAt === undefined ? {} : { available_at: availableAt, owner: null };
  await transaction
    .updateTable('operation')
    .set({ ...toColumns(after), ...released })
    .where('id', '=', after.id)
    .execute();
}

function trailOf(change: Change, answer: Settled | undefined): Parameters<typeof appendTrail>[1] {
  if (answer?.outcome !== 'written') return [];
  const own = change.trail.map((entry) => ({ operation: change.after.id, entry }));
  const losers = answer.superseded.map(({ after, at }) => ({
    operation: after.id,
    entry: { at, event: 'state', state: after.state, reason: after.reason, message: after.message } as const,
  }));
  return [...own, ...losers];
}
