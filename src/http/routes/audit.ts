/** `GET /api/v1/audit`: the requests, the answers and the moves. */
import type { AuditEntry } from '../../store/audit-entry.ts';
import type { AuditAnswer, AuditQuery } from '../audit-schemas.ts';
import { findOperationId } from '../find-operation.ts';
import type { HttpParts } from '../parts.ts';
import type { SenderInput } from '../route.ts';
import { toTime } from '../show-operation.ts';

export async function readAudit(
  parts: HttpParts,
  { sender, query }: SenderInput<unknown, AuditQuery>,
): Promise<AuditAnswer> {
  const { cursor, limit, operation: named, ...filters } = query;
  const operation = named === undefined ? undefined : await findOperationId(parts, sender, named);
  const found = await parts.store.audit({ ...filters, operation, limit: limit + 1, cursor });
  const entries = found.slice(0, limit);
  const last = found.length > limit ? entries.at(-1) : undefined;
  return {
    entries: entries.map(show),
    ...(last === undefined ? {} : { cursor: `${last.at}.${last.id}` }),
  };
}

function show({ id, at, ...entry }: AuditEntry): AuditAnswer['entries'][number] {
  return { id, at: toTime(at), ...entry };
}
