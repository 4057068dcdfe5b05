/** Hostile names, tags and label values, as they come over the wire. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { letter, WARNING } from '../../../test/support/letters.ts';
import { NEVER, openMailChannel } from '../../../test/support/mail-channel.ts';
import { startMailServer } from '../../../test/support/mail-server.ts';
import { parseMail } from '../../../test/support/mime.ts';
import type { Message } from '../../domain/message.ts';

const WORDS = [
  'gpu-1',
  'München',
  '東京',
  '👩‍🔬',
  '\r\nBcc: eve@evil.example',
  '\nSubject: other\n\n<b>body</b>',
  '\r\n.\r\nMAIL FROM:<eve@evil.example>\r\n',
  '\u0000\u001b[2J',
  '\u202egpj.exe',
  '\ud800',
  '\ufeff\u200b\u00ad',
  '=?utf-8?Q?=0D=0ABcc:_eve@evil.example?=',
  '<script>alert(1)</script>',
  '"><a href="https://evil.example">Keep it</a>',
  "' onmouseover='x",
  '</style></head><body><form action=https://evil.example>',
  '<!--',
  '&lt;&#60;&amp',
  'https://evil.example/login',
  '\r\n--boundary--\r\n',
  ' '.repeat(300),
  'x'.repeat(1_100),
  '"'.repeat(400),
  '字'.repeat(900),
  '.\r\n.',
];

const hostile = fc
  .array(fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 6 })
  .map((parts) => parts.join(' '));

const message: fc.Arbitrary<Message> = fc
  .record({
    title: hostile.map((text) => `${text} stops at 14:20 CET`),
    text: hostile,
    facts: fc.array(fc.record({ name: hostile, value: hostile }), { maxLength: 12 }),
    links: fc.array(fc.constantFrom(...WARNING.links)),
  })
  .map((given) => ({ ...WARNING, ...given }));

/** Each character takes six bytes of HTML. */
const QUOTES = '"'.repeat(3_000);
const LONGEST: Message = {
  ...WARNING,
  title: `${QUOTES} stops at 14:20 CET`,
  text: QUOTES,
  facts: Array.from({ length: 12 }, () => ({ name: QUOTES, value: QUOTES })),
};

/** With the values that a mail may give them. */
const TAGS: Readonly<Record<string, RegExp>> = {
  '!DOCTYPE': /^html$/,
  html: /^lang="en"$/,
  head: /^$/,
  meta: /^[ \w"=,/.-]+$/,
  title: /^$/,
  style: /^$/,
  body: /^class="page" style="[\w:;#-]+"$/,
  table: /^[ \w"=:;#%-]+$/,
  tr: /^$/,
  td: /^[ \w"=:;#,-]+$/,
  p: /^class="(?:ink|dim)" style="[ \w:;#,-]+"$/,
  a: /^(?:class="link" )?href="https:\/\/ec2\.example\.com\/l\/[\w.-]+" style="[ \w:;#-]+"$/,
  br: /^$/,
};

/** Characters that begin a line, control a program, or turn the direction of writing. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Every tag is one of ours, and nothing else stands between `<` and `>`. */
function assertOurs(html: string): void {
  for (const [, inside = ''] of html.replace(/<style>[^<]*<\/style>/, '').matchAll(/<([^>]*)>?/g)) {
    const [, name = '', attributes = ''] = /^\/?(!?\w+) ?([^]*)$/.exec(inside) ?? [];
    assert.ok(Object.hasOwn(TAGS, name), `a tag of ours, got <${inside}>`);
    assert.match(attributes, (inside.startsWith('/') ? undefined : TAGS[name]) ?? /^$/);
  }
  assert.doesNotMatch(html.replace(/<style>[^<]*<\/style>/, ''), /&(?!(?:amp|lt|gt|quot|#39);)/);
}

test('whatever machines and tags are named, a mail is well-formed, short, and has our links alone', async () => {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startMailServer());
  const from = { name: 'Rechner, München', address: 'ec2@example.com' };
  const { channel } = stack.use(await openMailChannel(`smtp://127.0.0.1:${server.port}`, from));
  await fc.assert(
    fc.asyncProperty(message, fc.option(hostile), async (given, earlier) => {
      const index = server.mails.length;
      const sent = letter({ message: given, ...(earlier === null ? {} : { earlier }) });
      assert.equal((await channel.deliver(sent, NEVER)).outcome, 'sent');
      const { to, bytes } = await server.mail(index);
      assert.deepEqual(to, ['ann@example.com']);
      const { headers, text, html } = parseMail(bytes);
      assert.deepEqual([...headers.keys()].sort(), [
        'auto-submitted',
        'content-type',
        'date',
        'from',
        'list-id',
        'message-id',
        'mime-version',
        'subject',
        'to',
        'x-auto-response-suppress',
      ]);
      assert.equal(headers.get('to'), 'ann@example.com');
      const subject = headers.get('subject') ?? '';
      assert.ok(subject.length <= 150, subject);
      for (const part of [subject, text, html]) assert.doesNotMatch(part, OBEYED);
      assert.ok(Buffer.byteLength(html) <= 20_000, `${Buffer.byteLength(html)} bytes of HTML`);
      assert.ok(Buffer.byteLength(text) <= 20_000);
      assertOurs(html);
      const links = given.links.filter(({ purpose }) => purpose !== 'keep_now').map(({ url }) => url);
      assert.doesNotMatch(subject, /:\/\//);
      assert.deepEqual(text.match(/\w+:\/\/\S*/g) ?? [], links, 'no link but ours');
      assert.deepEqual(
        [...html.matchAll(/(?<=>)https?:\/\/[^<]*/g)].map(([url]) => url),
        links,
      );
    }),
    { numRuns: 150, examples: [[LONGEST, null]] },
  );
});
