/** How the weekly digest looks over HTTP. */
import * as z from 'zod';
import { time, type Shown } from './schemas.ts';

export const digestAnswerSchema = z.object({
  since: time,
  until: time,
  nextAt: time.optional().describe('When the next one goes out. Absent where nobody gets it.'),
  digests: z
    .array(
      z.object({
        channel: z
          .string()
          .optional()
          .describe('Absent where no channel gets the digest: then it is about all machines.'),
        recipient: z.string().optional().describe('The e-mail address, where the channel writes to single people.'),
        title: z.string(),
        message: z.string(),
        facts: z.array(z.object({ name: z.string(), value: z.string() })),
      }),
    )
    .describe('One for each channel and address.'),
});
export type DigestAnswer = Shown<z.input<typeof digestAnswerSchema>>;
