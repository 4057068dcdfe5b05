/** `GET /api/v1/audit`: the requests, the answers and the moves. */
import { machineKeys } from '../../domain/target.ts';
import type { AuditEntry } from '../../store/audit-entry.ts';
import type { AuditAnswer, AuditQuery } from '../audit-schemas.ts';
import type { Sender } from '../auth/sender.ts';
import { findNamed } from '../find-machine-row.ts';
import { findOperationId } from '../find-operation.ts';
import type { HttpParts } from '../parts.ts';
import type { SenderInput } from '../route.ts';
import { showTimes } from '../show-operation.ts';

export async function readAudit(
  parts: HttpParts,
  { sender, query }: SenderInput<unknown, AuditQuery>,
): Promise<AuditAnswer> {
  const { entries, cursor } = await findEntries(parts, sender, query);
  return { entries: entries.map(show), ...(cursor === undefined ? {} : { cursor }) };
}

/** @throws ProblemError with 404 or 409 for a part of an id that fits no operation, or several; with 409 for a name of several machines */
export async function findEntries(
  parts: HttpParts,
  sender: Sender,
  { cursor, limit, operation: named, machine: wanted, ...filters }: AuditQuery,
): Promise<{ readonly entries: readonly AuditEntry[]; readonly cursor?: string }> {
  const operation = named === undefined ? undefined : await findOperationId(parts, sender, named);
  const machine = wanted === undefined ? undefined : await instanceOf(parts, wanted);
  const found = await parts.store.audit({ ...filters, operation, machine, limit: limit + 1, cursor });
  const entries = found.slice(0, limit);
  const last = found.length > limit ? entries.at(-1) : undefined;
  return { entries, ...(last === undefined ? {} : { cursor: `${last.at}.${last.id}` }) };
}

/** A name is that of the machine that it last led to, or of the one that has it now: a hold may be all that is known of it. @returns the text itself where nothing is known of it */
async function instanceOf(parts: HttpParts, text: string): Promise<string> {
  const keys = machineKeys(text);
  if (keys.instance !== undefined) return keys.instance;
  const [last] = await parts.store.list({ machine: keys, limit: 1 });
  return last?.instance?.id ?? (await findNamed(parts, text))?.machine.id ?? text;
}

function show({ id, at, lastAt, ...entry }: AuditEntry): AuditAnswer['entries'][number] {
  return { id, ...showTimes({ at, lastAt }), ...entry };
}
