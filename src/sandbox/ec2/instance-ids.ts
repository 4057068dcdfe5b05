/** Finds the machines that a call names by id. */
import { instanceIdMalformed, instanceNotFound } from '../errors.ts';
import type { SandboxMachine } from '../machine.ts';

const PATTERN = /^i-([0-9a-f]{8}|[0-9a-f]{17})$/;

/**
 * The machines of the ids, each once, in the order of the call.
 *
 * @throws AwsError for the first malformed id, then for all unknown ones together: one bad id fails the whole call
 */
export function findInstances(ids: readonly string[], visible: readonly SandboxMachine[]): readonly SandboxMachine[] {
  const malformed = ids.find((id) => !PATTERN.test(id));
  if (malformed !== undefined) throw instanceIdMalformed(malformed);
  const byId = new Map(visible.map((machine) => [machine.id, machine]));
  const wanted = [...new Set(ids)];
  const missing = wanted.filter((id) => !byId.has(id));
  if (missing.length > 0) throw instanceNotFound(missing);
  return wanted.flatMap((id) => byId.get(id) ?? []);
}
