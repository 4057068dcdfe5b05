/** The sentences about a machine: why it stops, what comes next, and what was decided last. */
import { comingStop, type Brakes, type ComingStop, type HeldBack } from './coming-stop.ts';
import { readHoldTag } from './hold-tag.ts';
import type { InstanceState } from './instance.ts';
import type { Machine, MachineRow } from './machine.ts';
import { isLeaseOver } from './open-now.ts';
import { tellGrounds } from './message-parts.ts';
import { groundsOf } from './notices-of.ts';
import { forPeople } from './operation-story.ts';
import { isOpen, mayHaveBeenSent, type Operation } from './operation.ts';
import { WAITING_REASONS, type WaitingReason } from './reason.ts';
import { plain } from './plain.ts';
import { tellCame } from './told-state.ts';
import { capital, tellSentence } from './told-sentence.ts';
import { tellTime, type Reading } from './told-time.ts';

/** The next change of a machine, without a further request. */
export interface Next {
  readonly kind: 'stops' | 'stopping' | 'stop_waits' | 'starting' | 'start_waits';
  readonly text: string;
  /** When it stops, where a time is set. */
  readonly at?: number;
}

/** The last word about a machine: what its newest operation says, or what others have done since. */
export interface Decision {
  /** Absent where others have changed the machine. */
  readonly operation?: string;
  readonly text: string;
  readonly at: number;
}

/** Why the machine is to stop, or has been stopped. The lease of a machine that runs is told anyway. */
export function tellWhy(row: MachineRow, reading: Reading): string | undefined {
  const { machine, open, last } = row;
  const isOff = machine.state === 'stopped' || machine.state === 'stopping';
  const stop = open?.intent.verb === 'stop' ? open : isOff && last !== undefined && hasStopped(last) ? last : undefined;
  if (stop?.instance === undefined || (stop.intent.cause.by === 'lease' && isOpen(stop))) return undefined;
  const { instance, intent } = stop;
  return tellGrounds(groundsOf({ after: { instance, intent } }), { ...reading, hasLinks: true }, !isOpen(stop));
}

function hasStopped({ intent, state }: Operation): boolean {
  return intent.verb === 'stop' && !intent.dryRun && state === 'succeeded';
}

export function tellNext(row: MachineRow, brakes: Brakes, reading: Reading): Next | undefined {
  const { open } = row;
  const stop = comingStop(row, brakes, reading.now);
  if (stop !== undefined) return tellStop(stop, reading);
  return open !== undefined && isOpen(open) && !isLeaseOver(open, row)
    ? tellOpen(open, row, brakes, reading)
    : undefined;
}

function tellStop({ at, heldBack }: ComingStop, reading: Reading): Next {
  const time = tellTime(at, reading);
  if (heldBack === undefined) return { kind: 'stops', text: `Stops at ${time}`, at };
  return { kind: 'stop_waits', text: `Would stop at ${time}, but ${tellHeldBack(heldBack, reading)}` };
}

function tellHeldBack(heldBack: HeldBack, reading: Reading): string {
  const until = heldBack.until === undefined ? '' : ` until ${tellTime(heldBack.until, reading)}`;
  switch (heldBack.by) {
    case 'pause':
      return `${plain(heldBack.who, 80)} has paused automatic stops${until}`;
    case 'tag':
      return `its tag holds it${until}`;
    case 'windows':
      return heldBack.until === undefined
        ? 'the change windows never allow that'
        : `the change windows allow that only from ${tellTime(heldBack.until, reading)}`;
    case 'fleet_limit':
      return `the limit on automatic stops is reached${until}`;
  }
}

function tellOpen(open: Operation, { machine, hold, lease }: MachineRow, { guards }: Brakes, reading: Reading): Next {
  const isHeld = hold !== undefined || readHoldTag(machine.tags, guards, reading.now) !== undefined;
  const { verb } = open.intent;
  if (mayHaveBeenSent(open) || open.state === 'verifying' || open.state === 'acting')
    return verb === 'stop'
      ? { kind: 'stopping', text: 'Is being stopped' }
      : { kind: 'starting', text: 'Is being started' };
  // A stop that has waited for a lease is decided anew after it.
  if (open.state !== 'waiting' || (open.reason === 'leased' && lease === undefined))
    return verb === 'stop'
      ? { kind: 'stop_waits', text: 'A stop was asked for' }
      : { kind: 'starting', text: 'A start was asked for' };
  const until = open.isEndless === true ? '' : `, until ${tellTime(open.until, reading)}`;
  // The hold, the tag or the lease is told beside it.
  const isKept = (open.reason === 'held' && isHeld) || (open.reason === 'leased' && lease !== undefined);
  const why = isKept ? ' until then' : `: ${WAITING_REASONS[open.reason].replace(/;.*/, '')}${until}`;
  return verb === 'stop'
    ? { kind: 'stop_waits', text: `A stop waits${why}` }
    : { kind: 'start_waits', text: `A start waits${why}` };
}

