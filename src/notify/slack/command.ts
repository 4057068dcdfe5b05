/** The command `/ec2`. */
import { longestLeaseOn, type AskedLease } from '../../domain/lease.ts';
import { limitsOn, type HoldSettings } from '../../domain/admit-hold.ts';
import { formatDuration, parseDuration } from '../../domain/duration.ts';
import { describeInstance, type Instance } from '../../domain/instance.ts';
import type { Operation } from '../../domain/operation.ts';
import { plain } from '../../domain/plain.ts';
import { parseNameTarget, type Target } from '../../domain/target.ts';
import { audienceOf, type TellingSettings } from '../../domain/telling.ts';
import { tellTime, type Reading } from '../../domain/told-time.ts';
import { tellHolder, type Voice } from '../../domain/voice.ts';
import type { AnsweredMachine, Answerer, Answers } from '../../engine/answers.ts';
import type { Locate } from '../../engine/locate.ts';
import type { Command } from './payloads.ts';
import { foreign, tellAsked, tellKept } from './sentences.ts';
import type { SlackBot, SlackRight } from './settings.ts';

export interface CommandParts {
  readonly store: {
    voices(instances: readonly string[], now: number): Promise<ReadonlyMap<string, Voice>>;
    openOn(instance: string, names: readonly string[]): Promise<readonly Operation[]>;
  };
  readonly answers: Pick<Answers, 'keep' | 'wake' | 'stop'>;
  readonly locate: Locate;
  readonly telling: TellingSettings;
  readonly holds: HoldSettings;
  /** An IANA time zone. */
  readonly zone: string;
  readonly clock: () => number;
}

export interface Commander {
  readonly bots: ReadonlyMap<string, SlackBot>;
  /** Whether the person who writes has this e-mail address. */
  readonly isMember: (bot: SlackBot, email: string) => Promise<boolean>;
  readonly by: Answerer;
  /** Whether this command was not delivered before. */
  readonly isNew: (text: string) => Promise<boolean>;
  readonly refuse: (why: string) => void;
}

export type Asked =
  | { readonly asked: 'status'; readonly host: string }
  | { readonly asked: 'hold' | 'start'; readonly host: string; readonly forMs?: number }
  | { readonly asked: 'help' };

const DEFAULT_HOLD_MS = 4 * 3_600_000;
const WAIT_MS = 5_000;

export const HELP = [
  '`/ec2 status HOST` shows whether a machine runs, who keeps it, and what is about to happen to it.',
  '`/ec2 hold HOST 2h` keeps it running (4 hours without a time).',
  '`/ec2 start HOST` starts it; `/ec2 start HOST 2h` starts it for two hours.',
  'HOST is an instance id, a host name, an address, or the name of the machine.',
].join('\n');

/** Reads `hold gpu-1 2h`. A name may have spaces. */
export function readAsked(text: string): Asked {
  const [verb = '', ...words] = unmarked(text).trim().split(/\s+/);
  const asked = (['status', 'hold', 'start'] as const).find((known) => known === verb.toLowerCase());
  const last = words.length > 1 && asked !== 'status' ? words.at(-1) : undefined;
  const forMs = last === undefined ? undefined : parseDuration(last);
  const host = (forMs === undefined ? words : words.slice(0, -1)).join(' ');
  if (asked === undefined || host === '') return { asked: 'help' };
  if (asked === 'status') return { asked, host };
  return { asked, host, ...(forMs === undefined ? {} : { forMs }) };
}

