/** When the weekly digest goes out, and where. */
import * as z from 'zod';
import { channelName } from './channels.ts';
import { distinct, group, zone } from './fields.ts';

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;

const timeOfDay = z
  .string()
  .regex(TIME, 'expected a time of day such as 09:00')
  .transform((text) => {
    const [, hour, minute] = TIME.exec(text) ?? [];
    return Number(hour) * 60 + Number(minute);
  });

export const digestSettings = {
  digest: group('The weekly digest: what stops have saved, and how often they were regretted.', {
    channels: z
      .array(channelName)
      .superRefine(distinct((name) => name))
      .default([])
      .describe('The channels that get it, besides those whose `tell` names `digest`. None by default.'),
    day: z
      .enum(WEEKDAYS)
      .default('monday')
      .transform((day) => WEEKDAYS.indexOf(day) + 1)
      .meta({ shownDefault: '`monday`', description: 'The day on which it goes out.' }),
    time: timeOfDay.prefault('09:00').describe('The time of day. Quiet hours of a channel delay it.'),
    zone: zone.optional().meta({ shownDefault: 'the setting `zone`', description: 'An IANA time zone.' }),
  }).prefault({}),
};
