/** `GET /api/v1/settings`: the configuration in force. */
import * as z from 'zod';
import type { HttpParts } from '../parts.ts';
import type { Shown } from '../schemas.ts';

export const settingsAnswerSchema = z.object({
  version: z.string().describe('Of ec2-operator.'),
  database: z.enum(['SQLite', 'PostgreSQL']),
  settings: z
    .record(z.string(), z.unknown())
    .describe(
      'As in the configuration file, defaults included. Settings that are not set and have no default are missing.',
    ),
  leftOut: z.record(z.string(), z.string()).describe('What is never shown, with the reason.'),
});
type SettingsAnswer = Shown<z.input<typeof settingsAnswerSchema>>;

export function readSettings({ about, shownConfig }: HttpParts): SettingsAnswer {
  return { ...about, ...shownConfig };
}
