/** Finds an operation by its id or a part of it. */
import { isGranted } from '../domain/scope.ts';
import type { Sender } from './auth/sender.ts';
import type { HttpParts } from './parts.ts';
import { ProblemError } from './problem.ts';

const ID_LENGTH = 36;
const MOST_FITTING = 50;
const MOST_SHOWN = 5;

/**
 * People may name an operation by a part of its id that fits no other operation.
 *
 * @param named a whole id, or a part of one (`operationIdSchema`)
 * @throws ProblemError with 404 or 409
 */
export async function findOperationId({ store }: HttpParts, sender: Sender, named: string): Promise<string> {
  if (named.length === ID_LENGTH) return named;
  const fitting = await visibleTo(store, sender, await store.findIds(named, MOST_FITTING));
  const [only] = fitting;
  if (only === undefined) throw noOperation(named);
  if (fitting.length === 1) return only;
  const shown = await Promise.all(fitting.slice(0, MOST_SHOWN).map(async (id) => store.find(id)));
  const operations = shown.flatMap((one) =>
    one === undefined ? [] : [`${one.id} (${one.intent.verb} ${one.intent.target.text}, ${one.state})`],
  );
  const more = fitting.length > MOST_SHOWN ? ', and more' : '';
  throw new ProblemError(
    409,
    `expected an id that fits one operation, and ${named} fits several: ${operations.join(', ')}${more}`,
  );
}

export function noOperation(id: string): ProblemError {
  return new ProblemError(404, `there is no operation ${id}`);
}

/** Without the scope `read`, senders see only the operations that they requested. */
async function visibleTo(
  store: HttpParts['store'],
  { name, grants }: Sender,
  ids: readonly string[],
): Promise<readonly string[]> {
  if (isGranted(grants, 'read')) return ids;
  const seen = await Promise.all(ids.map(async (id) => ((await store.hasAskedFor(name, id)) ? [id] : [])));
  return seen.flat();
}
