/** Finds the machine that a path names, among those that the watch has seen. */
import { nameInstance } from '../domain/instance.ts';
import type { MachineRow } from '../domain/machine.ts';
import { quote } from '../domain/parsed.ts';
import { INSTANCE_ID } from '../domain/target.ts';
import type { HttpParts } from './parts.ts';
import { ProblemError } from './problem.ts';

const MOST_SHOWN = 5;

/**
 * @param named an instance id, or the tag `Name` of exactly one machine
 * @throws ProblemError with 404 or 409
 */
export async function findMachineRow(
  { store, clock }: Pick<HttpParts, 'store' | 'clock'>,
  named: string,
): Promise<MachineRow> {
  if (INSTANCE_ID.test(named)) {
    const row = await store.machine(named, clock());
    if (row !== undefined) return row;
    throw new ProblemError(404, noMachine(named));
  }
  const row = await findNamed({ store, clock }, named);
  if (row === undefined) throw new ProblemError(404, noMachine(quote(named)));
  return row;
}

/** @param named the tag `Name` @throws ProblemError with 409 where several machines have it */
export async function findNamed(
  { store, clock }: Pick<HttpParts, 'store' | 'clock'>,
  named: string,
): Promise<MachineRow | undefined> {
  const all = { text: named, sort: 'name', descending: false, limit: 1_000, offset: 0 } as const;
  const { rows } = await store.machines(all, clock());
  const [row, ...others] = rows.filter(({ machine }) => machine.name === named);
  if (row === undefined || others.length === 0) return row;
  const shown = [row, ...others].slice(0, MOST_SHOWN).map(({ machine }) => nameInstance(machine));
  const more = others.length < MOST_SHOWN ? '' : ', and more';
  throw new ProblemError(409, `expected the name of one machine, and several have it: ${shown.join(', ')}${more}`);
}

function noMachine(named: string): string {
  return `there is no machine ${named} in the list: it is not watched, or it was terminated. GET /api/v1/machines lists all; docs/web.md says which machines are watched`;
}
