/** The weeks before the demo: what alerts and leases have stopped, so that savings and regrets have something to show. */
import { createHash } from 'node:crypto';
import { billsOnOf } from '../domain/bills-on.ts';
import { createPrices, priceOf } from '../domain/price.ts';
import type { StopRecord } from '../domain/stop-record.ts';
import { ownerOf } from '../domain/telling.ts';
import { SYSTEMS, type SandboxMachine } from '../sandbox/machine.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const DAYS = 75;
/** The past of a machine ends so long before its last start, so that no stop meets the day that `past.ts` writes. */
const BEFORE_LAUNCH_MS = 30 * HOUR_MS;

/** Capacity that was paid for anyway, as this machine had it until three weeks ago. */
const BLOCK = { machine: 'gpu-2', endedBeforeMs: 21 * DAY_MS, id: 'cr-0a1b2c3d4e5f60001' } as const;

/** The operations of these stops are older than the demo keeps any. */
export function pastStops(machines: readonly SandboxMachine[], now: number): readonly StopRecord[] {
  return machines.flatMap((machine) => {
    const end = Math.min(machine.launchTime, now) - BEFORE_LAUNCH_MS;
    return Array.from({ length: DAYS }, (_, day) => stopOf(machine, day, now)).flatMap((stop) =>
      stop !== undefined && (stop.back?.at ?? 0) < end ? [stop] : [],
    );
  });
}

/** Each machine has the same past in every demo. @returns undefined for a night in which it worked */
function stopOf(machine: SandboxMachine, day: number, now: number): StopRecord | undefined {
  const { id, region, type, tags, market } = machine;
  const chance = chanceOf(`${id} ${day}`);
  if (tags['aws:autoscaling:groupName'] !== undefined || chance(0) < 0.35) return undefined;
  const stoppedAt = now - (day + 1) * DAY_MS + Math.round(chance(1) * 6 * HOUR_MS);
  // Notebooks are left for a coffee, and wanted back after it.
  const isRegret = chance(2) < (tags['Name']?.includes('notebook') === true ? 0.3 : 0.04);
  const stoodFor = isRegret ? (6 + chance(3) * 20) * MINUTE_MS : (5 + chance(3) * 11) * HOUR_MS;
  const wantedAt = stoppedAt + Math.round(stoodFor);
  const owner = ownerOf(tags, ['owner']);
  const { platform, usage } = SYSTEMS[machine.system];
  const price = priceOf(
    {
      type,
      ...(market === 'on-demand' ? {} : { lifecycle: 'spot' }),
      billing: { usage, system: platform, tenancy: machine.tenancy },
      availabilityZone: machine.zone,
    },
    createPrices(),
  );
  const elasticIps = machine.interfaces.filter(({ elastic }) => elastic).length;
  const billsOn = billsOnOf({ volumes: machine.volumes, elasticIps }, 1);
  const isCommitted = tags['Name'] === BLOCK.machine && stoppedAt < now - BLOCK.endedBeforeMs;
  const back = wantedAt + 1_000;
  return {
    operation: operationOf(id, day),
    instance: id,
    place: { region },
    ...(tags['Name'] === undefined ? {} : { name: tags['Name'] }),
    ...(owner === undefined ? {} : { owner }),
    type,
    ...(chance(4) < 0.15 ? { by: 'lease', rule: owner ?? 'lee' } : { by: 'alert', rule: 'UnusedGPU' }),
    stoppedAt,
    back: { at: back, by: 'person', who: owner ?? 'lee' },
    wantedAt,
    readyAt: back + Math.round((2 + chance(5) * 4) * MINUTE_MS),
    ...(price === undefined ? {} : { price }),
    ...(billsOn === undefined ? {} : { billsOn }),
    ...(isCommitted ? { committed: { kind: 'capacity_block', id: BLOCK.id } } : {}),
  };
}

/** Numbers from 0 to 1 that are always the same for the same text. */
function chanceOf(text: string): (index: number) => number {
  const bytes = createHash('sha256').update(text).digest();
  return (index) => bytes.readUInt16BE(index * 2) / 65_536;
}

function operationOf(id: string, day: number): string {
  const digits = createHash('sha256').update(`${id} ${day}`).digest('hex');
  return `01900000-0000-7000-8000-${digits.slice(0, 12)}`;
}
