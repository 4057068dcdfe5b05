/** How notices look over HTTP. */
import * as z from 'zod';
import { messageOf } from '../domain/message.ts';
import { NOTICE_KINDS, NOTICE_STATES, type Notice, type NoticeKind } from '../domain/notice.ts';
import { bodyOf } from './parse-body.ts';
import { pageSize, time, type Shown } from './schemas.ts';
import { toTime } from './show-operation.ts';

const kinds = z.enum(Object.keys(NOTICE_KINDS).filter((kind): kind is NoticeKind => Object.hasOwn(NOTICE_KINDS, kind)));

const machineSchema = z.object({
  id: z.string(),
  name: z.string().optional(),
  region: z.string().optional(),
  account: z.string().optional(),
});

export const noticeSchema = z.object({
  id: z.string(),
  channel: z.string(),
  recipient: z.string().optional().describe('The e-mail address, where the channel writes to single people.'),
  kind: z.string(),
  state: z
    .enum(NOTICE_STATES)
    .describe(
      '`pending`: it is to be sent; `failed`: it was given up; `outdated`: it was not sent in time to be of use.',
    ),
  title: z.string().describe('The first line of its message.'),
  machine: machineSchema.optional(),
  operation: z.string().optional(),
  createdAt: time,
  availableAt: time.optional().describe('When it is sent, or tried again. Absent at its end.'),
  sentAt: time.optional(),
  attempts: z.int(),
  error: z.string().optional().describe('Why it was not sent, or not at the last attempt.'),
});
export type NoticeView = z.output<typeof noticeSchema>;

export const noticesAnswerSchema = z.object({
  notices: z.array(noticeSchema),
  cursor: z.string().optional().describe('Ask for the next page with it; absent on the last one.'),
});
export type NoticesAnswer = Shown<z.input<typeof noticesAnswerSchema>>;

export const noticesQuerySchema = z.object({
  channel: z.string().max(64).optional(),
  kind: kinds.optional(),
  state: z.enum(NOTICE_STATES).optional(),
  machine: z
    .string()
    .max(255)
    .optional()
    .describe('Only notices about this machine: an instance id, or the tag `Name`.'),
  operation: z.uuid().optional(),
  limit: pageSize,
  cursor: z.uuid('expected the `cursor` of an earlier answer').optional(),
});
export type NoticesQuery = z.output<typeof noticesQuerySchema>;

export const testBody = bodyOf(
  z.strictObject({
    channel: z.string().min(1).max(64).describe('Its `name`.'),
    recipient: z
      .string()
      .max(320)
      .optional()
      .describe('An e-mail address that the channel may write to. Default: all who read the channel.'),
  }),
);
export type TestBody = ReturnType<(typeof testBody)['parse']>;

export const testAnswerSchema = z.object({
  notices: z.array(noticeSchema).describe('One for each address. `pending`: there was no outcome within 15 seconds.'),
});
export type TestAnswer = Shown<z.input<typeof testAnswerSchema>>;

/** @param zone of the times in titles */
export function showNotice(notice: Notice, zone: string): Shown<NoticeView> {
  const { id, channel, recipient, news, state, createdAt, availableAt, sentAt, attempts, error, subject } = notice;
  const { title } = messageOf(news, { zone, now: createdAt, isQuiet: false, subject });
  return {
    id,
    channel,
    ...(recipient === undefined ? {} : { recipient }),
    kind: news.kind,
    state,
    title,
    ...('machine' in news ? { machine: machineOf(news.machine), operation: news.operation } : {}),
    createdAt: toTime(createdAt),
    ...(state === 'pending' ? { availableAt: toTime(availableAt) } : {}),
    ...(sentAt === undefined ? {} : { sentAt: toTime(sentAt) }),
    attempts,
    ...(error === undefined ? {} : { error }),
  };
}

function machineOf({ id, name, region, account }: z.output<typeof machineSchema>): z.output<typeof machineSchema> {
  return {
    id,
    ...(name === undefined ? {} : { name }),
    ...(region === undefined ? {} : { region }),
    ...(account === undefined ? {} : { account }),
  };
}
