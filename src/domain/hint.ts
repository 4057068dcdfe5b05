/** A hint: what people see has changed. It carries ids alone, and who is to see more asks for the rows of these machines. */

export type Hint =
  /** Without a machine: something that belongs to none, or to one that is not found yet. */
  | { readonly machines: readonly string[] }
  /** More than a hint can name, or more than is known here. */
  | { readonly all: true };

/** More than these become `all`: their rows cost more than the whole page. */
export const MOST_HINTED = 200;

export function joinHints(one: Hint, other: Hint): Hint {
  if ('all' in one || 'all' in other) return { all: true };
  const machines = new Set([...one.machines, ...other.machines]);
  return machines.size > MOST_HINTED ? { all: true } : { machines: [...machines] };
}
