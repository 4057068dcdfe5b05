/** `start` and `stop`: asks for machines, and follows the operations to their end. */
import { INSTANCE_ID } from '../domain/target.ts';
import type { Verb } from '../domain/intent.ts';
import { operationAnswer, type OperationView } from './answers.ts';
import { readDuration, wantsJson, type Call } from './call.ts';
import { CommandError, EXIT, interruptedCode, usageError, worstOf } from './command-error.ts';
import { inTurn } from './in-turn.ts';
import { untilWhen } from './leases.ts';
import { exitCodeOf, follow, hasEnded } from './follow.ts';
import { openServer, type Question, type Server } from './server.ts';
import { commandFor, stepLine, summaryOf } from './show-view.ts';

/** How many requests run at once. */
const CONCURRENCY = 16;

/**
 * Asks for a start or stop. The command follows the operation itself, so an interruption loses nothing.
 *
 * @param query more parameters of the request
 * @param waitMs how long the server may hold its answer back until EC2 has accepted the call
 * @throws CommandError
 */
export async function askFor(
  server: Server,
  verb: Verb,
  target: string,
  query: Question['query'] = {},
  { waitMs = 0, patienceMs }: Pick<Question, 'waitMs' | 'patienceMs'> = {},
): Promise<OperationView> {
  const isId = INSTANCE_ID.test(target);
  const { operation } = await server.ask(operationAnswer, {
    path: isId ? 'operateInstance' : 'operateHostname',
    query: {
      [isId ? 'instance' : 'hostname']: target,
      action: verb,
      dryrun: 'false',
      wait: `${waitMs}ms`,
      ...query,
    },
    waitMs,
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
  return operation;
}

type Attempt =
  | { readonly target: string; readonly operation: OperationView }
  | { readonly target: string; readonly error: CommandError }
  | { readonly target: string; readonly interrupted: true };

/** @returns the exit code */
export async function operate(verb: Verb, call: Call): Promise<number> {
  const { line, signal, screen } = call;
  if (line.flags.has('no-wait') && line.values.has('wait')) throw usageError('expected one of --wait and --no-wait');
  if (line.values.has('for')) readDuration(call, 'for', '');
  const until = Date.now() + (line.flags.has('no-wait') ? 0 : readDuration(call, 'wait', '30m'));
  const json = wantsJson(call);
  const server = openServer(call);
  // All machines are asked for before the first is waited for.
  const asked = await inTurn([...new Set(line.operands)], CONCURRENCY, async (target) =>
    ask(server, verb, target, call),
  );
  for (const sentence of new Set(asked.flatMap((one) => ('error' in one ? [describe(one, asked.length)] : [])))) {
    screen.note([`ec2-operator: ${sentence}`]);
  }
  const accepted = asked.flatMap((one) => ('operation' in one ? [one.operation] : []));
  const ends = await Promise.all(
    accepted.map(async (operation) => {
      if (line.flags.has('no-wait')) return { operation, code: hasEnded(operation) ? exitCodeOf(operation) : EXIT.ok };
      return followAloud(server, operation, until, call);
    }),
  );
  for (const { operation } of ends) {
    if (json) screen.json(operation);
    else screen.write([summaryOf(operation), ...(await untilWhen(server, operation))]);
  }
  for (const { operation } of ends)
    if (operation.state === 'refused' && operation.reason === 'held')
      screen.note([`To stop it all the same: ${commandFor('stop', operation.target, ' --override-hold')}`]);
  const left = ends.map(({ operation }) => operation).filter((operation) => !hasEnded(operation));
  for (const operation of line.flags.has('no-wait') ? [] : left) screen.note([howToGoOn(operation)]);
  for (const one of asked.filter((each) => 'interrupted' in each)) {
    screen.note([`It is not known whether the request for ${one.target} arrived: ${commandFor('status', one.target)}`]);
  }
  if (signal.aborted) return interruptedCode(signal);
  const errors = asked.flatMap((one) => ('error' in one ? [one.error.exitCode] : []));
  return worstOf([...errors, ...ends.map(({ code }) => code)]);
}

export function howToGoOn({ verb, target, id, sentAt, acceptedAt }: OperationView): string {
  const isBegun = sentAt !== undefined || acceptedAt !== undefined;
  const back = isBegun
    ? `EC2 has already been asked; to undo it: ${commandFor(verb === 'stop' ? 'start' : 'stop', target)}`
    : `To cancel it: ec2-operator cancel ${id}`;
  return `The ${verb} of ${target} goes on. ${back}. To follow it: ec2-operator show ${id} --wait 30m`;
}

async function ask(server: Server, verb: Verb, target: string, { line, signal }: Call): Promise<Attempt> {
  try {
    const operation = await askFor(server, verb, target, {
      client: line.values.get('client'),
      region: line.values.get('region'),
      account: line.values.get('account'),
      vpc: line.values.get('vpc'),
      for: line.values.get('for'),
      ...(line.flags.has('dry-run') ? { dryrun: 'true' } : {}),
      ...(line.flags.has('override-hold') ? { override_hold: 'true' } : {}),
    });
    return { target, operation };
  } catch (error) {
    if (signal.aborted) return { target, interrupted: true };
    if (error instanceof CommandError) return { target, error };
    throw error;
  }
}

/** Names the machine unless the error concerns all of them. */
function describe(one: { readonly target: string; readonly error: CommandError }, count: number): string {
  return count === 1 || one.error.exitCode === EXIT.unreachable
    ? one.error.message
    : `${one.target}: ${one.error.message}`;
}

/** @returns the operation as last seen, and the exit code */
async function followAloud(
  server: Server,
  operation: OperationView,
  until: number,
  call: Call,
): Promise<{ readonly operation: OperationView; readonly code: number }> {
  const { line, signal, screen } = call;
  const note = line.flags.has('quiet') ? () => undefined : screen.note;
  let seen = operation;
  try {
    const end = await follow(server, operation, {
      until,
      signal,
      onStep: (step, at) => {
        seen = at;
        note([{ text: at.target, style: 'strong' }, '  ', ...stepLine(step, at)]);
      },
      onTrouble: (error) => note([`${error.message}. The operation is on the server's disk; trying again`]),
    });
    return { operation: end, code: exitCodeOf(end) };
  } catch (error) {
    if (signal.aborted) return { operation: seen, code: interruptedCode(signal) };
    if (!(error instanceof CommandError)) throw error;
    screen.note([`ec2-operator: ${error.message}`]);
    return { operation: seen, code: error.exitCode };
  }
}
