/** How the API shows a machine. */
import type { Interval, MachineRow } from '../domain/machine.ts';
import { priceOf, type Prices } from '../domain/price.ts';
import { stopsAt } from '../domain/stops-at.ts';
import { showHold } from './hold-schemas.ts';
import { showLease } from './lease-schemas.ts';
import type { MachineAnswer, MachineBody } from './machine-schemas.ts';
import { showInstance, showOperation, toTime } from './show-operation.ts';

export function showMachine(row: MachineRow, prices: Prices): MachineBody {
  const { machine, hold, lease, open, last } = row;
  const { availabilityZone, type, state, since, why, launchedAt, seenAt, forgottenAt, tags, lifecycle, managedBy } =
    machine;
  const price = priceOf(machine, prices);
  const stop = stopsAt(row);
  return {
    ...showInstance(machine),
    availabilityZone,
    type,
    state,
    since: toTime(since),
    why,
    launchedAt: toTime(launchedAt),
    seenAt: toTime(seenAt),
    ...(forgottenAt === undefined ? {} : { forgottenAt: toTime(forgottenAt) }),
    tags,
    ...(lifecycle === undefined ? {} : { lifecycle }),
    ...(managedBy === undefined ? {} : { managedBy }),
    ...(price === undefined ? {} : { price }),
    ...(stop === undefined ? {} : { stopsAt: toTime(stop) }),
    ...(hold === undefined ? {} : { hold: showHold(hold) }),
    ...(lease === undefined ? {} : { lease: showLease(lease) }),
    ...(open === undefined ? {} : { open: showOperation(open) }),
    ...(last === undefined ? {} : { last: showOperation(last) }),
  };
}

export function showInterval({ state, since, until, why }: Interval): MachineAnswer['intervals'][number] {
  return { state, since: toTime(since), ...(until === undefined ? {} : { until: toTime(until) }), why };
}
