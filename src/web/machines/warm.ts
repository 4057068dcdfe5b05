/** The first page of a server, made before a person asks for it, and the stops that savings are computed from. */
import type { HttpParts } from '../../http/parts.ts';
import { showMachines } from './desk.ts';
import { machinesPageQuerySchema } from './query.ts';

/** Has every right, so that the code of all buttons runs. */
const NOBODY = { name: '', grants: [{ scopes: ['admin'] }] } as const;

/**
 * Makes the page of machines and throws it away: code that has not run yet takes several times as long, and people look at this page
 * first after a restart. No answer depends on it, so an error is left to the first reader.
 */
export async function warmMachines(parts: HttpParts): Promise<void> {
  const request = new Request('http://localhost/', { headers: { 'accept-encoding': 'zstd' } });
  const query = machinesPageQuerySchema.parse({});
  await showMachines(parts, { request, query, sender: NOBODY, liveSince: '' }).catch(() => undefined);
  await parts.savings.stops.read().catch(() => undefined);
}
