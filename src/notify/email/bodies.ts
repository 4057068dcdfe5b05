/** The two forms of a mail's text. Names, tags and label values in it may be hostile. */
import type { Message, MessageLink } from '../../domain/message.ts';
import { withoutLinks } from '../../domain/plain.ts';
import { fit } from '../fit.ts';

/** Mail programs cut long mails off. */
const MOST_BYTES = 20_000;

/** A link that acts without a page is not for mails: mail scanners open what they find. */
export function linksIn({ links }: Pick<Message, 'links'>): readonly MessageLink[] {
  return links.filter(({ purpose, url }) => purpose !== 'keep_now' && /^https?:\/\/[!-~]+$/.test(url));
}

const isShort = (body: string): boolean => Buffer.byteLength(body) <= MOST_BYTES;

/** The title is the subject, which mail programs show above. Beside it they show the beginning of the text. */
export function textOf(message: Message, footer: string): string {
  return fit(message, (short) => plainText(short, footer), isShort);
}

export function htmlOf(message: Message, footer: string): string {
  return fit(message, (short) => page(short, footer), isShort);
}

function plainText(message: Message, footer: string): string {
  const { text, facts } = message;
  return [
    withoutLinks(text),
    ...linksIn(message).map(({ label, url }) => `${label}:\n${url}`),
    facts.map(({ name, value }) => withoutLinks(`${name}: ${value}`)).join('\n'),
    `-- \n${footer}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

/**
 * For Outlook: tables, and styles at the elements, because it knows no other layout. For a dark screen: classes, whose colors
 * replace those at the elements. Nothing is loaded from elsewhere.
 */
function page(message: Message, footer: string): string {
  const { title, text, facts } = message;
  const links = linksIn(message);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${shown(withoutLinks(title))}</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background: #16181d !important; }
  .card { background: #21242b !important; border-color: #3a3f4a !important; }
  .ink { color: #f2f3f5 !important; }
  .dim { color: #a9b0bd !important; }
  .link { color: #8ab4ff !important; }
}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f3f4f6">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f3f4f6">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="560" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:560px;background:#ffffff;border:1px solid #d9dce3;border-radius:8px">
<tr><td style="padding:24px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:24px">
<p class="ink" style="margin:0 0 20px;color:#16181d">${shown(withoutLinks(text)).replaceAll('\n', '<br>')}</p>
${links.map(button).join('\n')}
${table(facts)}
${links.length === 0 ? '' : `<p class="dim" style="margin:20px 0 0;font-size:13px;line-height:20px;color:#5a6170">${links.map(address).join('<br>')}</p>`}
</td></tr>
</table>
<p class="dim" style="margin:16px 0 0;font-family:Arial,Helvetica,sans-serif;font-size:13px;line-height:20px;color:#5a6170">${shown(footer)}</p>
</td></tr>
</table>
</body>
</html>
`;
}

/** Outlook draws the color of a cell, and no padding of a link. The border is the padding that it draws. */
function button({ label, url }: MessageLink, index: number): string {
  const [ground, ink] = index === 0 ? ['#1d4ed8', '#ffffff'] : ['#e5e7eb', '#16181d'];
  return `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 12px"><tr><td bgcolor="${ground}" style="border-radius:6px;background:${ground}"><a href="${shown(url)}" style="display:inline-block;border:12px solid ${ground};border-left-width:20px;border-right-width:20px;border-radius:6px;font-weight:bold;color:${ink};background:${ground};text-decoration:none">${shown(label)}</a></td></tr></table>`;
}

/** For programs that show no buttons, and for people who look first where a link leads. */
function address({ label, url }: MessageLink): string {
  return `${shown(label)}: <a class="link" href="${shown(url)}" style="color:#1d4ed8;word-break:break-all">${shown(url)}</a>`;
}

function table(facts: Message['facts']): string {
  const rows = facts.map(
    ({ name, value }) =>
      `<tr><td class="dim" valign="top" style="padding:4px 16px 4px 0;color:#5a6170;white-space:nowrap">${shown(withoutLinks(name))}</td><td class="ink" valign="top" style="padding:4px 0;color:#16181d;word-break:break-word">${shown(withoutLinks(value))}</td></tr>`,
  );
  return rows.length === 0
    ? ''
    : `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 0;font-size:14px;line-height:20px">${rows.join('\n')}</table>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function shown(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
