/** A server of ntfy. */
import * as z from 'zod';
import { problemOf, type VendorAnswer, type VendorRequest } from './vendor.ts';

const action = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('view'), label: z.string().min(1), url: z.url(), clear: z.boolean().optional() }),
  z.strictObject({
    action: z.literal('http'),
    label: z.string().min(1),
    url: z.url(),
    method: z.enum(['GET', 'POST', 'PUT']).optional(),
    clear: z.boolean().optional(),
  }),
]);

const publication = z.strictObject({
  topic: z.string().regex(/^[-_A-Za-z0-9]{1,64}$/),
  title: z.string().min(1),
  message: z.string(),
  priority: z.int().min(1).max(5),
  click: z.url().optional(),
  actions: z.array(action).max(3, 'only 3 actions allowed'),
});
export type Publication = z.infer<typeof publication>;

export const NTFY_TOKEN = 'tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2';

export function answerNtfy(request: VendorRequest): VendorAnswer {
  if (request.headers.authorization !== `Bearer ${NTFY_TOKEN}`) return refusal(40301, 403, 'forbidden');
  if (request.path === '/v1/account' && request.method === 'GET') return { status: 200, body: { username: 'ec2' } };
  if (request.path !== '/') return refusal(40401, 404, 'page not found');
  // The server makes a file of what is longer.
  if (Buffer.byteLength(request.body) > 4_096) return refusal(41301, 413, 'attachment too large');
  const problem = problemOf(publication, request);
  if (problem !== undefined) return refusal(40024, 400, `invalid request: ${problem}`);
  return { status: 200, body: { id: 'hwQ2YpKdmg', time: 1_795_000_000, event: 'message', topic: 'gpu' } };
}

function refusal(code: number, http: number, error: string): VendorAnswer {
  return { status: http, body: { code, http, error } };
}

export function publicationOf(body: string): Publication {
  return publication.parse(JSON.parse(body));
}
