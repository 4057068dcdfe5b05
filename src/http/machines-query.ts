/** Which machines a list has: the API and the page read a filter alike. */
import type { MachinesQuery } from '../store/machine-port.ts';
import type { MachinesListQuery } from './machine-schemas.ts';

export interface AskedMachines extends Omit<MachinesListQuery, 'cursor' | 'mine'> {
  /** How many machines come before the first one. */
  readonly offset: number;
}

/** @param mine where a sender asks for its own machines: the owners that it is, in lower case */
export function toMachinesQuery(
  { owner, state, tag, text, sort, order, limit, offset }: AskedMachines,
  mine: readonly string[] | undefined,
): MachinesQuery {
  // Both together: my machines of this owner.
  const owners =
    mine === undefined || owner === undefined
      ? (mine ?? owner)
      : owner.filter((one) => mine.includes(one.toLowerCase()));
  return { owners, states: state, only: tag, text, sort, descending: order === 'desc', limit, offset };
}
