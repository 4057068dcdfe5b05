/** The machines that were seen last, each with its last state. */
import type { Gauge } from 'prom-client';
import { placeKey, type InstanceState, type Place } from '../domain/instance.ts';

export interface Seen {
  readonly id: string;
  readonly place: Place;
  readonly state: InstanceState;
}

/**
 * @param max the most machines that are shown; the machine that was seen longest ago is dropped
 * @returns records the state of a machine
 */
export function createSeenInstances(gauge: Gauge, max: number): (seen: Seen) => void {
  // In the order of their last sight.
  const known = new Map<string, Seen>();
  return (seen) => {
    const key = `${seen.id} ${placeKey(seen.place)}`;
    const before = known.get(key);
    known.delete(key);
    known.set(key, seen);
    if (before?.state === seen.state) return;
    if (before !== undefined) gauge.remove(labelsOf(before));
    gauge.set(labelsOf(seen), 1);
    const [oldest] = known;
    if (known.size <= max || oldest === undefined) return;
    known.delete(oldest[0]);
    gauge.remove(labelsOf(oldest[1]));
  };
}

function labelsOf({ id, place, state }: Seen): Record<string, string> {
  return { instance_id: id, region: place.region ?? '', account: place.account ?? '', state };
}
