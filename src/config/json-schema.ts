/** The configuration file's JSON Schema, with which editors complete and check. */
import * as z from 'zod';
import { configSchema } from './schema.ts';

/** Contradictions between settings are not in it: only `check-config` finds them. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // Ours, for the reference page.
      delete jsonSchema['env'];
      delete jsonSchema['shownDefault'];
    },
  });
  return { ...schema, title: 'The configuration file of ec2-operator' };
}
