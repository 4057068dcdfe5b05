/** Reads mails as strictly as the standards write them (RFC 5322, 2045, 2047), and not by the library that wrote them. */
import assert from 'node:assert/strict';

export interface ParsedMail {
  /** Unfolded and decoded, by their names in lower case. Each stands there once. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly html: string;
}

export function parseMail(bytes: Buffer): ParsedMail {
  const raw = bytes.toString('latin1');
  assert.doesNotMatch(raw, /[^\r]\n|\r[^\n]|\0/, 'every line ends with CRLF');
  for (const line of raw.split('\r\n')) assert.ok(line.length <= 998, 'no line is longer than RFC 5322 allows');
  const { headers, body } = entity(raw);
  const [, boundary] = /^multipart\/alternative; boundary="([\w=_.-]+)"$/.exec(headers.get('content-type') ?? '') ?? [];
  assert.ok(boundary !== undefined, `multipart/alternative, got ${headers.get('content-type')}`);
  const [preamble, text, html, end, ...others] = `\r\n${body}`.split(`\r\n--${boundary}`);
  assert.deepEqual([preamble, end?.trim(), others], ['', '--', []], 'two parts, and nothing around them');
  return { headers, text: partOf(text, 'text/plain'), html: partOf(html, 'text/html') };
}

interface Entity {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

function entity(raw: string): Entity {
  const end = raw.indexOf('\r\n\r\n');
  assert.ok(end > 0, 'a blank line ends the headers');
  const headers = new Map<string, string>();
  for (const field of raw.slice(0, end).split(/\r\n(?![ \t])/)) {
    const [, name = '', value] = /^([!-9;-~]+): ?([\t\x20-\x7e\r\n]*)$/.exec(field) ?? [];
    assert.ok(value !== undefined, `a header field in ASCII, got ${JSON.stringify(field)}`);
    assert.doesNotMatch(value, /\r\n[ \t]*(?:\r\n|$)/, 'no folded line is empty');
    assert.ok(!headers.has(name.toLowerCase()), `the header ${name} stands there once`);
    headers.set(name.toLowerCase(), decodedWords(value.replace(/\r\n(?=[ \t])/g, '').trim()));
  }
  return { headers, body: raw.slice(end + 4) };
}

function partOf(raw: string | undefined, type: string): string {
  assert.ok(raw?.startsWith('\r\n') === true, `a part of ${type}`);
  const { headers, body } = entity(raw.slice(2));
  assert.equal(headers.get('content-type'), `${type}; charset=utf-8`);
  const bytes = decodedBody(body, headers.get('content-transfer-encoding'));
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replaceAll('\r\n', '\n');
}

function decodedBody(body: string, encoding: string | undefined): Buffer {
  switch (encoding) {
    case '7bit':
      assert.match(body, /^\p{ASCII}*$/u);
      return Buffer.from(body, 'latin1');
    case 'base64':
      assert.match(body, /^[A-Za-z0-9+/=\r\n]*$/);
      return Buffer.from(body, 'base64');
    case 'quoted-printable':
      return quotedPrintable(body);
    default:
      return assert.fail(`an encoding of RFC 2045, got ${encoding}`);
  }
}

function quotedPrintable(body: string): Buffer {
  for (const line of body.split('\r\n')) assert.ok(line.length <= 76, 'lines of quoted-printable are short');
  assert.match(body, /^[\t\r\n\x20-\x7e]*$/);
  const joined = body.replace(/[ \t]+(?=\r\n)/g, '').replace(/=\r\n/g, '');
  assert.doesNotMatch(joined, /=(?![0-9A-F]{2})/);
  return Buffer.from(
    joined.replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

/** RFC 2047. White space between two encoded words is none. */
function decodedWords(value: string): string {
  const word = /=\?utf-8\?([BQ])\?([!->@-~]*)\?=/gi;
  for (const [found] of value.matchAll(word)) assert.ok(found.length <= 75, 'encoded words are short');
  return value
    .replace(/(=\?[^?]+\?[BQ]\?[^?]*\?=)\s+(?==\?)/gi, '$1')
    .replace(word, (_all, kind: string, text: string) => {
      const bytes =
        kind.toUpperCase() === 'B' ? Buffer.from(text, 'base64') : quotedPrintable(text.replaceAll('_', ' '));
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    });
}
