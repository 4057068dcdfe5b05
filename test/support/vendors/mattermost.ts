/** An incoming webhook of Mattermost. */
import * as z from 'zod';
import { isOnlyOurs } from './markdown.ts';
import { problemOf, type VendorAnswer, type VendorRequest } from './vendor.ts';

/** Its server looks for names in the words, and in the parts of words. */
const namesNobody = (text: string): boolean =>
  !text.split(/[^\p{L}\p{N}@_\u200b]+/u).some((word) => /^@\w|[^A-Za-z0-9]@\w/.test(word));

const message = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(16_383)
    .refine(isOnlyOurs, 'markup of strangers')
    .refine(namesNobody, 'it notifies people'),
});

export const MATTERMOST_PATH = '/hooks/xen8k3wmttf9pp6bqk4n5r7yoe';

export function answerMattermost(request: VendorRequest): VendorAnswer {
  if (request.path !== MATTERMOST_PATH)
    return {
      status: 404,
      body: { id: 'web.incoming_webhook.invalid.app_error', message: 'Invalid webhook', status_code: 404 },
    };
  const problem = problemOf(message, request);
  if (problem === undefined) return { status: 200, body: 'ok' };
  return { status: 400, body: { id: 'web.incoming_webhook.parse.app_error', message: problem, status_code: 400 } };
}

export function mattermostTextOf(body: string): string {
  return message.parse(JSON.parse(body)).text;
}
