/**
 * What people read about each kind of news, on a phone at night: what happens and when, why, what is lost and what is kept, and what
 * they can do. Nothing is said of how it works inside.
 */
import { tellDigest } from './message-digest.ts';
import { tellFailed, tellOff } from './message-ends.ts';
import {
  byCommand,
  deadline,
  machineFacts,
  nameOf,
  onlyCause,
  seeLink,
  tellGrounds,
  tellLost,
  wakeLink,
  type Reader,
  type Told,
} from './message-parts.ts';
import type { News } from './notice.ts';
import { plain, sentence } from './plain.ts';
import { tellTime, tellTimesIn } from './told-time.ts';

export type { Told } from './message-parts.ts';

type NewsOf<K extends News['kind']> = Extract<News, { readonly kind: K }>;

export function tellNews(news: News, reader: Reader): Told {
  switch (news.kind) {
    case 'warning':
    case 'lease_ending':
      return tellWarning(news, reader);
    case 'kept':
      return tellKept(news, reader);
    case 'stopped':
      return tellStopped(news, reader);
    case 'not_stopped':
      return tellOff(news, reader);
    case 'capacity':
      return news.isOver ? tellGotThrough(news, reader) : tellCapacity(news, reader);
    case 'ready':
      return tellReady(news, reader);
    case 'failed':
      return tellFailed(news, reader);
    case 'digest':
      return tellDigest(news, reader);
    case 'test':
      return tellTest(news, reader);
  }
}

function tellWarning(news: NewsOf<'warning' | 'lease_ending'>, reader: Reader): Told {
  const { machine, cause, stopsAt, isReminder, isEscalation } = news;
  const when = tellTime(stopsAt, reader);
  const why = cause === 'lease' ? ': its lease ends' : '';
  const last = isReminder === true ? ' (last reminder)' : '';
  return {
    title: `${nameOf(machine)} stops at ${when}${why}${last}`,
    text: [
      ...(isEscalation === true ? ['Nobody else could be told of it so far.'] : []),
      tellGrounds(news, reader, false),
      `If you ${reader.isShared === true ? 'or a colleague still needs' : 'still need'} it, keep it. Otherwise it stops at ${when}${cause === 'alert' ? ', unless the alert is over by then' : ''}.`,
      tellLost(news),
      ...byCommand(reader, `To keep it: ec2-operator hold ${machine.id} --for 4h`),
    ],
    facts: [['Stops', when], ...onlyCause(news, reader), ...machineFacts(machine)],
    links: [
      { purpose: 'keep', label: 'Keep it', expiresAt: stopsAt + deadline.keep },
      { purpose: 'keep_now', label: 'Keep it', expiresAt: stopsAt },
      seeLink(news.at),
    ],
  };
}

function tellKept(news: NewsOf<'kept'>, reader: Reader): Told {
  const { machine, until, message, at, by, often } = news;
  const end = until === undefined ? undefined : tellTime(until, reader);
  const name = nameOf(machine);
  const what = by === 'lease' ? 'Its lease keeps it running' : 'It is being kept';
  const why = sentence(plain(tellTimesIn(withoutName(message), reader), 500));
  return {
    title: end === undefined ? `${name} keeps running (${tellTime(at, reader)})` : `${name} keeps running until ${end}`,
    text: [
      'It does not stop as announced.',
      why === '' ? `${what}.` : `${what}: ${why}`,
      ...(often === undefined ? [] : [`It was kept ${often.times} times since ${tellTime(often.since, reader)}.`]),
      'If it is to stop after that, you are told before.',
      ...byCommand(reader, `To keep it longer: ec2-operator hold ${machine.id} --for 4h`),
    ],
    facts: [['Kept until', end], ...machineFacts(machine)],
    links: [
      { purpose: 'keep', label: 'Keep it longer', expiresAt: Math.max(until ?? at, at) + deadline.keep },
      seeLink(at),
    ],
  };
}

/** The operation's sentence begins with the machine: `gpu-7 (i-0abc…, eu-central-1a) is held: pia holds it…`. */
function withoutName(message: string): string {
  return message.replace(/^.{1,400}? is (?:held: |(?=leased ))/, '');
}

