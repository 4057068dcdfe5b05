/** Letters for channels, with texts as hostile as tags and labels can be. */
import fc from 'fast-check';
import type { Letter } from '../../src/notify/channel.ts';
import type { News } from '../../src/domain/notice.ts';
import type { Message, MessageLink } from '../../src/domain/message.ts';

export const NOW = Date.UTC(2026, 10, 27, 13, 0);
const STOPS_AT = NOW + 15 * 60_000;
const machine = { id: 'i-0123456789abcdef0', name: 'gpu-train-7', region: 'eu-central-1', type: 'g5.xlarge' };

export const TIME = '14:15 CET';
const KEEP = 'https://ec2.example.com/l/k1.eyJwIjoia2VlcCJ9.bWFjLW9mLWtlZXA';
const SEE = 'https://ec2.example.com/l/k1.eyJwIjoic2VlIn0.bWFjLW9mLXNlZQ';
const KEEP_NOW = 'https://ec2.example.com/l/k1.eyJwIjoia2VlcF9ub3cifQ.bWFjLW9mLW5vdw';

export const LINKS: readonly MessageLink[] = [
  { purpose: 'keep', label: 'Keep it running', url: KEEP },
  { purpose: 'see', label: 'Details', url: SEE },
  { purpose: 'keep_now', label: 'Keep 4 h', url: KEEP_NOW },
];

export const warning: News = {
  kind: 'warning',
  at: NOW,
  machine,
  operation: 'operation-1',
  cause: 'alert',
  by: 'GpuIdle',
  evidence: 'no GPU above 2 % since 13:20',
  warnedAt: NOW,
  stopsAt: STOPS_AT,
};

const message: Message = {
  kind: 'warning',
  title: `gpu-train-7 stops at ${TIME}`,
  text: 'No GPU above 2 % since 13:20. The disks are kept.',
  facts: [
    { name: 'Machine', value: 'gpu-train-7 (i-0123456789abcdef0, g5.xlarge)' },
    { name: 'Owner', value: 'pia@example.com' },
  ],
  links: LINKS,
  machine,
  operation: 'operation-1',
  isQuiet: false,
};

/** The letter of a warning. */
export function letterOf(changes: Partial<Message> = {}, others: Partial<Omit<Letter, 'message'>> = {}): Letter {
  return {
    id: '0199c0de-0000-7000-8000-000000000001',
    channel: 'ml',
    message: { ...message, ...changes },
    news: warning,
    now: NOW,
    thread: 'operation-1',
    ...others,
  };
}

/** Each means something to a vendor. */
const TRAPS = [
  '<!channel>',
  '<!here|x>',
  '<@U0123ABCD>',
  '<#C0123>',
  '@everyone',
  '@here',
  '@all',
  '@channel',
  '<@&123456789012345678>',
  '<@123456789012345678>',
  '<users/all>',
  '<at>Pia</at>',
  '@pia',
  '.@all',
  '[click](https://evil.example)',
  '<a href="https://evil.example">',
  '<https://evil.example|x>',
  '**',
  '__',
  '*_~`',
  '```',
  '||',
  '~~',
  '&lt;!channel&gt;',
  '&amp;',
  ':skull:',
  '> quote',
  '- list',
  '1. list',
  '# heading',
  '\\',
  '\\*',
  '\u202e',
  '\u0000',
  '\u0007',
  '\r\n',
  '\n\n',
  '\ud800',
  '😀',
  '家族',
  '"',
  '${x}',
  '{{DATE()}}',
];

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TRAPS) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(300), '<'.repeat(300), '*'.repeat(300), '& '.repeat(200)) },
);

/** Text as long as anything that comes from outside. */
const hostile = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
/** Each of these grows where it is escaped, or has more bytes than letters. */
const longest = fc.oneof(
  fc.array(piece, { minLength: 50, maxLength: 200, size: 'max' }).map((pieces) => pieces.join(' ')),
  fc.constantFrom('<', '*', '& ', '"\\', '家', 'word ', '@all ', '[x](y) ').map((part) => part.repeat(3_000)),
);
/** EC2 allows 256 characters. */
export const hostileName = fc
  .array(piece, { minLength: 1, maxLength: 5 })
  .map((pieces) => pieces.join('').slice(0, 256));

const link = fc.record({
  purpose: fc.constantFrom('keep' as const, 'wake' as const, 'see' as const, 'keep_now' as const),
  label: fc.constantFrom('Keep it running', 'Start it again', 'See what happened & why'),
  url: fc.stringMatching(/^[\w.-]{60,400}$/).map((token) => `https://ec2.example.com:8443/people/l/${token}`),
});

/** A letter whose title begins with the name `gpu-train-7`, and ends with the time `14:15 CET`. */
export const hostileLetter: fc.Arbitrary<Letter> = fc
  .record({
    title: fc.tuple(hostileName, fc.boolean()).map(([name, isBare]) => (isBare ? '' : ` ${name}`)),
    text: fc.oneof(hostile, longest),
    facts: fc.array(fc.record({ name: hostile, value: fc.oneof(hostile, longest) }), { maxLength: 14 }),
    links: fc.uniqueArray(link, { maxLength: 4, selector: ({ purpose }) => purpose }),
    isQuiet: fc.boolean(),
  })
  .map(({ title, text, facts, links, isQuiet }) =>
    letterOf({ title: `gpu-train-7${title} stops at ${TIME}`, text, facts, links, isQuiet }),
  );
