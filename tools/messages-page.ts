/** The part of a page that shows every kind of message as people get it, made by the code that makes the messages. */
import { messageOf, type Message } from '../src/domain/message.ts';
import { NOTICE_KINDS, TOLD_BY_DEFAULT, type News, type NoticeKind } from '../src/domain/notice.ts';

const ZONE = 'Europe/Berlin';
const NOW = Date.parse('2026-11-27T13:15:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const machine = {
  id: 'i-0a1b2c3d4e5f60007',
  name: 'gpu-7',
  region: 'eu-central-1',
  type: 'g5.xlarge',
  hourly: '$1.01 at list price (eu-central-1, 2026-11-27)',
  owner: 'pia@example.com',
};
const about = { at: NOW, machine, operation: '01900000-0000-7000-8000-000000000000' };
const named = 'gpu-7 (i-0a1b2c3d4e5f60007, eu-central-1a)';
const grounds = {
  cause: 'alert',
  by: 'UnusedGPU',
  evidence: 'No GPU of gpu-7 was used more than 2 % for 30 minutes.',
  since: NOW - 55 * MINUTE,
  losesDisk: true,
} as const;
const warned = { warnedAt: NOW, stopsAt: NOW + 15 * MINUTE };
const capacity = 'InsufficientInstanceCapacity: We currently do not have sufficient g5.xlarge capacity';
const denied = 'UnauthorizedOperation: You are not authorized to perform this operation';

function sums(stops: number, regrets: number, hours: number, atPrice: number) {
  return { stops, regrets, savedMs: hours * HOUR, atPrice };
}

/** In the order of `NOTICE_KINDS`; some kinds have several forms. */
const EXAMPLES: readonly News[] = [
  { kind: 'warning', ...about, ...grounds, ...warned },
  {
    kind: 'kept',
    ...about,
    by: 'hold',
    until: NOW + 4 * HOUR,
    message: `${named} is held: pia holds it until ${new Date(NOW + 4 * HOUR).toISOString()} ("training")`,
  },
  { kind: 'stopped', ...about, ...grounds, message: `${named} is stopped` },
  { kind: 'not_stopped', ...about, reason: 'by_person', message: 'cancelled by pia' },
  { kind: 'not_stopped', ...about, reason: 'resolved', message: '' },
  { kind: 'capacity', ...about, isOver: false, tries: 3, nextTryAt: NOW + 5 * MINUTE, message: capacity },
  { kind: 'capacity', ...about, isOver: true, tries: 4, message: `${named} is running` },
  { kind: 'ready', ...about, addresses: ['198.51.100.7', '10.0.1.7'], since: NOW - 4 * MINUTE },
  { kind: 'failed', ...about, verb: 'start', reason: 'unauthorized', message: denied },
  { kind: 'lease_ending', ...about, ...warned, cause: 'lease', by: 'pia', since: NOW - 2 * HOUR },
  {
    kind: 'digest',
    at: NOW - 4 * HOUR,
    since: NOW - 172 * HOUR,
    about: 'all',
    basis: 'at list price',
    ...sums(52, 3, 412, 415),
    offBill: 298,
    waits: 3,
    waitedMs: 21 * MINUTE,
    machines: [
      { name: 'gpu-7', ...sums(9, 2, 96, 96.6) },
      { name: 'gpu-2', ...sums(6, 0, 71, 71.4) },
    ],
    regretted: [{ name: 'gpu-7', ...sums(9, 2, 96, 96.6) }],
    waiting: { name: 'gpu-4', since: NOW - 70 * HOUR, message: 'gpu-4 is held: pia holds it ("training")' },
  },
  { kind: 'test', at: NOW, who: 'pia' },
];

export function messagesPart(): string {
  const kinds: readonly (readonly [string, string])[] = Object.entries(NOTICE_KINDS);
  const defaults: ReadonlySet<string> = new Set<NoticeKind>(TOLD_BY_DEFAULT);
  const shown = kinds.filter(([kind]) => EXAMPLES.some((news) => news.kind === kind));
  return `Times are those of \`zone\`, here \`${ZONE}\`. The words in brackets are buttons or links; without \`public_url\` a
message names the command instead. A message repeats what the alert's annotation \`description\` says, so write it for people.

${shown.map(([kind, meaning]) => section(kind, meaning, defaults.has(kind))).join('\n\n')}`;
}

function section(kind: string, meaning: string, isDefault: boolean): string {
  const messages = EXAMPLES.filter((news) => news.kind === kind).map((news) =>
    messageOf(news, { zone: ZONE, now: NOW, isQuiet: false, subject: 'example', linkTo: () => '', publicUrl: '' }),
  );
  const told = isDefault ? '' : ' Told only where `tell` names it.';
  const blocks = messages.map((message) => `\`\`\`text\n${asText(message)}\n\`\`\``);
  return `**\`${kind}\`**: ${meaning}.${kind === 'test' ? '' : told}\n\n${blocks.join('\n\n')}`;
}

const WIDTH = 100;

function asText({ title, text, facts, links }: Message): string {
  const buttons = links.map(({ label }) => `[${label}]`).join(' ');
  return [
    title,
    '',
    ...wrapped(text),
    ...(facts.length === 0 ? [] : ['', ...wrapped(facts.map(({ name, value }) => `${name}: ${value}`).join(' · '))]),
    ...(buttons === '' ? [] : ['', buttons]),
  ].join('\n');
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
