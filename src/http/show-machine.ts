/** How the API shows a machine. */
import { billsOnOf, STORAGE_LISTED } from '../domain/bills-on.ts';
import { comingStop, endOfTag, type Brakes, type ComingStop } from '../domain/coming-stop.ts';
import { readHoldTag, type HeldByTag } from '../domain/hold-tag.ts';
import type { Interval, Machine, MachineRow } from '../domain/machine.ts';
import { priceOf, type Prices } from '../domain/price.ts';
import { showHold } from './hold-schemas.ts';
import { showLease } from './lease-schemas.ts';
import type { MachineAnswer, MachineBody } from './machine-schemas.ts';
import { showInstance, showOperation, toTime } from './show-operation.ts';

interface Shown {
  readonly prices: Prices;
  readonly brakes: Brakes;
  readonly now: number;
}

export function showMachine(row: MachineRow, { prices, brakes, now }: Shown): MachineBody {
  const { machine, hold, lease, open, last } = row;
  const { availabilityZone, type, state, since, why, launchedAt, seenAt, forgottenAt, tags, lifecycle, managedBy } =
    machine;
  const price = priceOf(machine, prices);
  const stop = comingStop(row, brakes, now);
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
    ...showStop(stop),
    ...(hold === undefined ? {} : { hold: showHold(hold) }),
    ...showTag(readHoldTag(tags, brakes.guards, now)),
    ...(lease === undefined ? {} : { lease: showLease(lease) }),
    ...(open === undefined ? {} : { open: showOperation(open) }),
    ...(last === undefined ? {} : { last: showOperation(last) }),
  };
}

export function showBillsOn(machine: Machine, { factor }: Prices): Pick<MachineAnswer, 'billsOn'> {
  const { volumes, elasticIps } = machine;
  if (volumes === undefined && elasticIps === undefined) return {};
  const perHour = billsOnOf(machine, factor);
  return {
    billsOn: {
      ...(perHour === undefined ? {} : { perHour, listed: STORAGE_LISTED }),
      ...(volumes === undefined ? {} : { volumes: [...volumes] }),
      ...(elasticIps === undefined ? {} : { elasticIps }),
    },
  };
}

function showTag(tag: HeldByTag | undefined): Pick<MachineBody, 'heldByTag'> {
  if (tag === undefined) return {};
  const { until } = endOfTag(tag);
  return { heldByTag: { ...(until === undefined ? {} : { until: toTime(until) }), message: tag.told } };
}

function showStop(stop: ComingStop | undefined): Pick<MachineBody, 'stopsAt' | 'stopHeldBack'> {
  if (stop === undefined) return {};
  const { at, heldBack } = stop;
  if (heldBack === undefined) return { stopsAt: toTime(at) };
  const { until, ...by } = heldBack;
  return { stopHeldBack: { at: toTime(at), ...by, ...(until === undefined ? {} : { until: toTime(until) }) } };
}

export function showInterval({ state, since, until, why }: Interval): MachineAnswer['intervals'][number] {
  return { state, since: toTime(since), ...(until === undefined ? {} : { until: toTime(until) }), why };
}
