/** The machines of a page with their rows: found anew for a person who loads it, and once for all open pages that read it again. */
import { html as tight } from 'hono/html';
import { holds } from '../../domain/machine-actions.ts';
import type { MachineRow } from '../../domain/machine.ts';
import type { Viewer } from '../../domain/machine-view.ts';
import { STRIP_MS } from '../../domain/strip.ts';
import type { Sender } from '../../http/auth/sender.ts';
import type { HttpParts } from '../../http/parts.ts';
import { withPutOff } from '../../http/put-off.ts';
import type { Html } from '../page.ts';
import { findsMachines, type MachinesPageQuery } from './query.ts';
import { machineRow } from './row.ts';
import type { FoundMachines } from './shared-rows.ts';
import type { TableFacts } from './table-facts.ts';

type Found = FoundMachines & Pick<TableFacts, 'rows'>;

export async function findMachines(parts: HttpParts, query: MachinesPageQuery, viewer: Viewer): Promise<Found> {
  const found = await readMachines(parts, query, viewer);
  return { ...found, rows: rowsOf(found, viewer) };
}

/**
 * A hint about all machines has every open page read all of them. Made for each page, they took the processor for seconds; meanwhile
 * so many machines changed that the next hint was about all of them, too, and the server did not recover.
 */
export async function findSharedMachines(parts: HttpParts, query: MachinesPageQuery, viewer: Viewer): Promise<Found> {
  const { sharedRows } = parts;
  const list = listKey(query, viewer.name);
  const found = await sharedRows.found(list, async () => readMachines(parts, query, viewer));
  const rows = await sharedRows.pieces(
    list + viewerKey(found.page.rows, viewer),
    async () => tight`${rowsOf(found, viewer)}`,
  );
  return { ...found, rows };
}

/** Equal for equal lists of machines. */
export function listKey(query: MachinesPageQuery, name: string): string {
  const { did: _, ...list } = query;
  return JSON.stringify(list.mine === 'true' ? [list, name] : [list]);
}

/** Equal for people who see the same in these rows: what they may do, and which holds are their own. */
export function viewerKey(rows: Iterable<MachineRow>, { name, grants }: Pick<Sender, 'name' | 'grants'>): string {
  const isHolder = Iterator.from(rows).some((row) => holds(row, name));
  return JSON.stringify([grants, isHolder ? name : undefined]);
}

async function readMachines(parts: HttpParts, query: MachinesPageQuery, viewer: Viewer): Promise<FoundMachines> {
  const { store, telling } = parts;
  const { now } = viewer.reading;
  const asked = await withPutOff(parts, findsMachines(query, viewer, telling), viewer.brakes, now);
  const [page, counted] = await Promise.all([store.machines(asked, now), store.countMachines(asked)]);
  const ids = page.rows.map(({ machine }) => machine.id);
  return { page, counted, intervals: await store.intervals(ids, now - STRIP_MS) };
}

function rowsOf({ page, intervals }: FoundMachines, viewer: Viewer): readonly Html[] {
  return page.rows.map((row) => machineRow({ row, intervals: intervals.get(row.machine.id) ?? [] }, viewer));
}
