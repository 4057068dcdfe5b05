/** What people read when a stop that was announced does not happen, and when a start or a stop has failed. */
import { byCommand, machineFacts, nameOf, seeLink, wakeLink, type Reader, type Told } from './message-parts.ts';
import type { News } from './notice.ts';
import { plain, sentence } from './plain.ts';
import { FAILED_REASONS, WAITING_REASONS } from './reason.ts';
import { tellTime, tellTimesIn } from './told-time.ts';

type NewsOf<K extends News['kind']> = Extract<News, { readonly kind: K }>;

/** The machine has stopped, or is gone, without us. */
const BY_ITSELF: Readonly<Record<string, string>> = {
  state_reached: 'was stopped earlier than announced',
  already_in_state: 'was stopped earlier than announced',
  terminated: 'no longer exists',
  vanished: 'no longer exists',
  not_found: 'no longer exists',
};

/** Where the sentence of the operation would tell people nothing. */
const OFF: Readonly<Record<string, string>> = {
  superseded: 'It was started, or asked for, in the meantime.',
  resolved: 'Its alert is over: it is at work again, or the alert was ended.',
  not_firing: 'Its alert is over: it is at work again, or the alert was ended.',
  lease_over: 'Its lease was ended or changed.',
  paused: 'Automatic stops are paused.',
  windows: 'Stops are not allowed at this time of day.',
  fleet_limit: 'As many machines as may stop at a time were stopped already.',
};

/** Of these the sentence has more to tell. */
const TELLS_MORE: ReadonlySet<string> = new Set(['paused', 'windows']);

export function tellOff(news: NewsOf<'not_stopped'>, reader: Reader): Told {
  const { machine, at, reason, message } = news;
  const when = tellTime(at, reader);
  const waits = Object.hasOwn(WAITING_REASONS, reason) && reason !== 'other_version';
  const ended = Object.hasOwn(BY_ITSELF, reason) ? BY_ITSELF[reason] : undefined;
  const name = nameOf(machine);
  const rest = waits
    ? 'It may stop later: you are told before.'
    : 'You need do nothing. You are told before it is to stop again.';
  return {
    title:
      ended === undefined
        ? `${name} keeps running: its stop was ${waits ? 'put off' : 'called off'} at ${when}`
        : `${name} ${ended} (${when})`,
    text: [whyOff(reason, message, reader), ...(ended === undefined ? [rest] : [])],
    facts: [['When', when], ...machineFacts(machine)],
    links: ended?.startsWith('was stopped') === true ? [wakeLink('Start it again', at), seeLink(at)] : [seeLink(at)],
  };
}

function whyOff(reason: string, message: string, reader: Reader): string {
  const own = Object.hasOwn(OFF, reason) ? (OFF[reason] ?? '') : '';
  if (own !== '' && !TELLS_MORE.has(reason)) return own;
  const said = sentence(plain(tellTimesIn(withoutMechanism(message), reader), MAX_SAID));
  return [own, capital(said)].filter((text) => text !== '').join(' ') || 'The stop was called off.';
}

/** Names of guards and operations tell people nothing. */
function withoutMechanism(message: string): string {
  return message.replace(/ \(guard \w+\)/g, '').replace(/: what was asked for before then is not done$/, '');
}

const MAX_SAID = 600;

/** The names of machines and people keep their letters. */
function capital(text: string): string {
  return /^(?:cancelled|not|no|it|the|every) /.test(text) ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text;
}

/** What people can do, where the sentence of the operation does not say it. */
const REMEDIES: Readonly<Record<string, string>> = {
  unauthorized: 'An administrator has to allow it in AWS.',
  misconfigured: 'An administrator has to set up the access to AWS.',
  vanished: 'The machine does not exist any more.',
  reverted: 'Another person or program has started it, so it was left alone.',
  deadline: 'It is not tried again by itself.',
  ec2_error: 'Try again. If it fails again, tell an administrator what AWS says.',
  internal_error: 'Tell an administrator: the log of ec2-operator has the details.',
};

export function tellEnded(news: NewsOf<'failed'>, reader: Reader): Told {
  const { machine, at, verb, reason, message } = news;
  const when = tellTime(at, reader);
  const said = sentence(plain(tellTimesIn(withoutMechanism(message), reader), MAX_SAID));
  const isGone = reason === 'vanished';
  const remedy = Object.hasOwn(REMEDIES, reason) ? REMEDIES[reason] : undefined;
  const consequence = verb === 'start' ? 'It does not run; its disks are safe.' : 'It may still run, and cost money.';
  return {
    title: `${nameOf(machine)} could not be ${verb === 'start' ? 'started' : 'stopped'} at ${when}`,
    text: [
      capital(said) || sentence(capital(reasonText(reason))),
      ...(remedy === undefined ? [] : [remedy]),
      ...(isGone ? [] : [consequence, ...byCommand(reader, `To try again: ec2-operator ${verb} ${machine.id}`)]),
    ],
    facts: [['When', when], ...machineFacts(machine)],
    links: verb === 'start' && !isGone ? [wakeLink('Try again', at), seeLink(at)] : [seeLink(at)],
  };
}

function reasonText(reason: string): string {
  const known = Object.entries(FAILED_REASONS).find(([name]) => name === reason);
  return known === undefined ? 'it did not work' : known[1];
}
