/** The outcome of a mail that the server did not take, and the words in which it is told. */
import * as z from 'zod';
import type { Delivered } from '../channel.ts';
import type { SmtpFault } from './mailer.ts';
import type { SmtpServer } from './smtp-url.ts';

/** nodemailer's error. */
const failure = z.object({
  code: z.string().catch(''),
  /** Of the system, or of TLS. */
  originalCode: z.string().catch(''),
  message: z.string(),
  /** Of the SMTP answer. */
  responseCode: z.number().optional().catch(undefined),
  response: z.string().catch(''),
  /** After which the answer came. */
  command: z.string().catch(''),
});
type Failure = z.output<typeof failure>;

/** What these commands are answered is about this mail. Before them, it is about us: our address, name or login. */
const OF_THE_MAIL: ReadonlySet<string> = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/** The one answer of this range that says nothing of the mail: the server has lost track of the session. */
const OUT_OF_ORDER = 503;

/** A refusal of the mail is for good. All else may be corrected, or passes. */
export function outcomeOf(fault: SmtpFault): Exclude<Delivered, { outcome: 'sent' }> {
  const { server, cause } = fault;
  if (server === undefined) return { outcome: 'later', error: fault.message };
  const { data } = failure.safeParse(cause);
  if (data === undefined) return { outcome: 'later', error: `${nameOf(server)} did not take the mail` };
  const { responseCode: code, command } = data;
  const isForGood =
    code !== undefined && code >= 500 && code < 600 && code !== OUT_OF_ORDER && OF_THE_MAIL.has(command);
  return { outcome: isForGood ? 'never' : 'later', error: sentenceOf(data, server) };
}

/** Without secrets, and without the addresses of others that an answer may hold. */
function sentenceOf(data: Failure, server: SmtpServer): string {
  const { responseCode, response, command } = data;
  if (responseCode === undefined) return tellConnection(data, server);
  const said = `${responseCode}${enhancedCode(response)}${wordsOf(response, server)}`;
  if (data.code === 'EAUTH') return `${nameOf(server)} refuses the login: ${said}`;
  switch (command) {
    case 'MAIL FROM':
      return `${nameOf(server)} refuses the sender: ${said}`;
    case 'RCPT TO':
      return `${nameOf(server)} refuses the recipient: ${said}`;
    case 'DATA':
      return `${nameOf(server)} refuses the mail: ${said}`;
    case 'STARTTLS':
      return `${nameOf(server)} refuses TLS: ${said}; use smtps://, or allow a connection in the clear with ?tls=off`;
    default:
      return `${nameOf(server)} refuses us: ${said}`;
  }
}

/** RFC 3463. */
function enhancedCode(response: string): string {
  const [, code] = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?!\S)/.exec(response) ?? [];
  return code === undefined ? '' : ` ${code}`;
}

const MOST_WORDS = 16;

/** Plain words alone: an answer may repeat addresses, links of the mail, or the login. */
function wordsOf(response: string, { login }: SmtpServer): string {
  const secrets = new Set(login === undefined ? [] : [login.user.toLowerCase(), login.password.toLowerCase()]);
  const words = response
    .split(/\s+/)
    .filter((word) => /^[a-z][a-z'-]{0,14}[.,:;]?$/i.test(word) && !secrets.has(bare(word).toLowerCase()))
    .slice(0, MOST_WORDS);
  return words.length === 0 ? '' : ` (${bare(words.join(' '))})`;
}

function bare(text: string): string {
  return text.replace(/[.,:;]$/, '');
}

/** After STARTTLS, TLS has its code only in words. */
function tellConnection({ code, originalCode, message }: Failure, server: SmtpServer): string {
  const where = nameOf(server);
  if (/ALTNAME/.test(originalCode) || /altnames/.test(message))
    return `the certificate of ${where} is for another name`;
  if (/EXPIRED/.test(originalCode) || /certificate has expired/.test(message))
    return `the certificate of ${where} has expired`;
  if (/CERT|SIGNATURE/.test(originalCode) || /certificate/.test(message))
    return `the certificate of ${where} is not trusted: for a private certificate authority, set NODE_EXTRA_CA_CERTS to its PEM file`;
  if (/SSL|TLS/.test(originalCode)) return noTls(where);
  switch (code) {
    case 'ETIMEDOUT':
    case 'EABORT':
      return `no answer from ${where} in time`;
    case 'ECONNECTION':
      return `${where} has closed the connection`;
    case 'EDNS':
      return `${where} is not found in DNS`;
    case 'EAUTH':
      return `${where} offers no way to log in that we know`;
    case 'ETLS':
      return noTls(where);
    case 'EMESSAGE':
      return `${where} takes no mails of this size`;
    default:
      return `no connection to ${where}${/^[A-Z_]{3,40}$/.test(originalCode) ? ` (${originalCode})` : ''}`;
  }
}

function noTls(where: string): string {
  return `no TLS with ${where}: smtp:// is for servers that begin in the clear, smtps:// for those that begin with TLS`;
}

/** `mail.example.com:587` */
export function nameOf({ host, port }: SmtpServer): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
