/** A flow of Workflows, and the part of adaptive cards that Teams takes from it. */
import * as z from 'zod';
import { problemOf, type VendorAnswer, type VendorRequest } from './vendor.ts';

/** The marks that Teams knows, behind a backslash. */
const ESCAPED = /\\([\\*_[\]+.)-])/g;
const isPlain = (text: string): boolean =>
  !/[*[\]]|(?<!\w)_|_(?!\w)|^\s*(?:[+-]|\d+[.)])\s/m.test(text.replace(ESCAPED, 'x'));
const text = z.string().min(1).refine(isPlain, 'markup of strangers');

const element = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('TextBlock'),
    text: text.refine((given) => !given.includes('\n'), 'a line break is none'),
    wrap: z.literal(true, 'expected text that is not cut off'),
    size: z.enum(['Small', 'Default', 'Medium', 'Large', 'ExtraLarge']).optional(),
    weight: z.enum(['Lighter', 'Default', 'Bolder']).optional(),
  }),
  z.strictObject({
    type: z.literal('FactSet'),
    facts: z.array(z.strictObject({ title: text, value: text })).min(1),
  }),
]);

const envelope = z.strictObject({
  type: z.literal('message'),
  summary: z.string().min(1),
  attachments: z
    .array(
      z.strictObject({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        contentUrl: z.null(),
        content: z.strictObject({
          $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
          type: z.literal('AdaptiveCard'),
          version: z.literal('1.4'),
          msteams: z.strictObject({ width: z.literal('Full') }),
          body: z.array(element).min(1),
          actions: z
            .array(
              z.strictObject({
                type: z.literal('Action.OpenUrl', 'other actions need a bot'),
                title: z.string().min(1),
                url: z.url(),
              }),
            )
            .max(6),
        }),
      }),
    )
    .length(1),
});

export const TEAMS_PATH = '/powerautomate/automations/direct/workflows/0a1b2c3d4e5f/triggers/manual/paths/invoke';
export const TEAMS_QUERY = 'api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=s3cr3t-Sig_of-the-Flow';

export function answerTeams(request: VendorRequest): VendorAnswer {
  if (request.path !== TEAMS_PATH || request.query.get('sig') !== 's3cr3t-Sig_of-the-Flow')
    return refusal(401, 'DirectApiAuthorizationRequired', 'The OAuth authorization scheme is required.');
  if (Buffer.byteLength(request.body) > 20_000) return refusal(413, 'RequestEntityTooLarge', 'too large');
  const problem = problemOf(envelope, request);
  // Teams itself accepts it, and the flow fails where no program sees it.
  return problem === undefined ? { status: 202, body: '' } : refusal(400, 'TriggerInputSchemaMismatch', problem);
}

function refusal(status: number, code: string, message: string): VendorAnswer {
  return { status, body: { error: { code, message } } };
}

/** What a reader sees. */
export function shownByTeams(body: string): string {
  const { content } = envelope.parse(JSON.parse(body)).attachments[0] ?? {};
  const texts = content?.body.flatMap((given) =>
    given.type === 'TextBlock' ? [given.text] : given.facts.flatMap(({ title, value }) => [title, value]),
  );
  return (texts ?? []).join('\n').replace(ESCAPED, '$1');
}
