/** `extend` and `leases`: which machines run for a while, and until when. */
import { leaseAnswer, leasesAnswer, type LeaseView, type OperationView } from './answers.ts';
import { wantsJson, type Call } from './call.ts';
import { CommandError, EXIT, usageError } from './command-error.ts';
import { readEnd } from './read-end.ts';
import type { Line } from './screen.ts';
import { openServer, type Server } from './server.ts';
import { clockOf, noneOf, placeOf } from './show-view.ts';
import { layOut } from './table.ts';

/** @returns the exit code: 1 where the stop of the machine had been sent before */
export async function extendLease(call: Call): Promise<number> {
  const { line } = call;
  const [target = ''] = line.operands;
  const body = JSON.stringify(readEnd(call));
  return tell(call, { method: 'PATCH', path: pathOf(target), body }, (lease) => [leasedLine(lease)]);
}

/** @returns the exit code */
export async function showLeases(call: Call): Promise<number> {
  const { line, screen } = call;
  const [target] = line.operands;
  if (line.flags.has('end')) {
    if (target === undefined) throw usageError('expected --end with the machine whose lease is to end');
    return tell(call, { method: 'DELETE', path: pathOf(target) }, (lease) => [
      [{ text: 'ended', style: 'good' }, `  the lease of ${nameOf(lease)}: it runs on`],
    ]);
  }
  const json = wantsJson(call);
  const leases = await readLeases(openServer(call), target);
  if (json) for (const lease of leases) screen.json(lease);
  else
    screen.write(
      leases.length === 0
        ? [[target === undefined ? 'no machine runs on a lease' : noneOf('lease', target)]]
        : table(leases, screen.columns()),
    );
  return EXIT.ok;
}

/** @param machine an instance id or a tag `Name`; all machines without it */
export async function readLeases(server: Server, machine?: string): Promise<readonly LeaseView[]> {
  const read: LeaseView[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: '1000', instance: machine, cursor };
    const page = await server.ask(leasesAnswer, { path: 'api/v1/leases', query });
    read.push(...page.leases);
    ({ cursor } = page);
  } while (cursor !== undefined);
  return read.sort((one, other) => Date.parse(one.until) - Date.parse(other.until));
}

/** `leased    gpu-1 (i-0abc…, eu-central-1) to pia until 18:00:00` */
export function leasedLine(lease: LeaseView): Line {
  const why = lease.why === undefined ? '' : `: ${lease.why}`;
  return [
    { text: 'leased', style: 'strong' },
    `    ${nameOf(lease)} to ${lease.who} until ${clockOf(lease.until)}${why}`,
  ];
}

/** What the people who started a machine have to know next: when it is stopped. */
export async function untilWhen(
  server: Server,
  { verb, state, dryRun, instance }: OperationView,
): Promise<readonly Line[]> {
  if (verb !== 'start' || state !== 'succeeded' || dryRun || instance === undefined) return [];
  try {
    return (await readLeases(server, instance.id)).map(leasedLine);
  } catch (error) {
    // The start has succeeded all the same.
    if (error instanceof CommandError) return [];
    throw error;
  }
}

type Question = Parameters<Server['ask']>[1];

async function tell(call: Call, question: Question, linesOf: (lease: LeaseView) => readonly Line[]): Promise<number> {
  const { screen } = call;
  const json = wantsJson(call);
  const answer = await openServer(call).ask(leaseAnswer, question);
  if (json) screen.json(answer);
  else screen.write(linesOf(answer.lease));
  if (answer.tooLate === undefined) return EXIT.ok;
  screen.note([`ec2-operator: ${answer.tooLate.message} ec2-operator start ${answer.lease.instance}`]);
  return EXIT.failed;
}

function pathOf(target: string): string {
  return `api/v1/leases/${encodeURIComponent(target)}`;
}

function nameOf({ instance: id, ...where }: LeaseView): string {
  return placeOf({ id, ...where });
}

function table(leases: readonly LeaseView[], width: number | undefined): readonly Line[] {
  const column = (heading: string, show: (lease: LeaseView) => string) => ({
    heading,
    cells: leases.map((lease) => ({ text: show(lease) })),
  });
  const columns = [
    column('MACHINE', nameOf),
    column('UNTIL', ({ until }) => clockOf(until)),
    column('LEASED TO', ({ who }) => who),
    { ...column('SINCE', ({ createdAt = '' }) => clockOf(createdAt)), goes: 1 },
    { ...column('WHY', ({ why = '' }) => why), least: 12 },
  ];
  return layOut(columns, width);
}
