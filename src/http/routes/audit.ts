/** `GET /api/v1/audit`: the requests, the answers and the moves. */
import type { AuditEntry } from '../../store/audit-entry.ts';
import type { AuditAnswer, AuditQuery } from '../audit-schemas.ts';
import type { Sender } from '../auth/sender.ts';
import { findOperationId } from '../find-operation.ts';
import type { HttpParts } from '../parts.ts';
import type { SenderInput } from '../route.ts';
import { toTime } from '../show-operation.ts';

export async function readAudit(
  parts: HttpParts,
  { sender, query }: SenderInput<unknown, AuditQuery>,
): Promise<AuditAnswer> {
  const { entries, cursor } = await findEntries(parts, sender, query);
  return { entries: entries.map(show), ...(cursor === undefined ? {} : { cursor }) };
}

/** @throws ProblemError with 404 or 409 for a part of an id that fits no operation, or several */
export async function findEntries(
  parts: HttpParts,
  sender: Sender,
  { cursor, limit, operation: named, ...filters }: AuditQuery,
): Promise<{ readonly entries: readonly AuditEntry[]; readonly cursor?: string }> {
  const operation = named === undefined ? undefined : await findOperationId(parts, sender, named);
  const found = await parts.store.audit({ ...filters, operation, limit: limit + 1, cursor });
  const entries = found.slice(0, limit);
  const last = found.length > limit ? entries.at(-1) : undefined;
  return { entries, ...(last === undefined ? {} : { cursor: `${last.at}.${last.id}` }) };
}

function show({ id, at, ...entry }: AuditEntry): AuditAnswer['entries'][number] {
  return { id, at: toTime(at), ...entry };
}
