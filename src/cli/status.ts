/** `status`: the latest operations of a machine, and what a start or stop would do now. */
import { VERBS } from '../domain/intent.ts';
import { INSTANCE_ID } from '../domain/target.ts';
import { ofSender, operationsAnswer, type PlanView } from './answers.ts';
import { wantsJson, type Call } from './call.ts';
import { CommandError, EXIT } from './command-error.ts';
import { readOperation } from './follow.ts';
import { heldLine, readHolds } from './hold.ts';
import { leasedLine, readLeases } from './leases.ts';
import { askForPlans, planLines } from './plan.ts';
import type { Line } from './screen.ts';
import { openServer, type Server } from './server.ts';
import { commandFor, countRefusals, detailsOf, operationsTable } from './show-view.ts';

/** How many operations are shown. */
const SHOWN = 5;

/** @returns the exit code */
export async function showStatus(call: Call): Promise<number> {
  const { line, screen } = call;
  const [target = ''] = line.operands;
  const json = wantsJson(call);
  const server = openServer(call);
  const query = { machine: target, limit: String(SHOWN) };
  const { operations, askedBy } = await server.ask(operationsAnswer, { path: 'api/v1/operations', query });
  const [latest, ...earlier] = operations;
  const newest = latest === undefined ? undefined : await readOperation(server, latest.id);
  const plans = await planBoth(server, target);
  const machine = newest?.instance?.id ?? plans.find(({ instance }) => instance !== undefined)?.instance?.id;
  const holds = await ifVisible(async () => readHolds(server, machine ?? target));
  const leases = await ifVisible(async () => readLeases(server, machine ?? target));
  if (json) {
    screen.json({ target, operations: newest === undefined ? [] : [newest, ...earlier], holds, leases, plans });
    return EXIT.ok;
  }
  const none = `no operation${ofSender(askedBy)} is about the machine "${target}"`;
  screen.write(newest === undefined ? [[none]] : detailsOf(newest));
  if (earlier.length > 0) screen.write([[], ...operationsTable(countRefusals(earlier), Date.now(), screen.columns())]);
  const kept = [...holds.map(heldLine), ...leases.map(leasedLine)];
  if (kept.length > 0) screen.write([[], ...kept]);
  if (operations.some(({ state, reason }) => state === 'waiting' && reason === 'warned'))
    screen.write([[], [`To keep it running: ${commandFor('hold', target, ' --for 2h')}`]]);
  screen.write(nowLines(plans));
  return EXIT.ok;
}

/** Operations can be shown without the right to see holds and leases. */
async function ifVisible<View>(read: () => Promise<readonly View[]>): Promise<readonly View[]> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CommandError && (error.status === 403 || error.status === 404)) return [];
    throw error;
  }
}

interface NamedPlan extends PlanView {
  readonly verb: string;
}

/** The outlook of a person's start and stop now. A plan leaves no record, unlike a dry run. */
async function planBoth(server: Server, target: string): Promise<readonly NamedPlan[]> {
  const labels = INSTANCE_ID.test(target) ? { instance_id: target } : { hostname: target };
  const alerts = VERBS.map((action) => ({
    status: 'firing',
    labels: { alertname: 'status', action, dryrun: 'false', ...labels },
    startsAt: new Date().toISOString(),
  }));
  try {
    const plans = await askForPlans(server, JSON.stringify({ alerts }), { by: 'person' });
    return plans.map((plan, index) => ({ ...plan, verb: VERBS[index] ?? '' }));
  } catch (error) {
    // The history can be shown without the right to plan, and for a target that cannot be planned for.
    if (error instanceof CommandError && (error.status === 400 || error.status === 403)) return [];
    throw error;
  }
}

function nowLines(plans: readonly NamedPlan[]): readonly Line[] {
  if (plans.length === 0) return [];
  const isRehearsed = plans.some(({ isLive }) => isLive === false);
  return [
    [],
    [{ text: 'if you asked now:', style: 'strong' }],
    ...plans.flatMap((plan) => planLines(plan.verb, plan)),
    ...(isRehearsed ? [[], ['alerts are dry runs on this machine: live.only does not select it']] : []),
  ];
}
