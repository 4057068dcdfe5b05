/** Takes what people press and write in Slack, checks that it counts, and asks for it as every request does. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { keptUntil } from '../../domain/keep-choices.ts';
import { nameOf } from '../../domain/message-parts.ts';
import type { Address } from '../../domain/notice-address.ts';
import { isAboutMachine, type NewsMachine, type Notice } from '../../domain/notice.ts';
import { isOpen, type Operation } from '../../domain/operation.ts';
import { plain } from '../../domain/plain.ts';
import { isToldAbout } from '../../domain/telling.ts';
import type { Answerer } from '../../engine/answers.ts';
import type { Press } from './buttons.ts';
import { callSlack } from './call.ts';
import { commandAnswer, type CommandParts } from './command.ts';
import { judgeClick, strangeness, type Home } from './judge.ts';
import { createFindMember, type FindMember } from './members.ts';
import { readClick, readCommand, type Click, type Command, type SlackPerson } from './payloads.ts';
import { respond } from './respond.ts';
import { tellAsked, tellKept } from './sentences.ts';
import type { SlackBot } from './settings.ts';

/** The channels whose answers come by one app. */
export interface DeskApp {
  /** By the name of the channel; at least one. */
  readonly bots: ReadonlyMap<string, SlackBot>;
}

export interface DeskParts extends CommandParts {
  readonly store: CommandParts['store'] & NoticeReader;
  /** A press or a command did not count. */
  readonly onRefused: (fields: Readonly<Record<string, unknown>>, why: string) => void;
  readonly onFault: (what: string, error: unknown) => void;
}

interface NoticeReader {
  readonly notice: (id: string) => Promise<Notice | undefined>;
  readonly takeAnswer: (digest: string, until: number, now: number) => Promise<boolean>;
  readonly find: (id: string) => Promise<Operation | undefined>;
}

export interface Desk {
  /** Both resolve once the answer is on its way, and do not reject. @param app as Slack has named it on the connection */
  press(payload: unknown, app?: string): Promise<void>;
  command(payload: unknown, app?: string): Promise<void>;
}

/** How long a press waits for an operation, in milliseconds. */
const WAIT_MS = 5_000;
/** Slack delivers again within minutes. */
const REMEMBERED_MS = 600_000;
/** A press of the same button within this time is the same press, in milliseconds. */
const TWICE_MS = 5_000;

interface Desktop {
  readonly app: DeskApp;
  readonly parts: DeskParts;
  readonly homeOf: (bot: SlackBot) => Promise<Home | undefined>;
  readonly findMember: (bot: SlackBot) => FindMember;
  readonly signal: AbortSignal;
}

/** @param signal ends what is still being asked of Slack */
export function createDesk(app: DeskApp, parts: DeskParts, signal: AbortSignal): Desk {
  const members = new Map([...app.bots.values()].map((bot) => [bot, createFindMember(bot.api, parts.clock)]));
  const findMember = (bot: SlackBot): FindMember => members.get(bot) ?? createFindMember(bot.api, parts.clock);
  const desktopOf = (named: string | undefined): Desktop => {
    return { app, parts, homeOf: createHomeOf(teams, named, signal), findMember, signal };
  };
  const teams = new Map<SlackBot, string>();
  return {
    press: async (payload, named) => {
      const click = readClick(payload);
      if (click !== undefined) await answering(desktopOf(named), click, press);
    },
    command: async (payload, named) => {
      const command = readCommand(payload);
      if (command !== undefined) await answering(desktopOf(named), command, obey);
    },
  };
}

/** @returns the sentence for the person; undefined for none */
type Work<T> = (desktop: Desktop, asked: T) => Promise<string | undefined>;

async function answering<T extends Click | Command>(desktop: Desktop, asked: T, work: Work<T>): Promise<void> {
  const { parts, app, signal } = desktop;
  const answer = await work(desktop, asked).catch((error: unknown) => {
    parts.onFault('an answer in Slack could not be worked on', error);
    return 'ec2-operator could not do this now, and nothing was changed: try again in a minute';
  });
  const [bot] = app.bots.values();
  if (answer === undefined || asked.responseUrl === undefined || bot === undefined) return;
  await respond(asked.responseUrl, bot.api.url, answer, signal).catch((error: unknown) => {
    parts.onFault('a person in Slack could not be answered', error);
  });
}

const UNKNOWN_HOME =
  'ec2-operator cannot ask Slack which workspace it is in, so nothing was done: try again in a minute';

async function press({ app, parts, homeOf }: Desktop, click: Click): Promise<string | undefined> {
  const { store, onRefused, clock, zone } = parts;
  const notice = await findSent(store, click.notice);
  const bot = notice === undefined ? undefined : app.bots.get(notice.channel);
  const [first] = app.bots.values();
  const asked = bot ?? first;
  const home = asked === undefined ? undefined : await homeOf(asked);
  const judged =
    home === undefined
      ? ({ counts: false, why: UNKNOWN_HOME } as const)
      : judgeClick(click, { notice, bot, home, isOpen: await tellsOfOpen(store, notice) });
  if (!judged.counts || notice === undefined || !isAboutMachine(notice.news)) {
    const why = judged.counts ? 'this message has no buttons' : judged.why;
    onRefused(fieldsOf(click), why);
    return `Nothing was changed: ${why}.`;
  }
  const { machine } = notice.news;
  const refused = await whyNotNow(parts, judged.press, notice, machine);
  if (refused !== undefined) {
    onRefused(fieldsOf(click), refused);
    return `Nothing was changed: ${plain(refused, LONGEST_WHY)}.`;
  }
  if (!(await isNew(parts, click))) return undefined;
  const reading = { zone, now: clock() };
  return act(parts, judged.press, { machine, by: answererOf(click) }, reading);
}

