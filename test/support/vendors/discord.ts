/** A webhook of Discord. */
import * as z from 'zod';
import { isOnlyOurs } from './markdown.ts';
import { problemOf, type VendorAnswer, type VendorRequest } from './vendor.ts';

const markdown = (most: number): z.ZodType<string> =>
  z.string().min(1).max(most).refine(isOnlyOurs, 'markup of strangers');

const message = z
  .strictObject({
    content: markdown(2_000).optional(),
    embeds: z
      .array(
        z.strictObject({
          description: markdown(4_096).optional(),
          fields: z
            .array(
              z.strictObject({
                name: markdown(256),
                value: markdown(1_024),
                inline: z.boolean().optional(),
              }),
            )
            .max(25),
        }),
      )
      .max(10),
    allowed_mentions: z.strictObject({ parse: z.array(z.string()).length(0, 'it notifies people') }),
    flags: z.literal(4_096).optional(),
  })
  .refine(({ content, embeds }) => content !== undefined || embeds.length > 0, 'Cannot send an empty message')
  .refine(
    ({ embeds }) =>
      embeds
        .flatMap(({ description = '', fields }) => [description, ...fields.flatMap(({ name, value }) => [name, value])])
        .join('').length <= 6_000,
    'Embed size exceeds maximum size of 6000',
  );
export type DiscordMessage = z.infer<typeof message>;

export const DISCORD_PATH =
  '/api/webhooks/1180000000000000001/dIsC0rd-T0ken_of-the-Webhook-000000000000000000000000000000000000000';

/** @returns the webhook, which knows the messages that it has posted */
export function discordWebhook(): (request: VendorRequest) => VendorAnswer {
  const posted = new Map<string, DiscordMessage>();
  return (request) => {
    if (!request.path.startsWith(DISCORD_PATH)) return refusal(404, 10_015, 'Unknown Webhook');
    const id = /^\/messages\/(\d+)$/.exec(request.path.slice(DISCORD_PATH.length))?.[1];
    if (request.method === 'GET' && id === undefined)
      return { status: 200, body: { id: '1180000000000000001', type: 1 } };
    const isEdit = request.method === 'PATCH';
    if (isEdit && (id === undefined || !posted.has(id))) return refusal(404, 10_008, 'Unknown Message');
    const problem = problemOf(message, request);
    if (problem !== undefined) return refusal(400, 50_035, `Invalid Form Body: ${problem}`);
    const given = message.parse(JSON.parse(request.body));
    if (isEdit && given.flags !== undefined) return refusal(400, 50_035, 'Invalid Form Body: flags of an edit');
    const to = id ?? String(1_180_000_000_000_000_100n + BigInt(posted.size));
    posted.set(to, given);
    if (!isEdit && request.query.get('wait') !== 'true') return { status: 204, body: '' };
    return { status: 200, body: { id: to, type: 0, channel_id: '1180000000000000002', ...given } };
  };
}

function refusal(status: number, code: number, text: string): VendorAnswer {
  return { status, body: { message: text, code } };
}

export function discordMessageOf(body: string): DiscordMessage {
  return message.parse(JSON.parse(body));
}
