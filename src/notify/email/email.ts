/** E-mail, to the machine's owner or to fixed addresses. */
import * as z from 'zod';
import { distinct } from '../../config/fields.ts';
import { mailAddress, type SmtpSettings } from '../../config/mail.ts';
import { parseMailAddress } from '../../domain/mail-address.ts';
import { channelKind, type Channel, type Delivered, type Finding, type Letter } from '../channel.ts';
import { isMessageId, mailOf, messageIdOf } from './mail.ts';
import { createMailer, SmtpFault, type Mailer } from './mailer.ts';
import { nameOf, outcomeOf } from './outcome.ts';

const addresses = z
  .array(mailAddress)
  .min(1)
  .max(50)
  .superRefine(distinct((address) => address));

export const email = channelKind(
  z
    .strictObject({
      to: z
        .union([z.literal('owner'), addresses])
        .describe('`owner`, whom the tags of the machine name (see `owners`), or a list of addresses.'),
    })
    .describe('E-mail, through the server of `smtp`.'),
  ({ to }) => ({
    toOwner: to === 'owner',
    ...(to === 'owner' ? {} : { recipients: to }),
    open: ({ smtp }) => {
      if (smtp === undefined) throw new TypeError('expected the settings of smtp for a channel of the kind email');
      return openEmail(smtp, createMailer(smtp));
    },
  }),
);

function openEmail(smtp: SmtpSettings, mailer: Mailer): Channel {
  return {
    deliver: async (letter, signal) => deliver(letter, { smtp, mailer }, signal),
    examine: async (signal) => examine(mailer, signal),
    close: async () => {
      mailer.close();
      return Promise.resolve();
    },
  };
}

async function deliver(
  letter: Letter,
  { smtp, mailer }: { readonly smtp: SmtpSettings; readonly mailer: Mailer },
  signal: AbortSignal,
): Promise<Delivered> {
  const to = parseMailAddress(letter.recipient ?? '');
  if (!to.ok) return { outcome: 'never', error: to.message };
  try {
    const sent = await mailer.send(mailOf(letter, smtp.from, to.value), signal);
    return { outcome: 'sent', reference: threadOf(letter, smtp, sent.serverMessageId) };
  } catch (error) {
    if (error instanceof SmtpFault) return outcomeOf(error);
    throw error;
  }
}

/** All mails of a thread refer to its first. Amazon SES and Microsoft 365 replace our ids by their own. */
function threadOf(letter: Letter, { from }: SmtpSettings, given = ''): string {
  const { earlier = '' } = letter;
  if (isMessageId(earlier)) return earlier;
  return isMessageId(given) ? given : messageIdOf(letter, from);
}

const REMEDY =
  'correct the URL in the file of smtp.url_file, or the mail server; docs/troubleshooting.md explains the message';

async function examine(mailer: Mailer, signal: AbortSignal): Promise<readonly Finding[]> {
  try {
    const server = await mailer.logIn(signal);
    const { tls, login } = server;
    const how = `${login === undefined ? 'without a login' : 'with our login'}${tls === 'none' ? ', in the clear' : ''}`;
    return [{ level: 'ok', message: `the mail server ${nameOf(server)} lets us in ${how}` }];
  } catch (error) {
    if (!(error instanceof SmtpFault)) throw error;
    return [{ level: 'fail', message: outcomeOf(error).error, remedy: REMEDY }];
  }
}