function tellStopped(news: NewsOf<'stopped'>, reader: Reader): Told {
  const { machine, at, losesDisk } = news;
  const when = tellTime(at, reader);
  const lost =
    losesDisk === true
      ? 'What ran on it has ended, and its local scratch disk was erased.'
      : 'What ran on it has ended.';
  return {
    title: `${nameOf(machine)} was stopped at ${when}`,
    text: [
      tellGrounds(news, reader, true),
      `Its disks are safe. ${lost}`,
      'Start it again whenever you need it; its public address may be another one then.',
      ...byCommand(reader, `To start it: ec2-operator start ${machine.id}`),
    ],
    facts: [['Stopped', when], ...onlyCause(news, reader), ...machineFacts(machine)],
    links: [wakeLink('Start it again', at), seeLink(at)],
  };
}

function tellCapacity(news: NewsOf<'capacity'>, reader: Reader): Told {
  const { machine, at, tries, nextTryAt, message } = news;
  const next = nextTryAt === undefined ? undefined : tellTime(nextTryAt, reader);
  const isQuota = /LimitExceeded|TooMany|MaxSpot/.test(message);
  const type = plain(machine.type ?? '', 40) || 'machine of this type';
  const counted = tries === 1 ? 'One try so far' : `${tries} tries so far`;
  return {
    title:
      next === undefined
        ? `${nameOf(machine)} still waits to start (${tellTime(at, reader)})`
        : `${nameOf(machine)} still waits to start: next try at ${next}`,
    text: [
      isQuota ? `The AWS account may not run one more ${type} now.` : `AWS has no ${type} free where its disks are.`,
      `${counted}${next === undefined ? '' : `, the next at ${next}`}: it goes on by itself, and you hear when it starts or is given up.`,
      isQuota
        ? 'To have it sooner, stop another machine, or have the quota raised.'
        : 'To have it sooner, use another machine, or have its type changed to one that is free.',
      'Its disks are safe.',
    ],
    facts: [
      ['Tries', String(tries)],
      ['Next try', next],
      ['AWS says', tellTimesIn(message, reader)],
      ...machineFacts(machine),
    ],
    links: [seeLink(at)],
  };
}

function tellGotThrough({ machine, at, tries }: NewsOf<'capacity'>, reader: Reader): Told {
  const when = tellTime(at, reader);
  return {
    title: `${nameOf(machine)} has started after all at ${when}`,
    text: [
      `AWS had one free${tries > 1 ? ` at the ${ordinal(tries)} try` : ''}.`,
      'Logging in may take a few more minutes. Its disks are as they were.',
    ],
    facts: [['Got through', when], ['Tries', String(tries)], ...machineFacts(machine)],
    links: [seeLink(at)],
  };
}

function ordinal(count: number): string {
  const teen = count % 100 >= 11 && count % 100 <= 13;
  return `${count}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th')}`;
}

/** It is sent once the machine has passed its checks, which is later than it ran. */
function tellReady({ machine, at, addresses, since }: NewsOf<'ready'>, reader: Reader): Told {
  const when = tellTime(reader.now, reader);
  const [first] = addresses;
  const started = since === undefined ? undefined : tellTime(since, reader);
  return {
    title: `${nameOf(machine)} is ready (${when})`,
    text: [
      'It runs, and AWS has found no fault with it.',
      first === undefined ? 'It has no address by which it could be reached.' : `To log in: ssh ${first}`,
    ],
    facts: [
      ['Address', addresses.join(', ')],
      ['Log in', first === undefined ? undefined : `ssh ${first}`],
      ['Started', started],
      ...machineFacts(machine),
    ],
    links: [seeLink(at)],
  };
}

function tellTest({ at, who }: NewsOf<'test'>, reader: Reader): Told {
  return {
    title: `A test of ec2-operator at ${tellTime(at, reader)}`,
    text: [
      `${plain(who, 60) || 'A person'} tries whether messages arrive here.`,
      'They do: you will be told here before a machine stops. There is nothing to do.',
    ],
    facts: [],
    links: [],
  };
}
