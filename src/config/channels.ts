/** The settings of the channels by which people are told. */
import * as z from 'zod';
import { NOTICE_KINDS, TOLD_BY_DEFAULT, type NoticeKind } from '../domain/notice.ts';
import { CHANNEL_KINDS } from '../notify/channels.ts';
import type { Openable } from '../notify/channel.ts';
import { complain, distinct, durationOf, httpUrl, selector } from './fields.ts';
import { range } from './guards.ts';
import { smtpSettings } from './mail.ts';

const kinds = Object.keys(CHANNEL_KINDS);
const noticeKind = z.enum(Object.keys(NOTICE_KINDS).filter(isNoticeKind));

function isNoticeKind(text: string): text is NoticeKind {
  return Object.hasOwn(NOTICE_KINDS, text);
}

export const channelName = z.string().regex(/^[\w.-]{1,64}$/, 'expected letters, digits, dots, dashes and underscores');

/** A channel as the configuration describes it. */
export interface ConfiguredChannel {
  readonly name: string;
  readonly kind: string;
  readonly only?: Readonly<Record<string, string>>;
  readonly tell: readonly NoticeKind[];
  /** Minutes since midnight, in `zone`. */
  readonly quietHours?: { readonly from: number; readonly to: number };
  readonly openable: Openable;
}

const DAY_MINUTES = 24 * 60;

/** One key beside the common ones names the kind of the channel, and holds its settings. */
const channel = z
  .strictObject({
    name: channelName.describe('By which the API, the log and other settings name the channel.'),
    only: z.exactOptional(selector).describe('The tags of the machines that it is told about. Default: all machines.'),
    tell: z
      .array(noticeKind)
      .min(1)
      .superRefine(distinct((kind) => kind))
      .default([...TOLD_BY_DEFAULT])
      .describe('The kinds of notices that it is told.'),
    quiet_hours: z
      .exactOptional(
        range.refine(
          ({ from, to }) => from !== to && to - from < DAY_MINUTES,
          'expected quiet hours that end, such as 22:00-07:00: what they delay would never be told',
        ),
      )
      .describe(
        'Times of day in `zone`, such as `22:00-07:00`. Until their end everything waits but warnings and failures, which go without sound.',
      ),
    ...Object.fromEntries(
      Object.entries(CHANNEL_KINDS).map(([kind, settings]) => [
        kind,
        z.exactOptional(settings).describe(settings.description ?? ''),
      ]),
    ),
  })
  .transform(({ name, only, tell, quiet_hours: quietHours, ...given }, context): ConfiguredChannel => {
    const [found, ...others] = Object.entries<Openable | undefined>(given).flatMap(([kind, openable]) =>
      openable === undefined ? [] : [{ kind, openable }],
    );
    if (found === undefined || others.length > 0) {
      // A misspelt kind is told already.
      if (context.issues.length === 0) context.addIssue(`expected exactly one of ${kinds.join(', ')}`);
      return z.NEVER;
    }
    return {
      name,
      ...found,
      tell,
      ...(only === undefined ? {} : { only }),
      ...(quietHours === undefined ? {} : { quietHours }),
    };
  });

const escalation = z
  .strictObject({
    undelivered: z.exactOptional(durationOf('1m', '24h')).describe('A warning reached no channel for that long.'),
    held: z.exactOptional(z.int().min(2).max(1_000)).describe('A machine was held that often...'),
    within: z.exactOptional(durationOf('1h', '90d')).describe('... in that time.'),
    to: channelName.describe('The channel that is told then.'),
  })
  .superRefine(({ undelivered, held, within }, context) => {
    if ((undelivered === undefined) === (held === undefined))
      complain(context, [], 'expected either undelivered, or held and within');
    else if ((held === undefined) !== (within === undefined))
      complain(context, [], 'expected held and within together');
  });

export const channelSettings = {
  public_url: httpUrl.optional().meta({
    env: 'PUBLIC_URL',
    description:
      'The address at which people reach the server, for the links in messages and for `login.oidc`. Unset: messages have no links.',
  }),
  channels: z
    .array(channel)
    .superRefine(distinct(({ name }) => name))
    .default([])
    .describe('Where people are told what happens to their machines. See docs/channels.md.'),
  escalate: z
    .array(escalation)
    .default([])
    .describe('Who else is told when people cannot be reached, or keep a machine again and again.'),
  smtp: smtpSettings,
};
