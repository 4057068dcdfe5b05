/** The environment variables, which only `main.ts` reads from the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value; an empty variable counts as unset. */
export function readVariable(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}
