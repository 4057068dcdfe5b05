/** The past of the demo: the machines ran and were stopped, so that strips, savings and regrets have something to show. */
import path from 'node:path';
import type { Sighting } from '../domain/machine.ts';
import { ownerOf } from '../domain/telling.ts';
import type { SandboxMachine } from '../sandbox/machine.ts';
import { importStops } from '../store/import-stops.ts';
import { openStore } from '../store/open.ts';
import { pastStops } from './past-stops.ts';

const HOUR_MS = 3_600_000;
/** Before the day that strips show. */
const LONG_AGO_MS = 26 * HOUR_MS;

/** Writes it as the watch would have, had it run. @param directory of the embedded database */
export async function writePast(directory: string, machines: readonly SandboxMachine[], now: number): Promise<void> {
  const database = path.join(directory, 'sandbox');
  await importStops(database, pastStops(machines, now));
  const store = await openStore(undefined, database);
  try {
    await store.recordSeen(
      machines.flatMap((machine) => pastOf(machine, now)),
      now,
    );
  } finally {
    await store.close();
  }
}

function pastOf(machine: SandboxMachine, now: number): readonly Sighting[] {
  const { id, state, launchTime } = machine;
  const dayBefore = now - LONG_AGO_MS;
  // The machines differ, and each has the same past in every demo.
  const some = (Number.parseInt(id.slice(-2), 16) % 5) * HOUR_MS;
  const runs = (launchedAt: number): Sighting =>
    sightingOf(machine, 'running', launchedAt, Math.max(launchedAt, dayBefore));
  const stops = (launchedAt: number, at: number): Sighting => ({
    ...sightingOf(machine, 'stopped', launchedAt, at),
    beganAt: at,
    detail: 'User initiated',
  });
  if (state === 'stopped')
    return [runs(launchTime), stops(launchTime, Math.max(launchTime + some, dayBefore) + 3 * HOUR_MS)];
  const stoppedAt = launchTime - 2 * HOUR_MS - some;
  return stoppedAt <= dayBefore ? [runs(launchTime)] : [runs(dayBefore), stops(dayBefore, stoppedAt)];
}

function sightingOf(
  { id, region, type, zone, tags, market }: SandboxMachine,
  state: Sighting['state'],
  launchedAt: number,
  at: number,
): Sighting {
  const owner = ownerOf(tags, ['owner']);
  const name = tags['Name'];
  return {
    id,
    place: { region },
    state,
    type,
    availabilityZone: zone,
    launchedAt,
    tags,
    ...(market === 'on-demand' ? {} : { lifecycle: 'spot' }),
    ...(name === undefined ? {} : { name }),
    ...(owner === undefined ? {} : { owner }),
    at,
  };
}
