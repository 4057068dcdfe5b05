/** The rows that an open page of machines reads again: after a press anew, after a hint once for all pages. */
import { html } from 'hono/html';
import * as z from 'zod';
import type { MachineRow } from '../../domain/machine.ts';
import type { Viewer } from '../../domain/machine-view.ts';
import { STRIP_MS } from '../../domain/strip.ts';
import { INSTANCE_ID } from '../../domain/target.ts';
import type { Sender } from '../../http/auth/sender.ts';
import type { HttpParts } from '../../http/parts.ts';
import type { SenderInput } from '../../http/route.ts';
import type { MachineCounts } from '../../store/machine-port.ts';
import { keptText } from '../packed.ts';
import { answerPiece, type Html } from '../page.ts';
import { tell, viewerOf } from './desk.ts';
import { tellDid, type Said } from './did.ts';
import { listKey, viewerKey } from './find-machines.ts';
import { isFiltered, machinesPageQuerySchema, toMachinesQuery } from './query.ts';
import { machineRow, type RowFacts } from './row.ts';
import { machineCounts } from './table.ts';

const MOST_ROWS = 200;

/** With the filter of the page, rows are left out that do not belong to it. */
export const rowsQuerySchema = machinesPageQuerySchema.extend({
  id: z
    .string()
    .default('')
    .transform((ids) => ids.split(',').filter((id) => INSTANCE_ID.test(id)))
    .refine((ids) => ids.length <= MOST_ROWS, `expected at most ${MOST_ROWS} ids`)
    .describe('The ids of the machines, with commas between them.'),
});
type RowsQuery = z.output<typeof rowsQuerySchema>;

/** Rows of the table that a page shows already. After a press they are found anew; after a hint, all open pages share them. */
export async function showRows(
  parts: HttpParts,
  { request, sender, query }: SenderInput<unknown, RowsQuery>,
): Promise<Response> {
  const viewer = await viewerOf(parts, sender);
  const { now } = viewer.reading;
  const findCounted = async () => parts.store.countMachines(toMachinesQuery(query, sender.name, parts.telling));
  if (query.did !== undefined) {
    const [facts, counted, said] = await Promise.all([
      findFacts(parts, sender, query, now),
      findCounted(),
      tellDid(parts, query.did, sender.name, viewer.reading),
    ]);
    const rows = facts.map((one) => machineRow(one, viewer));
    return answerPiece(request, rowsPiece(rows, counted, viewer, said), { referrer: 'own' });
  }
  const { id: ids, ...rest } = query;
  const list = listKey(rest, sender.name);
  const asked = list + ids.join();
  const { facts, rows, counted } = await parts.sharedRows.asked(asked, async () => {
    const [found, count] = await Promise.all([
      parts.sharedRows.facts(
        ids.map((id) => keyOf(list, id)),
        async (unknown) => byKey(list, await findFacts(parts, sender, { ...query, id: unknown.map(idIn) }, now)),
      ),
      parts.sharedRows.counted(list, findCounted),
    ]);
    return { facts: found, rows: [...found.values()].map(({ row }) => row), counted: count };
  });
  const seenBy = viewerKey(rows, sender);
  const text = await parts.sharedRows.texts(asked + seenBy, async () => {
    const shown = await sharedRows(parts, facts, viewer, seenBy);
    return keptText(String(await rowsPiece(shown, counted, viewer, undefined)));
  });
  return answerPiece(request, text, { referrer: 'own' });
}

async function sharedRows(
  { sharedRows: { rows } }: HttpParts,
  facts: ReadonlyMap<string, RowFacts>,
  viewer: Viewer,
  seenBy: string,
): Promise<readonly Html[]> {
  const made = await rows(
    facts
      .keys()
      .map((key) => keyOf(seenBy, key))
      .toArray(),
    async (unknown) => {
      const asked = new Set(unknown);
      const some = [...facts].filter(([key]) => asked.has(keyOf(seenBy, key)));
      return new Map(
        await Promise.all(some.map(async ([key, one]) => [keyOf(seenBy, key), await machineRow(one, viewer)] as const)),
      );
    },
  );
  return [...made.values()];
}

/** No id has a space. */
function keyOf(scope: string, id: string): string {
  return `${scope} ${id}`;
}

function idIn(key: string): string {
  return key.slice(key.lastIndexOf(' ') + 1);
}

function byKey(list: string, facts: readonly RowFacts[]): ReadonlyMap<string, RowFacts> {
  return new Map(facts.map((one) => [keyOf(list, one.row.machine.id), one]));
}

function rowsPiece(rows: readonly Html[], counted: MachineCounts, viewer: Viewer, said: Said | undefined): Html {
  return html`${tell(said)}${machineCounts(counted, viewer)}
    <table>
      <tbody>
        ${rows}
      </tbody>
    </table>`;
}

async function findFacts(
  parts: HttpParts,
  sender: Sender,
  query: RowsQuery,
  now: number,
): Promise<readonly RowFacts[]> {
  const [rows, intervals] = await Promise.all([
    findRows(parts, sender, query, now),
    parts.store.intervals(query.id, now - STRIP_MS),
  ]);
  return rows.map((row) => ({ row, intervals: intervals.get(row.machine.id) ?? [] }));
}

async function findRows(
  parts: HttpParts,
  { name }: Sender,
  { id: ids, ...query }: RowsQuery,
  now: number,
): Promise<readonly MachineRow[]> {
  if (!isFiltered(query)) return parts.store.machineRows(ids, now);
  const asked = { ...toMachinesQuery(query, name, parts.telling), ids, limit: MOST_ROWS, offset: 0 };
  return (await parts.store.machines(asked, now)).rows;
}
