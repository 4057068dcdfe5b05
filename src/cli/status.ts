/** `status`: what has become of a machine, and what would happen to it now. */
import { VERBS } from '../domain/intent.ts';
import { INSTANCE_ID } from '../domain/target.ts';
import { ofSender, operationAnswer, operationsAnswer, type OperationView, type PlanView } from './answers.ts';
import { wantsJson, type Call } from './call.ts';
import { CommandError, EXIT, interruptedCode } from './command-error.ts';
import { askForPlans, planLines } from './plan.ts';
import type { Line } from './screen.ts';
import { openServer, type Server } from './server.ts';
import { countRefusals, detailsOf, operationsTable } from './show-view.ts';

/** How many operations are shown. */
const LATEST = 5;

/** @returns the exit code */
export async function showStatus(call: Call): Promise<number> {
  const { line, screen, signal } = call;
  const [target = ''] = line.operands;
  const json = wantsJson(call);
  const server = openServer(call.environment, signal);
  try {
    const { operations, newest, askedBy } = await findLatest(server, target);
    const plans = await planBoth(server, target);
    if (json) screen.json({ target, operations: newest === undefined ? [] : [newest, ...operations.slice(1)], plans });
    else {
      screen.write(
        newest === undefined
          ? [[`no operation${ofSender(askedBy)} is about the machine "${target}"`]]
          : detailsOf(newest),
      );
      const [, ...earlier] = operations;
      if (earlier.length > 0)
        screen.write([[], ...operationsTable(countRefusals(earlier), Date.now(), screen.columns())]);
      screen.write(nowLines(plans));
    }
    return EXIT.ok;
  } catch (error) {
    if (signal.aborted) return interruptedCode(signal);
    throw error;
  }
}

async function findLatest(
  server: Server,
  target: string,
): Promise<{
  readonly operations: readonly OperationView[];
  readonly newest: OperationView | undefined;
  readonly askedBy?: string | undefined;
}> {
  const { operations, askedBy } = await server.ask(operationsAnswer, {
    path: 'api/v1/operations',
    query: { machine: target, limit: String(LATEST) },
  });
  const [latest] = operations;
  if (latest === undefined) return { operations, newest: undefined, askedBy };
  const path = `api/v1/operations/${encodeURIComponent(latest.id)}`;
  return { operations, newest: (await server.ask(operationAnswer, { path })).operation };
}

interface NamedPlan extends PlanView {
  readonly verb: string;
}

/** What a person who asks to start or to stop would meet now. Nothing where the server cannot plan: a dry run would leave a record of its own. */
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
    // Older than the route, or the token does not open it: what has happened can be shown all the same.
    if (error instanceof CommandError && [400, 403, 404, 405].some((status) => status === error.status)) return [];
    throw error;
  }
}

function nowLines(plans: readonly NamedPlan[]): readonly Line[] {
  if (plans.length === 0) return [];
  return [[], [{ text: 'if you asked now:', style: 'strong' }], ...plans.flatMap((plan) => planLines(plan.verb, plan))];
}
