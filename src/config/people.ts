/** Settings of what people can say: holds, leases, warnings. */
import * as z from 'zod';
import { UNDELIVERED_SETTINGS } from '../domain/warned.ts';
import { distinct, durationOf, flag, group, selector, tagKey, zone } from './fields.ts';
import { schedulerSettings } from './scheduler.ts';

/** No hold and no lease is longer. */
export const LONGEST = '366d';
const span = durationOf('1m', LONGEST);
const warning = durationOf('1s', '24h');

/** A time from now on that a person asks for. */
export function spanOf(least: string): z.ZodType<number, string> {
  return durationOf(least, LONGEST);
}

const rule = z.strictObject({
  only: z.exactOptional(selector).describe('The tags of the machines that the rule is about. Default: all machines.'),
  longest: z
    .exactOptional(durationOf('0s', LONGEST))
    .describe('The longest hold, from now. `0s`: these machines cannot be held.'),
  at_most: z
    .exactOptional(durationOf('1m', '7d'))
    .describe('How long such a machine may be held in any 7 days, by everybody together.'),
});

export const peopleSettings = {
  zone: zone.default('UTC').describe('The IANA time zone of dates in tags, and of the times that people are shown.'),
  owners: group('Whom machines belong to.', {
    tags: z
      .array(tagKey)
      .superRefine(distinct((key) => key))
      .default(['owner', 'Owner'])
      .describe('The tags that name the owner of a machine. The first that the machine has counts.'),
    email: z
      .string()
      .max(320)
      .refine((text) => text.includes('{owner}'), 'expected {owner} in it, which stands for the value of the tag')
      .default('{owner}')
      .meta({
        shownDefault: "`'{owner}'`",
        description: "The owner's e-mail address, such as `{owner}@example.com`.",
      }),
    domains: z
      .array(
        z
          .string()
          .regex(
            /^(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/,
            'expected a domain such as example.com, in lower case',
          ),
      )
      .default([])
      .describe('The domains of addresses that owners may have: nobody else is ever written to.'),
  }).prefault({}),
  holds: group('How long people may hold machines. The scope `admin` may go beyond.', {
    longest: span.prefault('24h').describe('The longest hold, from now.'),
    rules: z.array(rule).default([]).describe('Other limits for some machines. The first rule that matches holds.'),
  }).prefault({}),
  leases: group('Machines that are started for a while.', {
    default: span
      .optional()
      .describe('The lease of every start by a person that does not say how long. Unset: such a start has no end.'),
    scheduler: schedulerSettings,
  }).prefault({}),
  warn: group('The warning before an automatic stop.', {
    before: warning.prefault('15m').describe('How long people have to answer before the machine stops.'),
    always: flag('Whether to warn, and wait, even where no channel tells anybody: the API, log and metrics tell it.'),
    if_undelivered: z
      .enum(UNDELIVERED_SETTINGS)
      .default('wait')
      .describe(
        'What becomes of a stop whose warning no channel could deliver in time: it waits until it is delivered, or goes on.',
      ),
    again: warning.optional().describe('How long before the stop people are reminded. Unset: not at all.'),
  }).prefault({}),
};
