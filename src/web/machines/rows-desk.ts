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
import { keptText, type KeptText } from '../../http/packed.ts';
import { answerPiece, type Html } from '../page.ts';
import { tell, viewerOf } from './desk.ts';
import { tellDid, type Said } from './did.ts';
import { listKey, viewerKey } from './find-machines.ts';
import { findsMachines, isFiltered, machinesPageQuerySchema } from './query.ts';
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

type RowsInput = SenderInput<unknown, RowsQuery>;

/** Rows of the table that a page shows already. After a press they are found anew; after a hint, all open pages share them. */
export async function showRows(parts: HttpParts, input: RowsInput): Promise<Response> {
  const viewer = await viewerOf(parts, input.sender);
  const { did } = input.query;
  const piece = did === undefined ? shareRows(parts, input, viewer) : findPressed(parts, input, viewer, did);
  return answerPiece(input.request, await piece, { referrer: 'own' });
}

async function findPressed(parts: HttpParts, { sender, query }: RowsInput, viewer: Viewer, did: string): Promise<Html> {
  const [facts, counted, said] = await Promise.all([
    findFacts(parts, sender, query, viewer.reading.now),
    countFor(parts, sender, query),
    tellDid(parts, did, sender.name, viewer.reading),
  ]);
  const rows = facts.map((one) => machineRow(one, viewer));
  return rowsPiece(rows, counted, viewer, said);
}

/** Pages that were told together ask for the same, and get one text. Those that come a little later find most of their rows made. */
async function shareRows(parts: HttpParts, { sender, query }: RowsInput, viewer: Viewer): Promise<KeptText> {
  const { sharedRows } = parts;
  const { id: ids, ...rest } = query;
  const list = listKey(rest, sender.name);
  const asked = list + ids.join();
  const { facts, rows, counted } = await sharedRows.asked(asked, async () => {
    const [found, count] = await Promise.all([
      sharedRows.facts(
        ids.map((id) => keyOf(list, id)),
        async (unknown) =>
          byKey(list, await findFacts(parts, sender, { ...query, id: unknown.map(idIn) }, viewer.reading.now)),
      ),
      sharedRows.counted(list, async () => countFor(parts, sender, query)),
    ]);
    return { facts: found, rows: [...found.values()].map(({ row }) => row), counted: count };
  });
  const seenBy = viewerKey(rows, sender);
  return sharedRows.texts(asked + seenBy, async () => {
    const shown = await makeRows(parts, facts, viewer, seenBy);
    return keptText(String(await rowsPiece(shown, counted, viewer, undefined)));
  });
}

async function countFor(parts: HttpParts, sender: Sender, query: RowsQuery): Promise<MachineCounts> {
  return parts.store.countMachines(findsMachines(query, sender, parts.telling));
}

async function makeRows(
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
  sender: Sender,
  { id: ids, ...query }: RowsQuery,
  now: number,
): Promise<readonly MachineRow[]> {
  if (!isFiltered(query)) return parts.store.machineRows(ids, now);
  const asked = { ...findsMachines(query, sender, parts.telling), ids, limit: MOST_ROWS, offset: 0 };
  return (await parts.store.machines(asked, now)).rows;
}
