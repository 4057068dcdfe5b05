/** What may hold the stops of machines back now, for answers that show machines. */
import type { Brakes } from '../domain/coming-stop.ts';
import type { HttpParts } from './parts.ts';

export async function readBrakes({ pauses, engine }: Pick<HttpParts, 'pauses' | 'engine'>): Promise<Brakes> {
  return { pauses: await pauses.read(), tagged: engine.guards };
}
