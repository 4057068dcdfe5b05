/** `hold`, `release` and `holds`: who keeps which machine running, and until when. */
import { formatDuration } from '../domain/duration.ts';
import { holdsAnswer, newHoldAnswer, releasedAnswer, type HoldView } from './answers.ts';
import { wantsJson, type Call } from './call.ts';
import { EXIT } from './command-error.ts';
import { readEnd } from './read-end.ts';
import type { Line } from './screen.ts';
import { openServer, type Server } from './server.ts';
import { clockOf, commandFor, noneOf, placeOf } from './show-view.ts';
import { layOut } from './table.ts';

/** @returns the exit code: 1 where the stop of the machine had been sent before */
export async function holdMachine(call: Call): Promise<number> {
  const { line, screen } = call;
  const [target = ''] = line.operands;
  const body = { target, ...readEnd(call), ...given(call, 'why'), ...given(call, 'region'), ...given(call, 'account') };
  const json = wantsJson(call);
  const question = { method: 'POST', path: 'api/v1/holds', body: JSON.stringify(body) } as const;
  const answer = await openServer(call).ask(newHoldAnswer, question);
  const { hold, leftMs, message, tooLate } = answer;
  if (json) screen.json(answer);
  else screen.write([heldLine(hold)]);
  if (leftMs !== undefined && !json)
    screen.note([
      `holds of this machine may last ${formatDuration(leftMs)} more in the 7 days that end then (holds.rules)`,
    ]);
  if (message !== undefined) screen.note([`ec2-operator: ${message}: ${commandFor('start', target)}`]);
  if (tooLate === undefined) return EXIT.ok;
  screen.note([`ec2-operator: ${tooLate.message} ${commandFor('start', target)}`]);
  return EXIT.failed;
}

/** @returns the exit code */
export async function releaseMachine(call: Call): Promise<number> {
  const { line, screen } = call;
  const [target = ''] = line.operands;
  const json = wantsJson(call);
  const answer = await openServer(call).ask(releasedAnswer, {
    method: 'DELETE',
    path: `api/v1/holds/${encodeURIComponent(target)}`,
    query: { all: line.flags.has('all') ? 'true' : undefined },
  });
  if (json) {
    screen.json(answer);
    return EXIT.ok;
  }
  const { released, others } = answer;
  const none = line.flags.has('all') ? `nobody holds ${target}` : `you do not hold ${target}`;
  screen.write(
    released.length === 0
      ? [[none]]
      : released.map((hold): Line => [
          { text: 'released', style: 'good' },
          `  ${nameOf(hold)}, which ${hold.holder} held`,
        ]),
  );
  if (others.length > 0) screen.write(others.map(heldLine));
  return EXIT.ok;
}

/** @returns the exit code */
export async function listHolds(call: Call): Promise<number> {
  const { screen, line } = call;
  const [machine] = line.operands;
  const json = wantsJson(call);
  const holds = await readHolds(openServer(call), machine);
  if (json) for (const hold of holds) screen.json(hold);
  else
    screen.write(
      holds.length === 0
        ? [[machine === undefined ? 'no machine is held' : noneOf('hold', machine)]]
        : table(holds, screen.columns()),
    );
  return EXIT.ok;
}

/** @param machine an instance id or a tag `Name`; of all machines without it */
export async function readHolds(server: Server, machine?: string): Promise<readonly HoldView[]> {
  const read: HoldView[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: '1000', instance: machine, cursor };
    const page = await server.ask(holdsAnswer, { path: 'api/v1/holds', query });
    read.push(...page.holds);
    ({ cursor } = page);
  } while (cursor !== undefined);
  return read.sort((one, other) => Date.parse(one.until) - Date.parse(other.until));
}

/** `held      gpu-1 (i-0abc…, eu-central-1) until 18:00:00 by pia: training` */
export function heldLine(hold: HoldView): Line {
  const why = hold.why === undefined ? '' : `: ${hold.why}`;
  return [
    { text: 'held', style: 'strong' },
    `      ${nameOf(hold)} until ${clockOf(hold.until)} by ${hold.holder}${why}`,
  ];
}

function nameOf({ instance: id, ...where }: HoldView): string {
  return placeOf({ id, ...where });
}

function table(holds: readonly HoldView[], width: number | undefined): readonly Line[] {
  const column = (heading: string, show: (hold: HoldView) => string) => ({
    heading,
    cells: holds.map((hold) => ({ text: show(hold) })),
  });
  const columns = [
    column('MACHINE', nameOf),
    column('UNTIL', ({ until }) => clockOf(until)),
    column('HOLDER', ({ holder }) => holder),
    { ...column('SINCE', ({ createdAt = '' }) => clockOf(createdAt)), goes: 1 },
    { ...column('WHY', ({ why = '' }) => why), least: 12 },
  ];
  return layOut(columns, width);
}

function given({ line }: Call, option: string): Readonly<Record<string, string>> {
  const value = line.values.get(option);
  return value === undefined ? {} : { [option]: value };
}
