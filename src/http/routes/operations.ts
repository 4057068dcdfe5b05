/** `/api/v1/operations`: what has become of everything that was accepted. */
import { isGranted, knowsAll, machinesFor } from '../../domain/scope.ts';
import { isOpen, type Operation } from '../../domain/operation.ts';
import { covers, describeOnly } from '../../domain/selector.ts';
import { machineKeys } from '../../domain/target.ts';
import { readCancel } from '../../domain/too-late.ts';
import { requireScope, type Sender } from '../auth/sender.ts';
import { findMachine } from '../find-machine.ts';
import { findOperationId, noOperation } from '../find-operation.ts';
import { asSeenBy } from '../known-machines.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import type { SenderInput } from '../route.ts';
import type {
  OperationAnswer,
  OperationParams,
  OperationQuery,
  OperationsAnswer,
  OperationsQuery,
} from '../schemas.ts';
import { showOperation, toTime } from '../show-operation.ts';

export async function listOperations(
  parts: HttpParts,
  { sender, query }: SenderInput<unknown, OperationsQuery>,
): Promise<OperationsAnswer> {
  const { operations, cursor } = await findOperations(parts, sender, query);
  return {
    operations: operations.map((operation) => showOperation(asSeenBy(sender, operation).operation)),
    ...limitTo(sender),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

export async function findOperations(
  { store }: HttpParts,
  sender: Sender,
  { cursor, limit, state, verb, dryrun, target, machine, since }: OperationsQuery,
): Promise<{ readonly operations: readonly Operation[]; readonly cursor?: string }> {
  const found = await store.list({
    states: state,
    verb,
    dryRun: dryrun === undefined ? undefined : dryrun === 'true',
    target,
    machine: machine === undefined ? undefined : machineKeys(machine),
    since,
    ...limitTo(sender),
    limit: limit + 1,
    cursor,
  });
  const operations = found.slice(0, limit);
  const last = found.length > limit ? operations.at(-1) : undefined;
  return { operations, ...(last === undefined ? {} : { cursor: last.id }) };
}

/** With `wait`, answers when the operation has ended, or after the wait. */
export async function readOperation(
  parts: HttpParts,
  { sender, params, query }: SenderInput<OperationParams, OperationQuery>,
): Promise<OperationAnswer> {
  const id = await findOperationId(parts, sender, params.id);
  await requireMayRead(parts, sender, id);
  const operation = await parts.awaitOperation(id, (seen) => !isOpen(seen), query.wait);
  return showWithTrail(parts, sender, operation, id);
}

/** Without the scope `read`, a sender sees only the operations that it requested. */
function limitTo({ name, grants }: Sender): { readonly askedBy?: string } {
  return isGranted(grants, 'read') ? {} : { askedBy: name };
}

/** Hides the existence of other operations. @throws ProblemError with 404 */
export async function requireMayRead(parts: HttpParts, sender: Sender, id: string): Promise<void> {
  if (isGranted(sender.grants, 'read') || (await parts.store.hasAskedFor(sender.name, id))) return;
  const detail = `there is no operation ${id} that ${sender.name} requested; a token with the scope read sees all operations`;
  throw new ProblemError(404, detail);
}

export async function cancelOperation(
  parts: HttpParts,
  { sender, params, remote }: SenderInput<OperationParams>,
): Promise<OperationAnswer> {
  const id = await findOperationId(parts, sender, params.id);
  await requireMayCancel(parts, sender, id);
  const operation = (await parts.store.cancel(id, { name: sender.name, remote }, parts.clock()))?.operation;
  if (operation === undefined) throw noOperation(id);
  const read = readCancel(operation);
  const begun = `operation ${id} is ${operation.state}`;
  switch (read.outcome) {
    case 'cancelled':
      return showWithTrail(parts, sender, operation, id);
    case 'too_late':
      throw new ProblemError(409, `${begun}: ${read.tooLate.message}`, {
        extra: { operation: id, sentAt: toTime(read.tooLate.sentAt) },
      });
    case 'not_cancelled':
      throw new ProblemError(409, `${begun}: ${read.why}`);
  }
}

/** Hides the existence of operations about machines of others. @throws ProblemError with 403, 404, 409 or 503 */
async function requireMayCancel(parts: HttpParts, sender: Sender, id: string): Promise<void> {
  try {
    await requireRightTo(parts, sender, id);
  } catch (error) {
    const isNo = error instanceof ProblemError && error.problem.status !== 503;
    if (isNo && !knowsAll(sender.grants) && !(await parts.store.hasAskedFor(sender.name, id))) throw noOperation(id);
    throw error;
  }
}

/**
 * A cancel needs the right to the verb on the operation's machine. While that machine is not known, the sender needs the right to all
 * machines that the request may be about.
 */
async function requireRightTo(parts: HttpParts, sender: Sender, id: string): Promise<void> {
  const operation = await parts.store.find(id);
  if (operation === undefined) return;
  const { intent, instance } = operation;
  requireScope(sender, intent.verb);
  const only = machinesFor(sender.grants, intent.verb);
  if (only === undefined || covers(only, intent.only)) return;
  if (instance !== undefined) {
    await findMachine(parts, sender, intent.verb, { target: instance.id, ...instance.place });
    return;
  }
  const detail = `expected an operation that ${sender.name} may cancel: ${sender.name} may act only on machines with ${describeOnly(only)}`;
  throw new ProblemError(403, detail);
}

async function showWithTrail(
  parts: HttpParts,
  sender: Sender,
  operation: Operation | undefined,
  id: string,
): Promise<OperationAnswer> {
  if (operation === undefined) throw noOperation(id);
  const seen = asSeenBy(sender, operation, await parts.store.trail(id));
  return { operation: showOperation(seen.operation, seen.trail) };
}
