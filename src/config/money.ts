/** Settings of what machines cost. */
import * as z from 'zod';

const type = z
  .string()
  .regex(/^[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}$/, 'expected an exact instance type such as g5.xlarge, without a wildcard');

const dollars = z
  .number('expected dollars an hour, such as 1.006')
  .min(0, 'expected dollars an hour, such as 1.006')
  .max(10_000, 'expected dollars an hour, such as 1.006');

export const moneySettings = {
  prices: z
    .record(type, dollars)
    .default({})
    .transform((given): ReadonlyMap<string, number> => new Map(Object.entries(given)))
    .describe(
      'What you pay for an hour of a machine, in US dollars, by its instance type, such as `{ g5.xlarge: 0.71 }`. Other GPU machines are shown at the list price of us-east-1 from July 2026, and labelled so; Spot machines without a price.',
    ),
};
