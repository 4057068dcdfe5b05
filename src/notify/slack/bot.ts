/** A channel of Slack to which a bot writes: one message for each operation, which is edited as things go on. */
import * as z from 'zod';
import type { NoticeKind } from '../../domain/notice.ts';
import type { Channel, ChannelParts, Delivered, Letter } from '../channel.ts';
import { slackMessageOf, type SlackMessage } from './blocks.ts';
import { buttonsUnder } from './buttons.ts';
import { callSlack, type SlackAnswer } from './call.ts';
import { outcomeOfError } from './errors.ts';
import { examineBot } from './examine.ts';
import { createFindMember, type FindMember } from './members.ts';
import { readReference, referenceOf } from './reference.ts';
import type { SlackBot } from './settings.ts';

export function slackBot(bot: SlackBot, parts: ChannelParts): Channel {
  const findMember = createFindMember(bot.api, parts.clock);
  return {
    deliver: async (letter, signal) => deliver({ bot, parts, findMember, signal }, letter),
    examine: async (signal) => examineBot(bot, signal),
  };
}

interface Sending {
  readonly bot: SlackBot;
  readonly parts: ChannelParts;
  readonly findMember: FindMember;
  readonly signal: AbortSignal;
}

/** An edit makes no sound. Of these, people hear once more by an answer under the message, which the channel shows as well. */
const HEARD: ReadonlySet<NoticeKind> = new Set(['warning', 'lease_ending', 'failed', 'ready']);

/** The message is not there any more, or cannot be edited. */
const GONE: ReadonlySet<string> = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'is_inactive',
  'channel_not_found',
]);

async function deliver(sending: Sending, letter: Letter): Promise<Delivered> {
  const { bot, parts } = sending;
  const buttons =
    bot.answers === undefined
      ? []
      : buttonsUnder(letter.news, letter, { may: bot.may, zone: parts.zone, longestHoldMs: parts.longestHoldMs });
  const message = slackMessageOf(letter.message, buttons);
  const earlier = letter.earlier === undefined ? undefined : readReference(letter.earlier);
  if (earlier === undefined) return post(sending, letter, message);
  const edited = await send(sending, 'chat.update', { ...earlier, ...contentOf(message), ...about(letter) });
  if (!edited.ok && GONE.has(edited.error)) return post(sending, letter, message);
  if (!edited.ok) return outcomeOfError(edited);
  const { channel, ts } = earlier;
  if (HEARD.has(letter.news.kind)) {
    const under = { channel, thread_ts: ts, reply_broadcast: true };
    const heard = await send(sending, 'chat.postMessage', { ...under, ...message, ...about(letter) });
    if (!heard.ok) return outcomeOfError(heard);
  }
  return { outcome: 'sent', reference: referenceOf(channel, ts) };
}

async function post(sending: Sending, letter: Letter, message: SlackMessage): Promise<Delivered> {
  const { bot, findMember, signal } = sending;
  const to = bot.channel ?? (await findMember(letter.recipient ?? '', signal));
  if (typeof to !== 'string') return outcomeOfError(to);
  const posted = await send(sending, 'chat.postMessage', { channel: to, ...message, ...about(letter) });
  if (!posted.ok) return outcomeOfError(posted);
  // A message to a person gets the id of the conversation with her.
  const { channel, ts } = postedSchema.safeParse(posted.body).data ?? {};
  return {
    outcome: 'sent',
    ...(channel === undefined || ts === undefined ? {} : { reference: referenceOf(channel, ts) }),
  };
}

const postedSchema = z.looseObject({ channel: z.string(), ts: z.string() });

/** Slack's limits are not all documented. People rather hear of a stop without buttons than not at all. */
const MISSHAPEN: ReadonlySet<string> = new Set(['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long']);

async function send(
  { bot, signal }: Sending,
  method: 'chat.postMessage' | 'chat.update',
  fields: Readonly<Record<string, unknown>>,
): Promise<SlackAnswer> {
  const sent = await callSlack(bot.api, method, fields, signal);
  if (sent.ok || !MISSHAPEN.has(sent.error)) return sent;
  // An edit without blocks keeps the earlier ones, and an empty list removes them.
  const bare = { ...fields, blocks: method === 'chat.update' ? [] : undefined };
  return callSlack(bot.api, method, bare, signal);
}

/** An edit has no say about previews of links. */
function contentOf({ text, blocks }: SlackMessage): Pick<SlackMessage, 'text' | 'blocks'> {
  return { text, blocks };
}

/** For programs that read the channel. */
function about({ thread, news: { kind } }: Letter): { readonly metadata: object } {
  return { metadata: { event_type: 'ec2_operator_notice', event_payload: { operation: thread, kind } } };
}
