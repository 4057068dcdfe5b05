/** The sentences about a machine: why it stops, what comes next, and what was decided last. */
import type { MachineRow } from './machine.ts';
import { tellGrounds } from './message-parts.ts';
import { groundsOf } from './notices-of.ts';
import { isOpen, mayHaveBeenSent, type Operation } from './operation.ts';
import { WAITING_REASONS } from './reason.ts';
import { stopsAt } from './stops-at.ts';
import { tellSentence } from './told-sentence.ts';
import { tellTime, type Reading } from './told-time.ts';
import { tellHolder } from './voice.ts';
import { plain } from './plain.ts';

/** What happens to a machine by itself. */
export interface Next {
  readonly kind: 'stops' | 'stopping' | 'stop_waits' | 'starting' | 'start_waits';
  readonly text: string;
  /** When it stops, where a time is set. */
  readonly at?: number;
}

/** The last word about a machine. */
export interface Decision {
  readonly operation: string;
  readonly text: string;
  readonly at: number;
}

/** Why the machine is to stop, or has been stopped. */
export function tellWhy({ machine, open, last }: MachineRow, reading: Reading): string | undefined {
  const isOff = machine.state === 'stopped' || machine.state === 'stopping';
  const stop = open?.intent.verb === 'stop' ? open : isOff && last !== undefined && hasStopped(last) ? last : undefined;
  if (stop?.instance === undefined) return undefined;
  const { instance, intent } = stop;
  return tellGrounds(groundsOf({ after: { instance, intent } }), { ...reading, hasLinks: true }, !isOpen(stop));
}

function hasStopped({ intent, state }: Operation): boolean {
  return intent.verb === 'stop' && !intent.dryRun && state === 'succeeded';
}

export function tellNext(row: MachineRow, reading: Reading): Next | undefined {
  const { open, lease } = row;
  const at = stopsAt(row);
  if (open !== undefined && isOpen(open)) return at === undefined ? tellOpen(open, reading) : stops(at, reading);
  if (at === undefined || lease === undefined) return undefined;
  const until = tellTime(at, reading);
  return { kind: 'stops', text: `Stops at ${until}: the lease of ${plain(tellHolder(lease), 60)} ends`, at };
}

function stops(at: number, reading: Reading): Next {
  return { kind: 'stops', text: `Stops at ${tellTime(at, reading)}`, at };
}

function tellOpen(open: Operation, reading: Reading): Next {
  const { verb } = open.intent;
  if (mayHaveBeenSent(open) || open.state === 'verifying' || open.state === 'acting')
    return verb === 'stop'
      ? { kind: 'stopping', text: 'Is being stopped' }
      : { kind: 'starting', text: 'Is being started' };
  if (open.state !== 'waiting')
    return verb === 'stop'
      ? { kind: 'stop_waits', text: 'A stop was asked for' }
      : { kind: 'starting', text: 'A start was asked for' };
  const until = open.isEndless === true ? '' : `, until ${tellTime(open.until, reading)}`;
  const why = `${WAITING_REASONS[open.reason].replace(/;.*/, '')}${until}`;
  return verb === 'stop'
    ? { kind: 'stop_waits', text: `A stop waits: ${why}` }
    : { kind: 'start_waits', text: `A start waits: ${why}` };
}

export function tellDecision({ open, last }: MachineRow, reading: Reading): Decision | undefined {
  const operation = open ?? last;
  if (operation === undefined) return undefined;
  const { id, intent, createdAt } = operation;
  const dry = intent.dryRun ? 'Dry run: ' : '';
  const at = 'endedAt' in operation ? operation.endedAt : (operation.sentAt ?? operation.warned?.at ?? createdAt);
  return { operation: id, at, text: dry + tellState(operation, reading) };
}

function tellState(operation: Operation, reading: Reading): string {
  switch (operation.state) {
    case 'queued':
      return `A ${operation.intent.verb} was asked for.`;
    case 'acting':
      return `EC2 is asked to ${operation.intent.verb} it.`;
    case 'verifying':
      return `EC2 has accepted the ${operation.intent.verb}.`;
    case 'waiting':
    case 'succeeded':
    case 'refused':
    case 'failed':
    case 'cancelled':
      return tellSentence(operation.message.replace(/ \(guard \w+\)/g, ''), reading);
  }
}
