/** The lines of a timeline that tell of one operation: its waits and its end, or that it is under way. */
import { tellAsker, forPeople, withoutMachine } from './operation-story.ts';
import { isOpen, type Operation, type State } from './operation.ts';
import type { Notice, NoticeKind } from './notice.ts';
import { evidenceOf } from './timeline-states.ts';
import { tellNoticesOf } from './timeline-notices.ts';
import type { LineKind, OperationPast, TimelineLine } from './timeline-line.ts';
import { capital, tellClause } from './told-sentence.ts';
import type { Reading } from './told-time.ts';
import type { TrailEntry } from './trail.ts';

/** @param shown the operations that the line of a state tells */
export function operationLines(
  past: OperationPast,
  notices: readonly Notice[],
  shown: ReadonlySet<string>,
  reading: Reading,
): readonly TimelineLine[] {
  const { operation, trail } = past;
  const moves = trail.filter(({ event }) => event === 'state');
  // A dry run is one line, whatever it has waited for.
  const told = operation.intent.dryRun && !isOpen(operation) ? moves.slice(-1) : moves;
  const lines = told.flatMap((entry) => moveLine(past, entry, notices, shown, reading) ?? []);
  if (!isOpen(operation) || operation.state === 'waiting') return lines;
  return [...lines, { ...under(operation), more: evidenceOf(past, reading), operation: operation.id }];
}

function under(operation: Operation): Pick<TimelineLine, 'at' | 'kind' | 'text'> {
  const { verb, dryRun } = operation.intent;
  const asked = `${capital(tellAsker(operation))} asks for a ${dryRun ? 'dry run of a ' : ''}${verb}`;
  const at = 'acceptedAt' in operation ? operation.acceptedAt : (operation.sentAt ?? operation.createdAt);
  const where = 'acceptedAt' in operation ? 'AWS has accepted it' : 'it is being carried out';
  return { at, kind: 'asked', text: `${asked}; ${where}.` };
}

function moveLine(
  past: OperationPast,
  { at, state, reason, message }: TrailEntry,
  notices: readonly Notice[],
  shown: ReadonlySet<string>,
  reading: Reading,
): TimelineLine | undefined {
  const { operation } = past;
  const kind = kindOf(state, reason, operation);
  if (kind === undefined || message === undefined) return undefined;
  if (state === 'succeeded' && reason === 'state_reached' && shown.has(operation.id)) return undefined;
  const said = tellClause(withoutMachine(forPeople(message)), reading);
  const told = tellNoticesOf(notices, { operation: operation.id, kinds: NOTICES[kind] ?? [], at });
  return {
    at,
    kind,
    text: `${capital(heading(operation, kind))}${said.startsWith(`${kind} by `) ? said.slice(kind.length) : `: ${said}`}`,
    more: [...(kind === 'warned' ? evidenceOf(past, reading) : []), ...told],
    operation: operation.id,
  };
}

const NOTICES: Partial<Readonly<Record<LineKind, readonly NoticeKind[]>>> = {
  warned: ['warning', 'lease_ending'],
  kept: ['kept'],
  refused: ['not_stopped'],
  cancelled: ['not_stopped'],
  failed: ['failed'],
  waits: ['not_stopped', 'capacity'],
  runs: ['ready', 'capacity'],
  off: ['stopped'],
};

function kindOf(state: State | undefined, reason: string | undefined, { intent }: Operation): LineKind | undefined {
  switch (state) {
    case 'waiting':
      if (reason === 'warned') return 'warned';
      return reason === 'held' || reason === 'leased' ? 'kept' : 'waits';
    case 'succeeded':
      if (intent.dryRun) return 'rehearsed';
      return intent.verb === 'start' ? 'runs' : 'off';
    case 'refused':
    case 'cancelled':
    case 'failed':
      return intent.dryRun ? 'rehearsed' : state;
    case 'queued':
    case 'acting':
    case 'verifying':
    case undefined:
      return undefined;
  }
}

/** What the sentence of the operation is about. */
function heading(operation: Operation, kind: LineKind): string {
  const { verb, cause, dryRun } = operation.intent;
  const what =
    cause.by === 'lease' ? `the stop at the end of ${tellAsker(operation)}` : `the ${verb} by ${tellAsker(operation)}`;
  const named = dryRun && kind !== 'rehearsed' ? `the dry run of ${what}` : what;
  switch (kind) {
    case 'warned':
      return `${named} was announced`;
    case 'kept':
    case 'waits':
      return `${named} waits`;
    case 'refused':
      return `${named} was refused`;
    case 'cancelled':
      return `${named} was cancelled`;
    case 'failed':
      return `${named} has failed`;
    case 'rehearsed':
      return `a dry run of ${what}`;
    case 'runs':
    case 'off':
    case 'moving':
    case 'gone':
    case 'asked':
      return named;
  }
}
