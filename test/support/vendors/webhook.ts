/** A program that takes the generic webhook, and verifies it with the reference library of Standard Webhooks. */
import { Webhook } from 'standardwebhooks';
import * as z from 'zod';
import { NOTICE_KINDS } from '../../../src/domain/notice.ts';
import { problemOf, type VendorAnswer, type VendorRequest } from './vendor.ts';

const time = z.iso.datetime();
const kind = z.enum(Object.keys(NOTICE_KINDS));

const notice = z.strictObject({
  type: z.templateLiteral(['notice.', kind]),
  timestamp: time,
  data: z.strictObject({
    id: z.uuid(),
    kind,
    channel: z.string(),
    at: time,
    machine: z
      .strictObject({
        id: z.string(),
        name: z.string().optional(),
        region: z.string(),
        account: z.string().optional(),
        type: z.string(),
        owner: z.string().optional(),
      })
      .optional(),
    operation: z.string().optional(),
    stopsAt: time.optional(),
    until: time.optional(),
    title: z.string().min(1),
    message: z.string(),
    facts: z.array(z.strictObject({ name: z.string(), value: z.string() })),
    links: z.strictObject({ keep: z.url().optional(), wake: z.url().optional(), see: z.url().optional() }),
  }),
});

export const WEBHOOK_KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

export function answerWebhook(request: VendorRequest): VendorAnswer {
  const { headers, body } = request;
  try {
    new Webhook(WEBHOOK_KEY).verify(body, {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    });
  } catch (error) {
    return { status: 401, body: String(error) };
  }
  if (Buffer.byteLength(body) >= 20_000) return { status: 413 };
  const problem = problemOf(notice, request);
  return problem === undefined ? { status: 204, body: '' } : { status: 400, body: problem };
}

export function noticeOf(body: string): z.infer<typeof notice> {
  return notice.parse(JSON.parse(body));
}
