/** How holds look over HTTP. */
import * as z from 'zod';
import { LONGEST, spanOf } from '../config/people.ts';
import { ACCOUNT } from '../domain/intent.ts';
import { TOKEN_NAME } from '../domain/scope.ts';
import { REGION } from '../domain/target.ts';
import type { Hold } from '../domain/voice.ts';
import { bodyOf } from './parse-body.ts';
import { instant, pageSize, time, tooLateSchema, type Shown } from './schemas.ts';
import { toTime } from './show-operation.ts';

/** The fields that name a machine in a body. */
export const machineFields = {
  target: z
    .string()
    .min(1)
    .max(255)
    .describe('The machine: an instance id, a host name, an address, or a tag `Name` that no other machine has.'),
  region: z
    .string()
    .regex(REGION, 'expected an AWS region such as eu-central-1')
    .optional()
    .describe('Look for the machine in this region only.'),
  account: z
    .string()
    .regex(ACCOUNT, 'expected the name or number of an account')
    .optional()
    .describe('Look for the machine in this account only, by its name or number.'),
};

/** The fields of a body that say how long. */
export const endFields = {
  for: spanOf('1s')
    .optional()
    .describe(`How long from now, such as \`2h\`; at most \`${LONGEST}\`. Either this or \`until\`.`),
  until: instant.optional().describe('Until when. Either this or `for`.'),
};

/** @returns milliseconds since the epoch; undefined where both fields or none are set */
export function endOf(
  { for: ms, until }: { readonly for?: number | undefined; readonly until?: number | undefined },
  now: number,
): number | undefined {
  if (ms === undefined) return until;
  return until === undefined ? now + ms : undefined;
}

export function hasOneEnd(body: Parameters<typeof endOf>[0]): boolean {
  return (body.for === undefined) !== (body.until === undefined);
}
export const ONE_END = 'expected either for or until';

const LONGEST_WHY = 200;

/** A person's reason, which others read: in one line, without characters that cannot be seen. */
export const reasonField = z
  .string()
  .transform((text) => text.replaceAll(/\s+/gu, ' ').replaceAll(/\p{C}/gu, '').trim())
  .refine((text) => text.length <= LONGEST_WHY, `expected at most ${LONGEST_WHY} characters`)
  .describe(`Why, for others to read; at most ${LONGEST_WHY} characters.`);

export const holdBody = bodyOf(
  z
    .strictObject({
      ...machineFields,
      ...endFields,
      why: reasonField.optional(),
      holder: z
        .string()
        .regex(TOKEN_NAME, 'expected letters, digits, dots, dashes, underscores and @')
        .optional()
        .describe(
          'Which of the holds of this token it is, for programs that hold several. Default: the one of the person.',
        ),
    })
    .refine(hasOneEnd, ONE_END),
);
export type HoldBody = ReturnType<(typeof holdBody)['parse']>;

export const holdSchema = z.object({
  instance: z.string(),
  name: z.string().optional().describe("The machine's tag `Name`."),
  region: z.string().optional(),
  account: z.string().optional(),
  holder: z.string().describe('Who holds the machine: the name of the token, and which of its holds it is.'),
  until: time,
  who: z.string().describe('The name of the token.'),
  why: z.string().optional(),
  createdAt: time,
});

export const newHoldAnswerSchema = z.object({
  hold: holdSchema,
  leftMs: z
    .int()
    .optional()
    .describe(
      'How much longer the machine may be held in the 7 days that end with this hold, where `holds.rules` limits that.',
    ),
  message: z.string().optional().describe('Why the hold keeps nothing running: the machine does not run.'),
  tooLate: tooLateSchema.optional().describe('A stop of the machine that was sent to EC2 before.'),
});
export type NewHoldAnswer = Shown<z.input<typeof newHoldAnswerSchema>>;

export const releasedAnswerSchema = z.object({
  released: z.array(holdSchema),
  others: z.array(holdSchema).describe('The holds that still hold the machine.'),
});
export type ReleasedAnswer = Shown<z.input<typeof releasedAnswerSchema>>;

export const holdsAnswerSchema = z.object({
  holds: z.array(holdSchema),
  cursor: z.string().optional().describe('Ask for the next page with it; absent on the last one.'),
});
export type HoldsAnswer = Shown<z.input<typeof holdsAnswerSchema>>;

export const releaseParamsSchema = z.object({
  instance: machineFields.target.describe(
    'The machine: best its instance id, which needs no look at EC2, or any name that `target` of a hold may have.',
  ),
});
export type ReleaseParams = z.output<typeof releaseParamsSchema>;

export const releaseQuerySchema = z.object({
  all: z.enum(['true', 'false']).default('false').describe('Ends the holds of all holders.'),
  holder: z.string().max(64).optional().describe('Ends this hold of the token, as `holder` was given.'),
});
export type ReleaseQuery = z.output<typeof releaseQuerySchema>;

/** The machine and the holder of the last hold that was seen. */
const cursor = z
  .string()
  .max(1_000)
  .transform((text, context) => {
    const [instance, holder] = Buffer.from(text, 'base64url').toString().split('\n');
    if (instance !== undefined && holder !== undefined) return { instance, holder };
    context.addIssue('expected the `cursor` of an earlier answer');
    return z.NEVER;
  });

export function cursorOf({ instance, holder }: Hold): string {
  return Buffer.from(`${instance}\n${holder}`).toString('base64url');
}

export const holdsQuerySchema = z.object({
  instance: z.string().max(255).optional().describe('Only holds of this machine: an instance id, or a tag `Name`.'),
  limit: pageSize,
  cursor: cursor.optional(),
});
export type HoldsQuery = z.output<typeof holdsQuerySchema>;

export function showHold({
  instance,
  name,
  place,
  holder,
  until,
  who,
  why,
  since,
}: Hold): HoldsAnswer['holds'][number] {
  return {
    instance,
    ...(name === undefined ? {} : { name }),
    ...place,
    holder,
    until: toTime(until),
    who,
    ...(why === undefined ? {} : { why }),
    createdAt: toTime(since),
  };
}
