/** Finds the machine that a request names, for what is written in the request itself: holds and leases. */
import type { Instance, Place } from '../domain/instance.ts';
import { quote } from '../domain/parsed.ts';
import { machinesFor, type Scope } from '../domain/scope.ts';
import { describeOnly, isAmong } from '../domain/selector.ts';
import { parseNameTarget } from '../domain/target.ts';
import type { Located } from '../engine/locate.ts';
import type { Sender } from './auth/sender.ts';
import { requireKnown, tellsOfMachines } from './known-machines.ts';
import type { HttpParts } from './parts.ts';
import { ProblemError } from './problem.ts';

/** How a request names a machine. */
export interface MachineRequest {
  readonly target: string;
  readonly region?: string | undefined;
  readonly account?: string | undefined;
}

export interface FoundMachine {
  readonly id: string;
  readonly place?: Place;
  /** The tag `Name`. */
  readonly name?: string;
  /** As EC2 describes it; absent where EC2 gave no answer and the request names the machine by its id. */
  readonly described?: Instance;
}

/** @param scope what the sender wants to do with it. @throws ProblemError with 400, 403, 404, 409 or 503 */
export async function findMachine(
  parts: Pick<HttpParts, 'locate'>,
  sender: Sender,
  scope: Scope,
  { target: text, region, account }: MachineRequest,
): Promise<FoundMachine> {
  const target = parseNameTarget(text);
  if (!target.ok) throw new ProblemError(400, `target: ${target.message}`);
  const where = { ...(region === undefined ? {} : { region }), ...(account === undefined ? {} : { account }) };
  const located = await parts.locate({ target: target.value, ...where });
  if (located.located === 'refused') {
    if (tellsOfMachines(located.reason)) requireKnown(sender, undefined, text);
    throw new ProblemError(statusOf(located), located.message);
  }
  if (located.located === 'machine') {
    requireKnown(sender, located.instance, text);
    requireAllowed(sender, scope, located.instance);
    const { id, place, tags } = located.instance;
    const name = tags['Name'] ?? '';
    return { id, place, ...(name === '' ? {} : { name }), described: located.instance };
  }
  if (target.value.kind === 'instance' && machinesFor(sender.grants, scope) === undefined)
    return { id: target.value.id };
  const { message } = located;
  const detail =
    target.value.kind === 'instance'
      ? `it is not known whether ${sender.name} may act on ${target.value.id}, so nothing was recorded: try again (${message})`
      : `${quote(text)} could not be looked up, so nothing was recorded: try again, or name the machine by its instance id (${message})`;
  throw new ProblemError(503, detail, { headers: { 'retry-after': '5' } });
}

/** @throws ProblemError with 403 */
function requireAllowed({ name, grants }: Sender, scope: Scope, instance: Instance): void {
  const only = machinesFor(grants, scope);
  if (only === undefined || isAmong(only, instance)) return;
  const detail = `expected a machine that ${name} may act on: ${name} may act only on machines with ${describeOnly(only)}`;
  throw new ProblemError(403, detail);
}

function statusOf({ reason }: Extract<Located, { located: 'refused' }>): 400 | 404 | 409 {
  if (reason === 'not_found' || reason === 'terminated') return 404;
  return reason === 'unknown_place' ? 400 : 409;
}
