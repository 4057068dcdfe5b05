/** `machines`: lists machines, or watches them. */
import type * as z from 'zod';
import { joinListed } from '../domain/listed.ts';
import { machinesAnswer, type MachineView } from './answers.ts';
import { readNumber, readTags, wantsJson, type Call } from './call.ts';
import { EXIT, usageError } from './command-error.ts';
import { openHints } from './hints.ts';
import { machineLine, machinesTable } from './machine-view.ts';
import { readEvery, rememberShown, repeat } from './repeat.ts';
import type { Line } from './screen.ts';
import { openServer } from './server.ts';
import { clockOf } from './show-view.ts';

type Page = z.output<typeof machinesAnswer>;
type Ask = (lastEvent?: string) => Promise<Page>;

/** @returns the exit code */
export async function listMachines(call: Call): Promise<number> {
  const { line, screen } = call;
  const limit = readNumber(call, 'limit', [1, 1_000]) ?? 200;
  const json = wantsJson(call);
  const query = { ...readFilters(call), limit: String(limit), cursor: line.values.get('cursor') };
  const server = openServer(call);
  const ask: Ask = async (lastEvent) => server.ask(machinesAnswer, { path: 'api/v1/machines', query, lastEvent });
  if (line.flags.has('watch')) return watch(call, ask, json);
  if (line.values.has('every')) throw usageError('expected --every with --watch only');
  const page = await ask();
  if (json) for (const machine of page.machines) screen.json(machine);
  else screen.write(linesOf(page, screen.columns()));
  return EXIT.ok;
}

function readFilters(call: Call): Readonly<Record<string, string | undefined>> {
  const { values, lists, flags } = call.line;
  // Only to say at once what is wrong with it.
  readTags(call, 'tag');
  const owners = lists.get('owner');
  return {
    mine: flags.has('mine') ? 'true' : undefined,
    owner: owners === undefined ? undefined : joinListed(owners),
    state: lists.get('state')?.join(','),
    tag: values.get('tag'),
    text: values.get('text'),
    sort: values.get('sort'),
    order: flags.has('descending') ? 'desc' : undefined,
  };
}

function linesOf(page: Page, columns: number | undefined): readonly Line[] {
  const { machines, total, known, mine } = page;
  if (machines.length === 0) return [[noneOf(known, mine)]];
  const more = total - machines.length;
  return [
    ...machinesTable(machines, Date.now(), columns),
    ...(more > 0 ? [[{ text: `${more} more: --limit shows up to 1000`, style: 'quiet' } as const]] : []),
  ];
}

function noneOf(known: number, mine: readonly string[] | undefined): string {
  if (known === 0)
    return 'no machines are watched yet: docs/web.md says which are, and ec2-operator doctor says what keeps them from being seen';
  if (mine !== undefined) return `none of the ${known} machines has an owner that is you: ${mine.join(', ')}`;
  return `none of the ${known} machines matches`;
}

async function watch(call: Call, ask: Ask, json: boolean): Promise<never> {
  const { screen } = call;
  const hints = openHints(call, readEvery(call));
  const redraws = screen.isTerminal && !json;
  const shown = rememberShown(keyOf);
  const look = async (): Promise<void> => {
    const page = await ask(hints.last());
    if (redraws) {
      screen.redraw(frame(page, screen.columns()));
      return;
    }
    for (const id of shown.gone(page.machines)) appendGone(call, id, json);
    for (const machine of shown.changed(page.machines)) append(call, machine, json);
  };
  return repeat(call, look, hints.next);
}

function frame(page: Page, columns: number | undefined): readonly Line[] {
  const now = clockOf(new Date().toISOString());
  const count = page.machines.length === page.known ? '' : ` of ${page.known}`;
  return [
    [{ text: `${page.machines.length}${count} machines`, style: 'strong' }, `  ${now}  Ctrl-C ends`],
    ...linesOf(page, columns),
  ];
}

/** All that a row shows, without times that move by themselves. */
function keyOf({
  name,
  owner,
  type,
  state,
  since,
  stopsAt,
  stopHeldBack,
  hold,
  heldByTag,
  lease,
  open,
}: MachineView): string {
  const waits = open === undefined ? [] : [open.id, open.state, open.reason];
  return JSON.stringify([
    name,
    owner,
    type,
    state,
    since,
    stopsAt,
    stopHeldBack,
    hold?.until,
    hold?.who,
    heldByTag?.until,
    heldByTag !== undefined,
    lease?.until,
    waits,
  ]);
}

function append({ screen }: Call, machine: MachineView, json: boolean): void {
  if (json) screen.json(machine);
  else
    screen.write([
      [{ text: clockOf(new Date().toISOString()), style: 'quiet' }, '  ', ...machineLine(machine, Date.now())],
    ]);
}

/** It does not match any more, or it is not watched any more. */
function appendGone({ screen }: Call, id: string, json: boolean): void {
  if (json) screen.json({ id, listed: false });
  else
    screen.write([
      [{ text: clockOf(new Date().toISOString()), style: 'quiet' }, `  ${id} is not in the list any more`],
    ]);
}
