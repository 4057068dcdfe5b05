/** `pause`, `resume` and `pauses`: automatic starts and stops wait, for all machines or for those with some tags. */
import { formatDuration } from '../domain/duration.ts';
import { begunPauseAnswer, endedPauseAnswer, pausesAnswer, type BegunPauseView, type PauseView } from './answers.ts';
import { readTags, wantsJson, type Call } from './call.ts';
import { CommandError, EXIT, usageError } from './command-error.ts';
import { readEnd } from './read-end.ts';
import type { Line } from './screen.ts';
import { openServer, type Server } from './server.ts';
import { clockOf } from './show-view.ts';
import { layOut } from './table.ts';

const PATH = 'api/v1/pauses';

/** @returns the exit code */
export async function pause(call: Call): Promise<number> {
  const { line, screen } = call;
  const why = line.values.get('why') ?? '';
  if (why.trim() === '') throw usageError('expected --why TEXT: others who meet the pause have to know the reason');
  if (line.values.has('until') && line.values.has('for'))
    throw usageError('expected one of --for and --until, got both');
  const end = line.values.has('until') || line.values.has('for') ? readEnd(call) : {};
  const body = { why, only: readTags(call), ...end };
  const json = wantsJson(call);
  const answer = await open(call).ask(begunPauseAnswer, { method: 'POST', path: PATH, body: JSON.stringify(body) });
  if (json) screen.json(answer);
  else screen.write(begunLines(answer));
  return EXIT.ok;
}

/** Without the screen: what these commands show is the pauses themselves. */
function open({ environment, signal }: Call): Server {
  return openServer({ environment, signal });
}

function begunLines({ pause: begun, tooLate, tooLateCount }: BegunPauseView): readonly Line[] {
  const lines: Line[] = [
    [
      { text: 'paused', style: 'pending' },
      `  ${aboutPause(begun)}. To end it: ec2-operator resume ${begun.id.slice(-8)}`,
    ],
  ];
  for (const { instance, name, message } of tooLate)
    lines.push([`  too late for ${name === undefined ? instance : `${name} (${instance})`}: ${message}`]);
  if (tooLateCount > tooLate.length) lines.push([`  and for ${tooLateCount - tooLate.length} more`]);
  return lines;
}

function aboutPause({ only, until, why }: PauseView): string {
  const end = until === undefined ? 'until it is ended' : `until ${clockOf(until)}`;
  return `automatic starts and stops of ${machinesOf(only)}, ${end}: ${why}`;
}

function machinesOf(only: PauseView['only']): string {
  return only === undefined ? 'all machines' : `machines with ${tagsOf(only)}`;
}

function tagsOf(only: Readonly<Record<string, string>>): string {
  return Object.entries(only)
    .map((tag) => tag.join('='))
    .join(',');
}

/** @returns the exit code */
export async function resume(call: Call): Promise<number> {
  const { line, screen } = call;
  const [text] = line.operands;
  const all = line.flags.has('all');
  if (all && text !== undefined) throw usageError('expected one of ID and --all, got both');
  const json = wantsJson(call);
  const server = open(call);
  const { pauses } = await server.ask(pausesAnswer, { path: PATH });
  const chosen = all || (text === undefined && pauses.length <= 1) ? pauses : choose(call, pauses, text);
  for (const { id } of chosen) {
    const answer = await server.ask(endedPauseAnswer, { method: 'DELETE', path: `${PATH}/${encodeURIComponent(id)}` });
    if (json) screen.json(answer);
    else
      screen.write([
        [{ text: 'ended', style: 'good' }, `   the pause of ${aboutPause(answer.pause)}${waitedLine(answer.due)}`],
      ]);
  }
  if (pauses.length === 0 && !json) screen.write([['nothing is paused']]);
  return EXIT.ok;
}

function waitedLine(due: number): string {
  if (due === 0) return '';
  return due === 1 ? '. 1 operation that waited is checked again' : `. ${due} operations that waited are checked again`;
}

/** @throws CommandError when it is not clear which one is meant; then all are shown */
function choose({ screen }: Call, pauses: readonly PauseView[], text: string | undefined): readonly PauseView[] {
  const wanted = text?.toLowerCase() ?? '';
  const fitting = pauses.filter(({ id }) => wanted.length >= 4 && (id.startsWith(wanted) || id.endsWith(wanted)));
  if (fitting.length === 1) return fitting;
  if (pauses.length === 0) throw new CommandError(EXIT.failed, 'nothing is paused');
  for (const line of pausesTable(pauses, screen.columns())) screen.note(line);
  if (text === undefined) throw usageError('expected the ID of a pause, or --all, because several pauses stand');
  const found = fitting.length === 0 ? 'which fits no pause' : 'which fits several pauses';
  throw usageError(`expected the ID of a pause, got "${text}", ${found}`);
}

/** @returns the exit code */
export async function showPauses(call: Call): Promise<number> {
  const { screen } = call;
  const json = wantsJson(call);
  const { pauses } = await open(call).ask(pausesAnswer, { path: PATH });
  if (json) for (const one of pauses) screen.json(one);
  else screen.write(pauses.length === 0 ? [['nothing is paused']] : pausesTable(pauses, screen.columns()));
  return EXIT.ok;
}

function pausesTable(pauses: readonly PauseView[], width: number | undefined): readonly Line[] {
  const column = (heading: string, read: (one: PauseView) => string, room = {}) => ({
    heading,
    cells: pauses.map((one) => ({ text: read(one) })),
    ...room,
  });
  return layOut(
    [
      column('ID', ({ id }) => id.slice(-8)),
      column('FOR', ({ createdAt }) => agoOf(createdAt), { goes: 1 }),
      column('UNTIL', ({ until }) => (until === undefined ? 'it is ended' : clockOf(until))),
      column('MACHINES', ({ only }) => (only === undefined ? 'all' : tagsOf(only)), { least: 10 }),
      column('BY', ({ who }) => who),
      column('WHY', ({ why }) => why, { least: 20 }),
    ],
    width,
  );
}

function agoOf(time: string): string {
  const ms = Date.now() - Date.parse(time);
  return Number.isNaN(ms) ? '' : formatDuration(Math.max(1_000, ms));
}
