/** Settings of what machines cost. */
import * as z from 'zod';
import { durationOf } from './fields.ts';

const type = z
  .string()
  .regex(/^[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}$/, 'expected an exact instance type such as g5.xlarge, without a wildcard');

const dollars = z
  .number('expected dollars an hour, such as 1.006')
  .min(0, 'expected dollars an hour, such as 1.006')
  .max(10_000, 'expected dollars an hour, such as 1.006');

const history = z
  .strictObject({ retention: durationOf('1d', '36500d').prefault('400d').describe('How long they are kept.') })
  .prefault({})
  .describe(
    'How long the states and stops of machines are kept, from which savings are computed; `retention` is for all else.',
  );

const savings = z
  .strictObject({ cap: durationOf('1h', '365d').prefault('7d').describe('What one stop saves at most.') })
  .prefault({})
  .describe(
    '`cap`: a machine that stays stopped for longer has saved no more than this, because nobody would have let it run for so long.',
  );

export const moneySettings = {
  prices: z
    .record(type, dollars)
    .default({})
    .transform((given): ReadonlyMap<string, number> => new Map(Object.entries(given)))
    .describe(
      'What you pay for an hour of a machine, in US dollars, by its instance type, such as `{ g5.xlarge: 0.71 }`. Other GPU machines are shown at the list price of us-east-1 from July 2026, and labelled so; Spot machines without a price.',
    ),
  savings,
  history,
};