const LONGEST_WHY = 1_000;

/**
 * The machine may have other tags, or the channel other settings, since the message was sent. A hold is written even when EC2 cannot
 * be asked, as everywhere.
 *
 * @returns undefined where the message still counts for the machine
 */
async function whyNotNow(
  { locate, telling }: DeskParts,
  { press: pressed }: Press,
  address: Address,
  { id, region, account }: NewsMachine,
): Promise<string | undefined> {
  const place = { ...(region === undefined ? {} : { region }), ...(account === undefined ? {} : { account }) };
  const located = await locate({ target: { kind: 'instance', id, text: id }, ...place });
  switch (located.located) {
    case 'machine':
      return isToldAbout(located.instance, address, telling)
        ? undefined
        : 'the machine is not told about here any more: use the channel that is told about it';
    case 'unknown':
      return pressed === 'keep' ? undefined : `EC2 cannot be asked about the machine now (${located.message})`;
    case 'refused':
      return located.message;
  }
}

interface Acting {
  readonly machine: NewsMachine;
  readonly by: Answerer;
}

async function act(
  { answers }: DeskParts,
  pressed: Press,
  { machine, by }: Acting,
  reading: { readonly zone: string; readonly now: number },
): Promise<string> {
  const name = nameOf(machine);
  switch (pressed.press) {
    case 'keep':
      return tellKept(name, await answers.keep(machine, keptUntil(pressed.choice, reading), by), reading);
    case 'start':
      return tellAsked(name, 'start', await answers.wake(machine, by, WAIT_MS), reading);
    case 'stop':
      return tellAsked(name, 'stop', await answers.stop(machine, by, WAIT_MS), reading);
  }
}

async function obey(desktop: Desktop, command: Command): Promise<string> {
  const { app, parts, homeOf, findMember, signal } = desktop;
  const [first] = app.bots.values();
  const home = first === undefined ? undefined : await homeOf(first);
  const strange = home === undefined ? UNKNOWN_HOME : strangeness(command, home);
  if (strange !== undefined) {
    parts.onRefused(fieldsOf(command), strange);
    return `Nothing was changed: ${strange}.`;
  }
  return commandAnswer(parts, command, {
    bots: app.bots,
    isMember: async (bot, email) => (await findMember(bot)(email, signal)) === command.person.id,
    by: answererOf(command),
    isNew: async (text) => isFirst(parts, [command.responseUrl ?? '', command.person.id, text], REMEMBERED_MS),
    refuse: (why) => {
      parts.onRefused(fieldsOf(command), why);
    },
  });
}

async function tellsOfOpen({ find }: DeskParts['store'], notice: Notice | undefined): Promise<boolean> {
  if (notice === undefined || !('operation' in notice.news)) return false;
  const operation = await find(notice.news.operation);
  return operation !== undefined && isOpen(operation);
}

/** A press may come before it is written that its message was sent. */
async function findSent({ notice }: DeskParts['store'], id: string): Promise<Notice | undefined> {
  for (let tries = 0; ; tries += 1) {
    const found = await notice(id);
    if (found === undefined || found.reference !== undefined || tries >= 10) return found;
    await delay(300);
  }
}

/** Whether neither Slack has delivered this press before, nor the person has pressed twice. */
async function isNew(parts: DeskParts, { notice, action, person, pressedAt }: Click): Promise<boolean> {
  const pressed = [notice, action, person.id];
  return (await isFirst(parts, [...pressed, pressedAt], REMEMBERED_MS)) && isFirst(parts, pressed, TWICE_MS);
}

async function isFirst({ store, clock }: DeskParts, what: readonly string[], forMs: number): Promise<boolean> {
  const now = clock();
  const digest = createHash('sha256')
    .update(JSON.stringify(['slack', ...what]))
    .digest('hex');
  return store.takeAnswer(digest, now + forMs, now);
}

const LONGEST_NAME = 40;

/** Records show the name because people know it. It can be changed, so it stands behind the id. */
function answererOf({ person, channel }: { readonly person: SlackPerson; readonly channel: string }): Answerer {
  const name = plain((person.name ?? '').replaceAll(/[()]/g, ''), LONGEST_NAME);
  return { name: name === '' ? person.id : `${person.id} (${name})`, remote: `slack:${channel}`, via: 'slack' };
}

function fieldsOf({ person, teams, channel, app }: Click | Command): Readonly<Record<string, unknown>> {
  return { user: person.id, team: teams.join(' '), channel, ...(app === undefined ? {} : { app }) };
}

const teamSchema = z.looseObject({ team_id: z.string() });

/** Knows the workspace of a bot: as it is configured, or as Slack says, which is asked once. */
function createHomeOf(
  known: Map<SlackBot, string>,
  app: string | undefined,
  signal: AbortSignal,
): (bot: SlackBot) => Promise<Home | undefined> {
  return async (bot) => {
    let team = bot.team ?? known.get(bot);
    if (team === undefined) {
      const who = await callSlack(bot.api, 'auth.test', {}, signal);
      team = who.ok ? teamSchema.safeParse(who.body).data?.team_id : undefined;
      if (team !== undefined) known.set(bot, team);
    }
    return team === undefined ? undefined : { team, ...(app === undefined ? {} : { app }) };
  };
}
