/** What may hold the stops of machines back now, for answers that show machines. */
import { brakeKeys, type Brakes, type BrakeSettings } from '../domain/coming-stop.ts';
import type { Store } from '../store/port.ts';
import { createKnownPauses, type KnownPauses } from './known-pauses.ts';
import { createKnown, type Known } from './known.ts';

/** The automatic stops of late, by the keys of the limits. */
export type KnownActs = Known<Brakes['acts']>;

export interface KnownBrakes {
  readonly pauses: KnownPauses;
  readonly knownActs: KnownActs;
}

export function createKnownBrakes(
  store: Pick<Store, 'acts' | 'pauses'>,
  guards: BrakeSettings,
  clock: () => number,
): KnownBrakes {
  const { keys, perMs } = brakeKeys(guards);
  const readActs = async () => (keys.length === 0 ? NONE : store.acts(keys, clock() - perMs));
  return { pauses: createKnownPauses(store, clock), knownActs: createKnown<Brakes['acts']>(readActs, NONE) };
}

const NONE: Brakes['acts'] = new Map();

export async function readBrakes({
  pauses,
  knownActs,
  engine,
}: KnownBrakes & { readonly engine: { readonly guards: BrakeSettings } }): Promise<Brakes> {
  const [standing, acts] = await Promise.all([pauses.read(), knownActs.read()]);
  return { pauses: standing, guards: engine.guards, acts };
}
