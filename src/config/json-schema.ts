/** The settings as editors read them, to complete and to check what is typed. */
import * as z from 'zod';
import { configSchema } from './schema.ts';

/** JSON Schema of what may stand in the file; what no form can say, only `check-config` finds. */
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
