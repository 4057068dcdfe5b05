/** Files of Prometheus rules, read as the tests need them. */
import * as z from 'zod';
import { readYaml } from './run.ts';

const rule = z.object({
  alert: z.string(),
  expr: z.string(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
});
const rulesFile = z.object({ groups: z.array(z.object({ rules: z.array(rule).min(1) })).min(1) });

export type Rule = z.output<typeof rule>;

/** @param file from the root of the repository */
export function readRules(file: string): readonly Rule[] {
  return rulesFile.parse(readYaml(file)).groups.flatMap((group) => group.rules);
}
