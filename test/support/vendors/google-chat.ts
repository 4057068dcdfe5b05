/** The webhook of a space of Google Chat. */
import * as z from 'zod';
import { problemOf, type VendorAnswer, type VendorRequest } from './vendor.ts';

const html = z
  .string()
  .min(1)
  .refine((text) => !/[<>]|&(?!(?:amp|lt|gt);)/.test(text.replaceAll('<br>', '')), 'markup of strangers');

const widget = z.union([
  z.strictObject({ textParagraph: z.strictObject({ text: html }) }),
  z.strictObject({
    decoratedText: z.strictObject({ topLabel: html.optional(), text: html, wrapText: z.boolean().optional() }),
  }),
  z.strictObject({
    buttonList: z.strictObject({
      buttons: z
        .array(
          z.strictObject({
            text: z.string().min(1),
            onClick: z.strictObject({ openLink: z.strictObject({ url: z.url() }) }),
          }),
        )
        .min(1),
    }),
  }),
]);

const message = z.strictObject({
  text: z
    .string()
    .min(1)
    .refine((text) => !/<(?:users\/|https?:)/.test(text), 'it notifies people'),
  cardsV2: z
    .array(
      z.strictObject({
        cardId: z.string().min(1),
        card: z.strictObject({
          sections: z.array(z.strictObject({ widgets: z.array(widget).min(1).max(100) })).min(1),
        }),
      }),
    )
    .optional(),
  thread: z.strictObject({ threadKey: z.string().min(1).max(4_000) }),
});

export const GOOGLE_PATH = '/v1/spaces/AAAAqmNmXyZ/messages';
export const GOOGLE_QUERY = 'key=AIzaSyDdI0hCZtE6vySjMm-WEfRq3CPzqKqqsHI&token=t0ken-of_the-Space%3D';

export function answerGoogleChat(request: VendorRequest): VendorAnswer {
  const { query } = request;
  if (request.path !== GOOGLE_PATH) return refusal(404, 'NOT_FOUND', 'Requested entity was not found.');
  if (query.get('token') !== 't0ken-of_the-Space=')
    return refusal(401, 'UNAUTHENTICATED', 'Request had invalid authentication.');
  if (query.get('messageReplyOption') !== 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD')
    return refusal(400, 'INVALID_ARGUMENT', 'the thread would be ignored');
  if (Buffer.byteLength(request.body) > 32_000) return refusal(400, 'INVALID_ARGUMENT', 'Message is too long');
  const problem = problemOf(message, request);
  if (problem !== undefined) return refusal(400, 'INVALID_ARGUMENT', problem);
  const name = 'spaces/AAAAqmNmXyZ/messages/UBHHVc_AAAA.UBHHVc_AAAA';
  return { status: 200, body: { name, ...message.parse(JSON.parse(request.body)) } };
}

function refusal(code: number, status: string, text: string): VendorAnswer {
  return { status: code, body: { error: { code, message: text, status } } };
}

/** What a reader sees. */
export function shownByGoogleChat(body: string): string {
  const { text, cardsV2 = [] } = message.parse(JSON.parse(body));
  const widgets = cardsV2.flatMap(({ card }) => card.sections.flatMap((section) => section.widgets));
  const texts = widgets.flatMap((given) => {
    if ('textParagraph' in given) return [given.textParagraph.text];
    return 'decoratedText' in given ? [given.decoratedText.topLabel ?? '', given.decoratedText.text] : [];
  });
  return [
    text,
    ...texts.map((each) => each.replace(/&(amp|lt|gt);/g, (_, name: string) => ({ amp: '&', lt: '<' })[name] ?? '>')),
  ].join('\n');
}
