/** A letter as an e-mail. */
import type { SendMailOptions } from 'nodemailer';
import { domainOf, type Mailbox } from '../../domain/mail-address.ts';
import type { Letter } from '../channel.ts';
import { cutMiddle, onOneLine } from '../text.ts';
import { withoutLinks } from '../../domain/plain.ts';
import { htmlOf, linksIn, textOf } from './bodies.ts';

const LONGEST_SUBJECT = 150;

/** Equal for every attempt, so that a mail system can drop the second. */
export function messageIdOf({ id }: Pick<Letter, 'id'>, from: Mailbox): string {
  return `<${id}@${domainOf(from.address)}>`;
}

/** @param to an address of `parseMailAddress` */
export function mailOf(letter: Letter, from: Mailbox, to: string): SendMailOptions {
  const { channel, message, now, earlier = '' } = letter;
  const footer = footerOf(letter);
  return {
    from: { name: from.name ?? '', address: from.address },
    to: { name: '', address: to },
    envelope: { from: from.address, to },
    subject: subjectOf(message.title),
    text: textOf(message, footer),
    html: htmlOf(message, footer),
    date: new Date(now),
    messageId: messageIdOf(letter, from),
    ...(isMessageId(earlier) ? { inReplyTo: earlier, references: earlier } : {}),
    xMailer: false,
    headers: {
      // Neither a vacation notice nor another robot answers.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'List-Id': `<${channel.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '')}.ec2-operator.${domainOf(from.address)}>`,
    },
  };
}

/** A title that looks like an encoded word (RFC 2047) would be decoded, and could then begin a header. */
function subjectOf(title: string): string {
  return cutMiddle(withoutLinks(onOneLine(title)).replaceAll('=?', '= ?'), LONGEST_SUBJECT);
}

/** A mail server may have given another one than ours. */
export function isMessageId(text: string): boolean {
  return /^<[\w.+=$-]{1,200}@[\w.-]{1,200}>$/.test(text);
}

function footerOf({ channel, message, recipient }: Letter): string {
  const why =
    recipient === undefined ? `through its channel ${channel}` : `to ${recipient}, through its channel ${channel}`;
  const safe =
    linksIn(message).length === 0 ? '' : ' Opening a link changes nothing: its page has the buttons that do.';
  return `ec2-operator has sent this ${why}.${safe}`;
}
