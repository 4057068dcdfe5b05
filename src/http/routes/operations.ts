/** `/api/v1/operations`: what has become of everything that was accepted. */
import { VERBS } from '../../domain/intent.ts';
import { hasScope } from '../../domain/scope.ts';
import { isOpen, type Operation } from '../../domain/operation.ts';
import { describeSelector, selectorKey } from '../../domain/selector.ts';
import { refuseCrossSite, requireScope, type Sender } from '../auth/sender.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { parseQuery } from '../query.ts';
import { machineKeys } from '../../domain/target.ts';
import { operationParamsSchema, operationQuerySchema, operationsQuerySchema } from '../schemas.ts';
import { showOperation } from '../show-operation.ts';

export async function listOperations(parts: HttpParts, request: Request): Promise<Response> {
  const sender = await parts.authenticate(request.headers);
  requireScope(sender, 'read', ...VERBS);
  const query = parseQuery(operationsQuerySchema, new URL(request.url).searchParams);
  const { cursor, limit, state, verb, dryrun, target, machine, since } = query;
  const operations = await parts.store.list({
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
  const page = operations.slice(0, limit);
  const last = operations.length > limit ? page.at(-1) : undefined;
  return Response.json({
    operations: page.map((operation) => showOperation(operation)),
    ...limitTo(sender),
    ...(last === undefined ? {} : { cursor: last.id }),
  });
}

/** With `wait`, answers when the operation has ended, or after that time. */
export async function readOperation(parts: HttpParts, request: Request, named: string): Promise<Response> {
  const sender = await parts.authenticate(request.headers);
  requireScope(sender, 'read', ...VERBS);
  const { wait } = parseQuery(operationQuerySchema, new URL(request.url).searchParams);
  const id = await findId(parts, sender, named);
  await requireMayRead(parts, sender, id);
  const operation = await parts.awaitOperation(id, (seen) => !isOpen(seen), wait);
  return showWithTrail(parts, operation, id);
}

/** Without the scope `read`, a sender sees what it has asked for itself. */
function limitTo({ name, scopes }: Sender): { readonly askedBy?: string } {
  return hasScope(scopes, 'read') ? {} : { askedBy: name };
}

/** Of other operations, such a sender does not even learn that they are there. @throws ProblemError with 404 */
async function requireMayRead(parts: HttpParts, sender: Sender, id: string): Promise<void> {
  if (hasScope(sender.scopes, 'read') || (await parts.store.hasAskedFor(sender.name, id))) return;
  const detail = `there is no operation ${id} that ${sender.name} has asked for; a token with the scope read sees all`;
  throw new ProblemError({ status: 404, detail });
}

/** @param remote the address of the other side, for the record */
export async function cancelOperation(
  parts: HttpParts,
  request: Request,
  named: string,
  remote: string,
): Promise<Response> {
  refuseCrossSite(request.headers);
  const sender = await parts.authenticate(request.headers);
  requireScope(sender, ...VERBS);
  const id = await findId(parts, sender, named);
  await requireMayCancel(parts, sender, id);
  const operation = await parts.cancel(id, { name: sender.name, remote });
  if (operation === undefined || operation.state === 'cancelled') return showWithTrail(parts, operation, id);
  throw new ProblemError({ status: 409, detail: whyNotCancelled(operation) });
}

/** Where it came too late for one call, the word keeps EC2 from being asked once more (`Store.cancel`). */
function whyNotCancelled(operation: Operation): string {
  const { id, state } = operation;
  return isOpen(operation)
    ? `operation ${id} is ${state}, and EC2 may have been asked already: it is not asked again, and the operation says what became of that`
    : `operation ${id} is ${state}: only one that is queued or waiting can be cancelled`;
}

/** Whoever may ask for something may also take it back: with the same verb and, for a token of some machines, its own. */
async function requireMayCancel(parts: HttpParts, sender: Sender, id: string): Promise<void> {
  const intent = (await parts.store.find(id))?.intent;
  if (intent === undefined) return;
  requireScope(sender, intent.verb);
  if (sender.only === undefined || (intent.only !== undefined && selectorKey(sender.only) === selectorKey(intent.only)))
    return;
  const detail = `expected an operation that was asked for with the rights of ${sender.name}: it may act on machines with ${describeSelector(sender.only)} only`;
  throw new ProblemError({ status: 403, detail });
}

async function showWithTrail(parts: HttpParts, operation: Operation | undefined, id: string): Promise<Response> {
  if (operation === undefined) throw new ProblemError({ status: 404, detail: `there is no operation ${id}` });
  const trail = await parts.store.trail(operation.id);
  return Response.json({ operation: showOperation(operation, trail) });
}

/** People name an operation by a part of its id. A part that fits several names none of them. */
async function findId(parts: HttpParts, sender: Sender, text: string): Promise<string> {
  const params = operationParamsSchema.safeParse({ id: text });
  if (!params.success) {
    const detail =
      'expected the id of an operation, which is a UUID, or four or more characters of its beginning or end';
    throw new ProblemError({ status: 404, detail });
  }
  const { id } = params.data;
  if (id.length === ID_LENGTH) return id;
  const fitting = await visibleTo(parts, sender, await parts.store.findIds(id, MOST_FITTING));
  const [only] = fitting;
  if (only === undefined) throw new ProblemError({ status: 404, detail: `there is no operation ${id}` });
  if (fitting.length === 1) return only;
  const shown = await Promise.all(fitting.slice(0, MOST_SHOWN).map(async (one) => parts.store.find(one)));
  const named = shown.flatMap((one) =>
    one === undefined ? [] : [`${one.id} (${one.intent.verb} ${one.intent.target.text}, ${one.state})`],
  );
  const more = fitting.length > MOST_SHOWN ? ', and more' : '';
  throw new ProblemError({
    status: 409,
    detail: `expected an id that fits one operation, and ${id} fits several: ${named.join(', ')}${more}`,
  });
}

/** Those that such a sender may know of. */
async function visibleTo(parts: HttpParts, sender: Sender, ids: readonly string[]): Promise<readonly string[]> {
  if (hasScope(sender.scopes, 'read')) return ids;
  const seen = await Promise.all(ids.map(async (id) => ((await parts.store.hasAskedFor(sender.name, id)) ? [id] : [])));
  return seen.flat();
}

const ID_LENGTH = 36;
/** So many are looked through. */
const MOST_FITTING = 50;
/** How many operations are shown that a part of an id fits. */
const MOST_SHOWN = 5;
