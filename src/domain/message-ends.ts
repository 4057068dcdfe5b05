/** What people read when a stop that was announced does not happen, and when a start or a stop has failed. */
import { byCommand, machineFacts, nameOf, seeLink, wakeLink, type Reader, type Told } from './message-parts.ts';
import type { News } from './notice.ts';
import { plain, sentence } from './plain.ts';
import {
  WAITING_REASONS,
  type CancelledReason,
  type FailedReason,
  type RefusedReason,
  type SucceededReason,
  type WaitingReason,
} from './reason.ts';
import { tellTime, tellTimesIn } from './told-time.ts';

type NewsOf<K extends News['kind']> = Extract<News, { readonly kind: K }>;

/** A stop can come to nothing for each of these. */
type OffReason = WaitingReason | RefusedReason | CancelledReason | SucceededReason | FailedReason;

/** The machine has stopped, or is gone, without us. */
const BY_ITSELF: Partial<Record<OffReason, 'is stopped already' | 'no longer exists'>> = {
  state_reached: 'is stopped already',
  already_in_state: 'is stopped already',
  terminated: 'no longer exists',
  vanished: 'no longer exists',
  not_found: 'no longer exists',
};

const STOPPED = 'Another request, the console or its own system has stopped it before. Its disks are safe.';
const GONE = 'AWS says that it was terminated, or does not know it any more.';
const ALERT_OVER = 'The alert is over: the machine is at work again, or the alert was ended.';
const AWS_SILENT = 'AWS cannot be asked at the moment.';
const UNSURE = 'It is not certain that the alert still stands.';

/** Where the sentence of the operation would tell people how it works inside. */
const OFF: Partial<Record<OffReason, string>> = {
  state_reached: STOPPED,
  already_in_state: STOPPED,
  terminated: GONE,
  vanished: GONE,
  not_found: GONE,
  superseded: 'It was started, or asked for, in the meantime.',
  rival: 'A start was asked for, and comes first.',
  resolved: ALERT_OVER,
  not_firing: ALERT_OVER,
  resolved_grace: ALERT_OVER,
  lease_over: 'Its lease was ended or changed.',
  fleet_limit: 'As many machines as may stop at a time were stopped already.',
  unconfirmed: UNSURE,
  still_firing: UNSURE,
  need_unconfirmed: UNSURE,
  no_recent_alert: UNSURE,
  still_needed: 'Another alert says that it is needed.',
  warning_undelivered: 'People could not be told of it in time.',
  min_uptime: 'It was started a short while ago, so it keeps running for now.',
  stale_alert: 'It was started after the alert had begun.',
  flapping: 'It was started or stopped too often lately.',
  protected: 'Its stop protection is on in AWS.',
  own_machine: 'The program that stops and starts machines runs on it.',
  spot: 'Spot machines are not stopped here.',
  scratch_disk: 'A stop would erase its local disks.',
  committed: 'Its capacity is paid for anyway, so a stop would save nothing.',
  transition: 'It is changing its state at the moment.',
  no_effect: 'AWS has not carried it out yet.',
  changed_meanwhile: 'Something about it changed right before the stop.',
  retry: AWS_SILENT,
  throttled: AWS_SILENT,
  credentials: AWS_SILENT,
  place_unreachable: AWS_SILENT,
  answer_lost: AWS_SILENT,
  not_shown: AWS_SILENT,
  lookup_failed: AWS_SILENT,
  name_unknown: AWS_SILENT,
};

/** Of these the sentence has more to tell. */
const BEGINS: Partial<Record<OffReason, string>> = {
  windows: 'Stops are not allowed at this time of day.',
  unsupported: 'AWS does not stop such a machine.',
  no_window: 'Stops are not allowed at any time.',
};

