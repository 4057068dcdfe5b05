/** Slack's documents on messages, and its incoming webhooks. */
import * as z from 'zod';
import { problemOf, startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.ts';

const plainText = (most: number): z.ZodType =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(most), emoji: z.boolean().optional() });

/** Angle brackets are links only: everything else in them notifies people, or is not shown. */
const isSafeMarkup = (text: string): boolean =>
  !/[<>]/.test(text.replace(/<https?:\/\/[^\s<>|]+(?:\|[^<>|]+)?>/g, '')) && !/&(?!(?:amp|lt|gt);)/.test(text);

const markup = (most: number): z.ZodType =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(most).refine(isSafeMarkup, 'markup of strangers'),
    verbatim: z.literal(true, 'expected that Slack finds no names by itself'),
  });

const anyText = (most: number): z.ZodType => z.union([plainText(most), markup(most)]);
const blockId = z.string().max(255).optional();

const confirm = z.strictObject({
  title: plainText(100),
  text: anyText(300),
  confirm: plainText(30),
  deny: plainText(30),
  style: z.enum(['primary', 'danger']).optional(),
});

const button = z.strictObject({
  type: z.literal('button'),
  text: plainText(75),
  action_id: z.string().max(255).optional(),
  value: z.string().max(2_000).optional(),
  url: z.url().max(3_000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: confirm.optional(),
  accessibility_label: z.string().max(75).optional(),
});

const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), text: plainText(150), block_id: blockId }),
  z
    .strictObject({
      type: z.literal('section'),
      text: anyText(3_000).optional(),
      fields: z.array(anyText(2_000)).min(1).max(10).optional(),
      block_id: blockId,
    })
    .refine(({ text, fields }) => text !== undefined || fields !== undefined, 'expected text or fields'),
  z.strictObject({ type: z.literal('context'), elements: z.array(anyText(3_000)).min(1).max(10), block_id: blockId }),
  z.strictObject({ type: z.literal('divider'), block_id: blockId }),
  z.strictObject({ type: z.literal('actions'), elements: z.array(button).min(1).max(25), block_id: blockId }),
]);

/** What a message may hold, whatever brings it. */
export const slackContent = {
  text: z.string().min(1).max(4_000).refine(isSafeMarkup, 'markup of strangers'),
  blocks: z
    .array(block)
    .min(1)
    .max(50)
    .refine((blocks) => JSON.stringify(blocks).length < 13_200 + 100 * blocks.length, 'msg_blocks_too_long'),
  unfurl_links: z.literal(false),
  unfurl_media: z.literal(false),
};

const message = z.strictObject(slackContent);

export function answerSlackWebhook(request: VendorRequest): VendorAnswer {
  if (request.method !== 'POST' || !/^\/services\/T\w+\/B\w+\/\w+$/.test(request.path))
    return { status: 404, body: 'no_service' };
  const problem = problemOf(message, request);
  return problem === undefined ? { status: 200, body: 'ok' } : { status: 400, body: `invalid_blocks: ${problem}` };
}

export async function startSlackWebhook(): Promise<Vendor> {
  return startVendor(answerSlackWebhook);
}

const shownBlock = z.looseObject({
  text: z.looseObject({ text: z.string() }).optional(),
  fields: z.array(z.looseObject({ text: z.string() })).optional(),
});

/** What a reader sees. */
export function shownBySlack(body: string): string {
  const { blocks } = z.looseObject({ blocks: z.array(shownBlock) }).parse(JSON.parse(body));
  return blocks.flatMap(({ text, fields = [] }) => [text, ...fields].map((each) => each?.text ?? '')).join('\n');
}
