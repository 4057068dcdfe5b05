/** The settings of the server that sends e-mail. */
import * as z from 'zod';
import { parseMailAddress, parseMailbox, type Mailbox } from '../domain/mail-address.ts';
import type { Parsed } from '../domain/parsed.ts';
import { filePath, group } from './fields.ts';

export const mailAddress = z.string().transform(read(parseMailAddress));

function read<T>(parse: (text: string) => Parsed<T>): (text: string, context: z.core.$RefinementCtx<string>) => T {
  return (text, context) => {
    const result = parse(text);
    if (result.ok) return result.value;
    context.addIssue({ code: 'custom', message: result.message });
    return z.NEVER;
  };
}

/** How e-mail is sent. */
export interface SmtpSettings {
  /** Its text is `smtp(s)://user:password@host:port`. */
  readonly urlFile: string;
  readonly from: Mailbox;
  readonly perSecond: number;
}

const SMTP = 'The server that sends e-mail.';

export const smtpSettings = group(SMTP, {
  url_file: filePath.describe(
    'A file with its URL, such as `smtps://user:password@mail.example.com`; it is read again when it changes.',
  ),
  from: z.string().transform(read(parseMailbox)).describe('The sender, such as `ec2-operator <ec2@example.com>`.'),
  per_second: z
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe('How many mails a channel sends in a second, at most. A new account of Amazon SES allows 1.'),
})
  .transform(({ url_file: urlFile, from, per_second: perSecond }): SmtpSettings => ({ urlFile, from, perSecond }))
  .optional()
  .describe(SMTP);
