/** The machines that were handled lately, each with the one state it was last seen in. */
import type { Gauge } from 'prom-client';
import { placeKey, type InstanceState, type Place } from '../domain/instance.ts';

export interface Seen {
  readonly id: string;
  readonly place: Place;
  readonly state: InstanceState;
}

/**
 * @param max how many machines are shown; the one not seen for longest makes room
 * @returns takes note of a machine's state
 */
export function createSeenInstances(gauge: Gauge, max: number): (seen: Seen) => void {
  // In the order in which they were last seen.
  const known = new Map<string, Seen>();
  return (seen) => {
    const key = `${seen.id} ${placeKey(seen.place)}`;
    const before = known.get(key);
    known.delete(key);
    known.set(key, seen);
    if (before?.state === seen.state) return;
    if (before !== undefined) gauge.remove(labelsOf(before));
    gauge.set(labelsOf(seen), 1);
    if (known.size <= max) return;
    for (const [oldest, gone] of known) {
      known.delete(oldest);
      gauge.remove(labelsOf(gone));
      return;
    }
  };
}

function labelsOf({ id, place, state }: Seen): Record<string, string> {
  return { instance_id: id, region: place.region ?? '', account: place.account ?? '', state };
}
