/** The environment variables. `main.ts` reads them and hands them on. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value; an empty variable counts as unset. */
export function readVariable(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}