/** Slack escapes three characters, and makes links of what looks like an address. */
function unmarked(text: string): string {
  return text
    .replaceAll(/<[^<>|]*\|([^<>]*)>/g, '$1')
    .replaceAll(/<([^<>|]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** @returns the sentences for the person */
export async function commandAnswer(parts: CommandParts, command: Command, commander: Commander): Promise<string> {
  const asked = readAsked(command.text);
  if (asked.asked === 'help') return HELP;
  const target = parseNameTarget(asked.host);
  if (!target.ok) return `${plain(target.message, 500)}.\n${HELP}`;
  const found = await findFor(parts, target.value, command, commander);
  if ('why' in found) {
    commander.refuse(found.why);
    return notHere(asked.host);
  }
  const { instance, rights } = found;
  const reading = { zone: parts.zone, now: parts.clock() };
  if (asked.asked === 'status') return status(parts, instance, reading);
  if (!rights.has(asked.asked)) {
    const why = `people may not ${asked.asked} machines from here (may: [${[...rights].join(', ')}])`;
    commander.refuse(why);
    return `Nothing was changed: ${why}.`;
  }
  if (!(await commander.isNew(command.text))) return 'This command has come twice, and was obeyed once.';
  return asked.asked === 'hold'
    ? hold(parts, instance, { by: commander.by, forMs: asked.forMs ?? DEFAULT_HOLD_MS }, reading)
    : start(parts, instance, { by: commander.by, forMs: asked.forMs, mayStop: rights.has('stop') }, reading);
}

/** The machine, and what the person may do to it; or why she is told nothing, for the log alone. */
type Found = { readonly instance: Instance; readonly rights: ReadonlySet<SlackRight> } | { readonly why: string };

async function findFor(parts: CommandParts, target: Target, command: Command, commander: Commander): Promise<Found> {
  const bots = [...commander.bots.values()];
  if (!bots.some(({ channel }) => channel === undefined || channel === command.channel))
    return { why: 'the command came from a channel to which ec2-operator does not write' };
  const located = await parts.locate({ target });
  if (located.located !== 'machine') return { why: located.message };
  const { instance } = located;
  const rights = await rightsFor(parts, instance, command, commander);
  if (rights === undefined)
    return { why: `${plain(describeInstance(instance), 200)} is not told about to this person in this channel` };
  return { instance, rights };
}

/** The same for every reason: names and ids of machines, and what the DNS knows, are not for everybody in the workspace. */
function notHere(host: string): string {
  return [
    `Nothing was done: "${plain(host, 100)}" is not among the machines that you can ask for here, or it cannot be looked up now.`,
    'Use the channel that is told about the machine, and the name or the id that its messages show.',
  ].join(' ');
}

/**
 * What the person may do to the machine: in the channel that is told about it, or anywhere as its owner who is told.
 *
 * @returns undefined where nothing lets her ask about it
 */
async function rightsFor(
  { telling }: CommandParts,
  instance: Instance,
  { channel }: Command,
  { bots, isMember }: Commander,
): Promise<ReadonlySet<SlackRight> | undefined> {
  const rights: (readonly SlackRight[])[] = [];
  for (const { channel: name, recipient } of audienceOf(instance, telling)) {
    const bot = bots.get(name);
    if (bot === undefined) continue;
    const isHere =
      recipient === undefined ? bot.channel === channel : bot.channel === undefined && (await isMember(bot, recipient));
    if (isHere) rights.push([...bot.may]);
  }
  return rights.length === 0 ? undefined : new Set(rights.flat());
}

async function hold(
  { answers, holds }: CommandParts,
  instance: Instance,
  { by, forMs }: { readonly by: Answerer; readonly forMs: number },
  reading: Reading,
): Promise<string> {
  const { longestMs } = limitsOn(instance, holds);
  const name = nameOf(instance);
  if (forMs > longestMs)
    return `${name} may be kept for ${formatDuration(longestMs)} from now, got ${formatDuration(forMs)}.`;
  return tellKept(name, await answers.keep(machineOf(instance), reading.now + forMs, by), reading);
}

async function start(
  { answers, holds }: CommandParts,
  instance: Instance,
  { by, forMs, mayStop }: { readonly by: Answerer; readonly forMs: number | undefined; readonly mayStop: boolean },
  reading: Reading,
): Promise<string> {
  const name = nameOf(instance);
  const longestMs = longestLeaseOn(instance, holds);
  if (forMs !== undefined && forMs > longestMs)
    return `${name} may run for ${formatDuration(longestMs)}, got ${formatDuration(forMs)}.`;
  // Without the right to stop, an end is given only to what this start has started, as a default does.
  const lease: AskedLease | undefined =
    forMs === undefined ? undefined : { leaseMs: forMs, ...(mayStop ? {} : { leaseByDefault: true }) };
  return tellAsked(name, 'start', await answers.wake(machineOf(instance), by, WAIT_MS, lease), reading);
}

async function status({ store }: CommandParts, instance: Instance, reading: Reading): Promise<string> {
  const voice = (await store.voices([instance.id], reading.now)).get(instance.id);
  const open = await store.openOn(instance.id, []);
  return [
    `${plain(describeInstance(instance), 200)} is ${instance.state} (${instance.type}).`,
    ...(voice?.holds ?? [])
      .slice(0, 5)
      .map(({ who, until }) => `${plain(who, 100)} keeps it running until ${tellTime(until, reading)}.`),
    ...(voice?.lease === undefined
      ? []
      : [`It is leased by ${plain(tellHolder(voice.lease), 100)} until ${tellTime(voice.lease.until, reading)}.`]),
    ...open.slice(0, 5).map((operation) => tellOpen(operation, reading)),
  ].join('\n');
}

function tellOpen(operation: Operation, reading: Reading): string {
  const { intent, state } = operation;
  const dry = intent.dryRun ? 'A dry run of a' : 'A';
  const why = 'message' in operation && operation.message !== '' ? `: ${foreign(operation.message, reading)}` : '.';
  return `${dry} ${intent.verb} is ${state}${why}`;
}

function nameOf({ id, tags: { Name: name = '' } }: Instance): string {
  return plain(name, 60) || id;
}

function machineOf({ id, place }: Instance): AnsweredMachine {
  return { id, ...place };
}
