import { instanceIdMalformed, instanceNotFound } from './errors.ts';
import type { Machine } from './machine.ts';

const pattern = /^i-([0-9a-f]{8}|[0-9a-f]{17})$/;

/**
 * The machines of the ids, each once, in the order asked for. One bad id fails the whole call: a malformed one
 * first, then all unknown ones together.
 */
export function findInstances(ids: readonly string[], visible: readonly Machine[]): readonly Machine[] {
  const malformed = ids.find((id) => !pattern.test(id));
  if (malformed !== undefined) throw instanceIdMalformed(malformed);
  const byId = new Map(visible.map((machine) => [machine.id, machine]));
  const wanted = [...new Set(ids)];
  const missing = wanted.filter((id) => !byId.has(id));
  if (missing.length > 0) throw instanceNotFound(missing);
  return wanted.flatMap((id) => byId.get(id) ?? []);
}
