/** `plan`: asks the server what would become of a webhook. */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { plansAnswer, type PlanView, type VerdictView } from './answers.ts';
import { wantsJson, type Call } from './call.ts';
import { CommandError, EXIT, interruptedCode, usageError } from './command-error.ts';
import type { Line, Style } from './screen.ts';
import { openServer, type Server } from './server.ts';
import { clockOf, placeOf, verdictLine } from './show-view.ts';

/** @returns the exit code */
export async function planDelivery(call: Call): Promise<number> {
  const { line, screen, signal } = call;
  const [file = ''] = line.operands;
  const json = wantsJson(call);
  const server = openServer(call.environment, signal);
  try {
    const body = await readBody(file, signal);
    const plans = await askForPlans(server, body, { route: line.values.get('route') });
    if (json) for (const plan of plans) screen.json(plan);
    else if (plans.length === 0) screen.write([['the webhook holds no alerts']]);
    else {
      const names = namesIn(body);
      for (const [index, plan] of plans.entries())
        screen.write(planLines(names[index] ?? plan.fingerprint ?? '', plan));
    }
    return EXIT.ok;
  } catch (error) {
    if (signal.aborted) return interruptedCode(signal);
    throw error;
  }
}

/**
 * Asks for plans.
 *
 * @param body a webhook's body, as JSON text
 * @param query the webhook route it would be posted to; without it, the one that each alert's labels are meant for. And whether
 *   a person would ask instead
 * @throws CommandError with status 404 or 405 when the server is older than the route
 */
export async function askForPlans(
  server: Server,
  body: string,
  query: { readonly route?: string | undefined; readonly by?: 'person' } = {},
): Promise<readonly PlanView[]> {
  try {
    return (await server.ask(plansAnswer, { method: 'POST', path: 'api/v1/plan', query, body })).plans;
  } catch (error) {
    if (!(error instanceof CommandError) || (error.status !== 404 && error.status !== 405)) throw error;
    throw new CommandError(EXIT.failed, 'this server cannot plan: it is older than this command', {
      status: error.status,
      cause: error,
    });
  }
}

const STYLES: Readonly<Record<string, Style>> = {
  would_start: 'good',
  would_stop: 'good',
  would_wait: 'pending',
  would_refuse: 'bad',
  invalid: 'bad',
};

/** What would become of one alert, and what every guard says of it. */
export function planLines(name: string, plan: PlanView): readonly Line[] {
  const { outcome, reason, until, instance, message, verdicts = [] } = plan;
  const why = [reason, until === undefined ? undefined : `until ${clockOf(until)}`].filter(
    (part) => part !== undefined,
  );
  return [
    [
      { text: outcome.replaceAll('_', ' '), style: STYLES[outcome] ?? 'quiet' },
      `  ${name}${plan.dryRun === true ? ' (dry run)' : ''}`,
      ...(instance === undefined ? [] : [` (${placeOf(instance)})`]),
      ...(why.length === 0 ? [] : [`: ${why.join(' ')}`]),
      ...(message === undefined || message === '' ? [] : [`. ${message}`]),
    ],
    ...[...plainYes(verdicts), ...verdicts.filter((one) => !isPlainYes(one))].map((one): Line => [
      '  ',
      ...verdictLine(one),
    ]),
  ];
}

/** Those who have nothing to say but yes, in one line. */
function plainYes(verdicts: readonly VerdictView[]): readonly VerdictView[] {
  const guards = verdicts.filter(isPlainYes).map(({ guard }) => guard);
  return guards.length === 0 ? [] : [{ verdict: 'allow', guard: guards.join(', ') }];
}

function isPlainYes({ verdict, message = '' }: VerdictView): boolean {
  return verdict === 'allow' && message === '';
}

const bodySchema = z.looseObject({
  alerts: z.array(
    z
      .looseObject({ labels: z.record(z.string(), z.string().optional().catch(undefined)).catch({}) })
      .catch({ labels: {} }),
  ),
});

/** What people know each alert by: what it asks for, and its name. */
function namesIn(body: string): readonly (string | undefined)[] {
  const delivery = bodySchema.safeParse(JSON.parse(body));
  if (!delivery.success) return [];
  return delivery.data.alerts.map(({ labels }) => {
    const { action, hostname, instance_id: id, instance, alertname } = labels;
    const name = [action, hostname ?? id ?? instance, alertname === undefined ? undefined : `for ${alertname}`]
      .filter((part) => part !== undefined)
      .join(' ');
    return name === '' ? undefined : name;
  });
}

async function readBody(file: string, signal: AbortSignal): Promise<string> {
  let body: string;
  try {
    body = file === '-' ? await text(addAbortSignal(signal, process.stdin)) : await readFile(file, 'utf8');
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw usageError(`cannot read ${file} (${why}): expected a file with the body of a webhook`, cause);
  }
  try {
    JSON.parse(body);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw usageError(`expected ${file === '-' ? 'standard input' : file} to hold JSON: ${why}`, cause);
  }
  return body;
}