export function tellOff(news: NewsOf<'not_stopped'>, reader: Reader): Told {
  const { machine, at, reason, message } = news;
  const when = tellTime(at, reader);
  const waits = Object.hasOwn(WAITING_REASONS, reason) && reason !== 'other_version';
  const ended = found(BY_ITSELF, reason);
  const name = nameOf(machine);
  const rest = waits
    ? 'It may still be stopped later: you hear of it before.'
    : 'There is nothing to do: if it is to stop another time, you hear of it before.';
  return {
    title:
      ended === undefined
        ? `${name} keeps running: its stop was ${waits ? 'put off' : 'called off'} at ${when}`
        : `${name} ${ended} (${when})`,
    text: [whyOff(reason, message, reader), ...(ended === undefined ? [rest] : [])],
    facts: [['When', when], ...machineFacts(machine)],
    links: ended === 'is stopped already' ? [wakeLink('Start it again', at), seeLink(at)] : [seeLink(at)],
  };
}

function whyOff(reason: string, message: string, reader: Reader): string {
  const own = found(OFF, reason);
  if (own !== undefined) return own;
  const texts = [found(BEGINS, reason) ?? '', said(message, reader)].filter((text) => text !== '');
  return texts.join(' ') || 'The stop was called off.';
}

function found<T>(table: Partial<Record<OffReason, T>>, reason: string): T | undefined {
  const entries: readonly (readonly [string, T])[] = Object.entries(table);
  return entries.find(([name]) => name === reason)?.[1];
}

const MAX_SAID = 600;

/** The sentence of the operation, at the reader's clock and without words about how it works inside. */
function said(message: string, reader: Reader): string {
  const text = message.replace(/ \(guard \w+\)/g, '').replace(/: what was asked for before then is not done$/, '');
  const shown = sentence(plain(tellTimesIn(text, reader), MAX_SAID));
  // The names of machines and people keep their letters.
  return /^(?:cancelled|not|no|it|the|every) /.test(shown)
    ? `${shown.charAt(0).toUpperCase()}${shown.slice(1)}`
    : shown;
}

/** What went wrong, and what people can do. */
const FAILED: Readonly<Record<FailedReason, readonly [wrong: string, remedy: string]>> = {
  unauthorized: ['AWS did not allow it.', 'An administrator has to allow it in AWS.'],
  misconfigured: ['The access to AWS is not set up right.', 'An administrator has to set it right.'],
  bounced: ['AWS accepted the start and then took it back.', ''],
  reverted: ['It was started again in the meantime, so it was left alone.', ''],
  vanished: ['The machine no longer exists.', ''],
  deadline: ['It did not work in time, and is not tried again by itself.', 'Try again.'],
  ec2_error: ['AWS answered with an error.', 'Try again; if that fails, too, tell an administrator.'],
  internal_error: ['ec2-operator itself has a fault.', 'Tell an administrator: its log has the details.'],
  other_version: ['It did not work.', ''],
};

/** After these a machine is as it was. */
const NOTHING_CHANGED: ReadonlySet<string> = new Set<FailedReason>(['unauthorized', 'misconfigured', 'bounced']);

export function tellFailed(news: NewsOf<'failed'>, reader: Reader): Told {
  const { machine, at, verb, reason, message } = news;
  const when = tellTime(at, reader);
  const details = said(message, reader);
  const [wrong, remedy] = found(FAILED, reason) ?? FAILED.other_version;
  const isStart = verb === 'start';
  const isDown = NOTHING_CHANGED.has(reason);
  const isGone = reason === 'vanished';
  const state = isDown ? 'It does not run; its disks are as they were.' : 'It may not be running.';
  const now = isStart ? state : 'It may still run, and cost money.';
  return {
    title: `${nameOf(machine)} could not be ${isStart ? 'started' : 'stopped'} at ${when}`,
    text: [
      wrong,
      ...(isGone || reason === 'reverted' ? [] : [now]),
      remedy,
      details === '' ? '' : `In detail: ${details}`,
      ...(isGone ? [] : byCommand(reader, `To try again: ec2-operator ${verb} ${machine.id}`)),
    ].filter((text) => text !== ''),
    facts: [['When', when], ...machineFacts(machine)],
    links: isStart && !isGone ? [wakeLink('Try again', at), seeLink(at)] : [seeLink(at)],
  };
}
