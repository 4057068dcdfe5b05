/** The stops of leases that do not come at their time, for lists that are sorted by when machines stop. */
import { comingStop, earliestOf, type Brakes } from '../domain/coming-stop.ts';
import type { HttpParts } from './parts.ts';
import type { MachinesQuery } from '../store/machine-port.ts';

const AT_ONCE = 500;

/** The store knows neither windows nor tags nor limits. Leases are few. */
export async function withPutOff(
  { store }: Pick<HttpParts, 'store'>,
  query: MachinesQuery,
  brakes: Brakes,
  now: number,
): Promise<MachinesQuery> {
  if (query.sort !== 'stops') return query;
  const putOff = new Map<string, number | undefined>();
  let after: string | undefined;
  do {
    const leases = await store.leases({ limit: AT_ONCE, after });
    const ids = leases.map(({ instance }) => instance);
    for (const row of await store.machineRows(ids, now)) {
      const stop = comingStop(row, brakes, now);
      if (stop?.heldBack !== undefined) putOff.set(row.machine.id, earliestOf(stop));
    }
    after = leases.length < AT_ONCE ? undefined : ids.at(-1);
  } while (after !== undefined);
  return { ...query, putOff };
}
