/** Settings of what machines cost. */
import * as z from 'zod';
import { createPrices } from '../domain/price.ts';
import { durationOf } from './fields.ts';

const TYPE = /^[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}$/;
const TYPE_FORM =
  'expected an exact instance type such as g5.xlarge, without a wildcard, or with a code as in "g5.xlarge RunInstances:0002"';

/** Of another operating system, by EC2's code (`UsageOperation`). */
const WITH_LICENCE = / RunInstances:[0-9a-zA-Z]{1,10}$/;

const dollars = z
  .number('expected dollars an hour, such as 1.006')
  .min(0, 'expected dollars an hour, such as 1.006')
  .max(10_000, 'expected dollars an hour, such as 1.006');

const SETTINGS = new Set(['factor', 'pricing_api', 'savings_plans']);

const prices = z
  .object({
    factor: z
      .number('expected a part such as 0.85, above 0 and at most 1')
      .gt(0, 'expected a part such as 0.85, above 0 and at most 1')
      .max(1, 'expected a part such as 0.85, above 0 and at most 1')
      .default(1)
      .describe('What a negotiated discount leaves of list prices: 0.85 for 15 % off. The bill drops by so much less.'),
    pricing_api: z
      .boolean()
      .default(true)
      .describe(
        "Whether AWS's Pricing API is asked, once a day, for list prices of the machines' types and systems in their regions. It needs the permission `pricing:GetProducts`.",
      ),
    savings_plans: z
      .strictObject({
        coverage: z
          .number('expected a part from 0 to 1, such as 0.6')
          .min(0, 'expected a part from 0 to 1, such as 0.6')
          .max(1, 'expected a part from 0 to 1, such as 0.6')
          .default(0)
          .describe('The part that Savings Plans and Reserved Instances pay for anyway, from 0 to 1.'),
      })
      .prefault({})
      .describe(
        '`coverage`: the part of your compute cost that Savings Plans and Reserved Instances pay for anyway. The bill drops by the rest.',
      ),
  })
  .catchall(dollars)
  .superRefine((given, context) => {
    for (const key of Object.keys(given))
      if (!SETTINGS.has(key) && !TYPE.test(key.replace(WITH_LICENCE, '')))
        context.addIssue({ code: 'custom', path: [key], message: TYPE_FORM });
  })
  .prefault({})
  .transform(({ factor, pricing_api: pricingApi, savings_plans: { coverage }, ...given }) => ({
    ...createPrices({ configured: new Map(Object.entries(given)), factor, coverage }),
    pricingApi,
  }))
  .describe(
    'What you pay for an hour of a machine, in US dollars, by its instance type, such as `{ g5.xlarge: 0.71 }`; of another operating system than Linux with its code, such as `g5.xlarge RunInstances:0002` for Windows. Other machines are shown at the list price of their region, which the Pricing API tells, and GPU machines with Linux without it at that of us-east-1 from July 2026, labelled so; Spot machines without a price.',
  );

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
    '`cap`: a machine that stays stopped for longer has saved no more than this: without a stop, it would not have run for ever.',
  );

export const moneySettings = {
  prices,
  savings,
  history,
};
