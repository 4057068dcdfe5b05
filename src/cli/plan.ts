/** `plan`: asks the server what it would do with a webhook. */
import process from 'node:process';
import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { plansAnswer, type PlanView, type VerdictView } from './answers.ts';
import { wantsJson, type Call } from './call.ts';
import { EXIT, usageError } from './command-error.ts';
import type { Line, Style } from './screen.ts';
import { openServer, readInput, type Server } from './server.ts';
import { clockOf, placeOf, verdictLine } from './show-view.ts';

/** @returns the exit code */
export async function planDelivery(call: Call): Promise<number> {
  const { line, screen, signal } = call;
  const [file = ''] = line.operands;
  const json = wantsJson(call);
  const server = openServer(call);
  const body = await readBody(file, signal);
  const plans = await askForPlans(server, body, { route: line.values.get('route') });
  const names = namesIn(body);
  if (json) for (const plan of plans) screen.json(plan);
  else if (plans.length === 0) screen.write([['the webhook holds no alerts']]);
  else
    for (const [index, plan] of plans.entries()) screen.write(planLines(names[index] ?? plan.fingerprint ?? '', plan));
  return EXIT.ok;
}

/**
 * @param body a webhook's body, as JSON
 * @param query the webhook route, by default the route of each alert's labels; and whether a person asks
 */
export async function askForPlans(
  server: Server,
  body: string,
  query: { readonly route?: string | undefined; readonly by?: 'person' } = {},
): Promise<readonly PlanView[]> {
  return (await server.ask(plansAnswer, { method: 'POST', path: 'api/v1/plan', query, body })).plans;
}

const STYLES: Readonly<Record<string, Style>> = {
  would_start: 'good',
  would_stop: 'good',
  would_wait: 'pending',
  would_refuse: 'bad',
  invalid: 'bad',
};

/** The plan of one alert, with the verdict of every guard. */
export function planLines(name: string, plan: PlanView): readonly Line[] {
  const { outcome, reason, until, warnsAt, stopsAt, instance, message, verdicts = [] } = plan;
  const why = [
    reason,
    until === undefined ? undefined : `until ${clockOf(until)}`,
    ...(warnsAt === undefined || stopsAt === undefined
      ? []
      : [`(warns at ${clockOf(warnsAt)}, stops at ${clockOf(stopsAt)})`]),
  ].filter((part) => part !== undefined);
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

/** Joins the guards that allow without a message into one verdict. */
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

/** A name for each alert: its action, machine and alertname. */
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
  const body =
    file === '-' ? await text(addAbortSignal(signal, process.stdin)) : readInput(file, 'the body of a webhook');
  try {
    JSON.parse(body);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw usageError(`expected ${file === '-' ? 'standard input' : file} to hold JSON: ${why}`, cause);
  }
  return body;
}
