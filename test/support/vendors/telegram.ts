/** The Bot API of Telegram. */
import * as z from 'zod';
import { problemOf, type VendorAnswer, type VendorRequest } from './vendor.ts';

const TAG = /<b>|<\/b>|<a href="(?:[^"<>&]|&(?:amp|lt|gt|quot);)+">|<\/a>/g;

/** What a reader sees; undefined for HTML that the API refuses. */
export function shownByTelegram(html: string): string | undefined {
  const rest = html.replace(TAG, '');
  if (/[<>]|&(?!(?:amp|lt|gt|quot);)/.test(rest)) return undefined;
  return rest.replace(/&(amp|lt|gt|quot);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>' })[name] ?? '"');
}

const text = z
  .string()
  .refine((given) => shownByTelegram(given) !== undefined, "can't parse entities")
  .refine((given) => {
    const { length } = shownByTelegram(given) ?? '';
    return length > 0 && length <= 4_096;
  }, 'message is too long')
  .refine((given) => !/(?<![A-Za-z0-9])@\w{3,}/.test(shownByTelegram(given) ?? ''), 'it notifies people');

const content = {
  chat_id: z.union([z.int(), z.string()]),
  text,
  parse_mode: z.literal('HTML'),
  link_preview_options: z.strictObject({ is_disabled: z.literal(true) }),
};
const message = z.strictObject({
  ...content,
  disable_notification: z.boolean(),
  message_thread_id: z.int().optional(),
});
const edit = z.strictObject({ ...content, message_id: z.int() });

export const TELEGRAM_TOKEN = '110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw';
export const TELEGRAM_CHAT = -1_001_234_567_890;

/** @returns the API, which knows the messages that the bot has sent */
export function telegramApi(): (request: VendorRequest) => VendorAnswer {
  const sent = new Map<number, string>();
  return (request) => {
    const [, token, method] = /^\/bot([^/]+)\/(\w+)$/.exec(request.path) ?? [];
    if (token !== TELEGRAM_TOKEN) return refusal(401, 'Unauthorized');
    if (method === 'getChat')
      return request.body.includes(`"chat_id":${TELEGRAM_CHAT}`)
        ? { status: 200, body: { ok: true, result: { id: TELEGRAM_CHAT, type: 'supergroup' } } }
        : refusal(400, 'Bad Request: chat not found');
    if (method !== 'sendMessage' && method !== 'editMessageText') return refusal(404, 'Not Found');
    const problem = problemOf(method === 'sendMessage' ? message : edit, request);
    if (problem !== undefined) return refusal(400, `Bad Request: ${problem}`);
    const given = z.union([edit, message]).parse(JSON.parse(request.body));
    if (given.chat_id !== TELEGRAM_CHAT) return refusal(400, 'Bad Request: chat not found');
    const id = 'message_id' in given ? given.message_id : sent.size + 1;
    if ('message_id' in given && !sent.has(id)) return refusal(400, 'Bad Request: message to edit not found');
    if ('message_id' in given && sent.get(id) === given.text)
      return refusal(400, 'Bad Request: message is not modified: specified new message content is exactly the same');
    sent.set(id, given.text);
    return {
      status: 200,
      body: { ok: true, result: { message_id: id, chat: { id: TELEGRAM_CHAT }, text: given.text } },
    };
  };
}

function refusal(code: number, description: string): VendorAnswer {
  return { status: code, body: { ok: false, error_code: code, description } };
}

export function telegramTextOf(body: string): string {
  return z.union([edit, message]).parse(JSON.parse(body)).text;
}
