/** `GET /api/v1/audit`: who has asked for what, and what was answered and done. */
import type { AuditEntry } from '../../store/audit-entry.ts';
import { auditQuerySchema } from '../audit-schemas.ts';
import { requireScope } from '../auth/sender.ts';
import type { HttpParts } from '../parts.ts';
import { parseQuery } from '../query.ts';

export async function readAudit(parts: HttpParts, request: Request): Promise<Response> {
  requireScope(await parts.authenticate(request.headers), 'read');
  const { cursor, limit, ...filters } = parseQuery(auditQuerySchema, new URL(request.url).searchParams);
  const found = await parts.store.audit({ ...filters, limit: limit + 1, cursor });
  const entries = found.slice(0, limit);
  const last = found.length > limit ? entries.at(-1) : undefined;
  return Response.json({
    entries: entries.map(show),
    ...(last === undefined ? {} : { cursor: `${last.at}.${last.id}` }),
  });
}

function show({ id, at, ...entry }: AuditEntry) {
  return { id, at: new Date(at).toISOString(), ...entry };
}
