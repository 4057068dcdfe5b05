/** The names of the settings in a schema. */
import * as z from 'zod';

/** The names that may stand in the mapping at this path. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  let here: readonly z.core.$ZodType[] = formsOf(schema);
  for (const key of path) here = here.flatMap((form) => memberOf(form, key)).flatMap(formsOf);
  return here.flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : []));
}

/** The places where a setting of this name belongs, such as `guards.windows`, but for entries of lists. */
export function pathsTo(schema: z.core.$ZodType, name: string, prefix = ''): readonly string[] {
  return formsOf(schema).flatMap((form) => {
    if (!(form instanceof z.ZodObject)) return [];
    const shape: Readonly<Record<string, z.core.$ZodType>> = form.shape;
    return Object.entries(shape).flatMap(([key, member]) => [
      ...(key === name ? [`${prefix}${key}`] : []),
      ...pathsTo(member, name, `${prefix}${key}.`),
    ]);
  });
}

function memberOf(form: z.core.$ZodType, key: PropertyKey): readonly z.core.$ZodType[] {
  if (form instanceof z.ZodArray) return typeof key === 'number' ? [form.element] : [];
  if (!(form instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, z.core.$ZodType>> = form.shape;
  const member = Object.hasOwn(shape, String(key)) ? shape[String(key)] : undefined;
  return member === undefined ? [] : [member];
}

/** Unwraps defaults and transformations, and lists the forms of a union. */
function formsOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(formsOf);
  if (schema instanceof z.ZodPipe) return formsOf(schema.def.in);
  const wrappers = [z.ZodDefault, z.ZodPrefault, z.ZodOptional, z.ZodExactOptional];
  for (const wrapper of wrappers) if (schema instanceof wrapper) return formsOf(schema.def.innerType);
  return [schema];
}