export function tellDecision(row: MachineRow, reading: Reading): Decision {
  const { machine, open, last } = row;
  const operation = open === undefined || isNeedless(open, machine) ? last : open;
  const came = { text: tellCame(machine.state, machine.why), at: machine.since };
  if (operation === undefined || isNeedless(operation, machine)) return came;
  const { id, intent, createdAt } = operation;
  const at = 'endedAt' in operation ? operation.endedAt : (operation.sentAt ?? operation.warned?.at ?? createdAt);
  if (machine.why.by === 'outside' && machine.since > at && !isOpen(operation)) return came;
  const dry = intent.dryRun ? 'Dry run: ' : '';
  return { operation: id, at, text: dry + tellState(operation, machine, reading) };
}

const ENDED: ReadonlySet<InstanceState> = new Set(['stopping', 'stopped', 'shutting-down', 'terminated']);

/** Nothing is to be stopped any more. The stop at the end of a lease waits until then, also if a person has stopped the machine before. */
function isNeedless({ intent: { verb }, state }: Operation, machine: Machine): boolean {
  return state === 'waiting' && verb === 'stop' && ENDED.has(machine.state);
}

/** Until when it waits, and for whom, is told beside it, as what comes next. */
const TOLD_BESIDE: ReadonlyMap<WaitingReason, string> = new Map([
  ['warned', 'Its stop was announced.'],
  ['held', 'Its stop was put off.'],
  ['leased', 'Its stop was planned.'],
]);

type Ended = Extract<Operation, { readonly state: 'refused' | 'failed' | 'cancelled' }>;

/** A name at its beginning keeps its letters. */
function sentenceOf(text: string): string {
  return text.startsWith('it ') ? capital(text) : text;
}

function tellState(operation: Operation, machine: Machine, reading: Reading): string {
  switch (operation.state) {
    case 'queued':
      return `A ${operation.intent.verb} was asked for.`;
    case 'acting':
      return `EC2 is asked to ${operation.intent.verb} it.`;
    case 'verifying':
      return `EC2 has accepted the ${operation.intent.verb}.`;
    case 'waiting':
      return TOLD_BESIDE.get(operation.reason) ?? tellMessage(operation.message, machine, reading);
    case 'succeeded':
      return tellMessage(operation.message, machine, reading);
    case 'refused':
    case 'failed':
    case 'cancelled':
      return tellEnd(operation, machine, reading);
  }
}

/** `Stop refused. The tag forbids it.`, or `Start cancelled by pia.` */
function tellEnd({ intent, state, message }: Ended, machine: Machine, reading: Reading): string {
  const verb = capital(intent.verb);
  if (message.startsWith(`${state} `)) return tellMessage(`${verb} ${message}`, machine, reading);
  return `${verb} ${state}. ${tellMessage(message, machine, reading)}`;
}

function tellMessage(message: string, machine: Machine, reading: Reading): string {
  const text = tellSentence(forPeople(message), reading);
  return sentenceOf(withoutName(text, machine));
}

/** As `describeInstance` and `nameInstance` write machines, with a name and without. */
const NAMED = /(?:"[^"]{1,200}"|[\w.-]{1,80}) \((i-[0-9a-f]{8,17})(?:, [^)]{1,200})?\)/g;
const UNNAMED = /\b(i-[0-9a-f]{8,17})(?: \([^)]{1,200}\))?/g;

/** In its own row the machine need not be named: `gpu-1 (i-0abc…, eu-central-1a) is stopped` is `it is stopped`. */
function withoutName(text: string, { id }: Machine): string {
  const toIt = (whole: string, named: string): string => (named === id ? 'it' : whole);
  return text.replace(NAMED, toIt).replace(UNNAMED, toIt);
}
