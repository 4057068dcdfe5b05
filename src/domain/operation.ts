/** The durable record of carrying out one intent: a union by state, and its only transition function. */
import { traitsOf } from './cause.ts';
import type { ResolvedInstance } from './instance.ts';
import type { Intent } from './intent.ts';
import { withLive } from './live.ts';
import type { Warned } from './warned.ts';
import type { CancelledReason, FailedReason, RefusedReason, SucceededReason, WaitingReason } from './reason.ts';

export const OPEN_STATES = ['queued', 'waiting', 'acting', 'verifying'] as const;
export const ENDED_STATES = ['succeeded', 'refused', 'failed', 'cancelled'] as const;
export const STATES = [...OPEN_STATES, ...ENDED_STATES] as const;
export type State = (typeof STATES)[number];

export type Operation = OpenOperation | EndedOperation;
export type OpenOperation = Queued | Waiting | Acting | Verifying;
export type EndedOperation = Succeeded | Refused | Failed | Cancelled;

interface Base {
  readonly id: string;
  readonly intent: Intent;
  /** Milliseconds since the epoch, like every time here. */
  readonly createdAt: number;
  /** The number of calls to EC2. */
  readonly attempts: number;
  /** The instance that the target resolved to; absent until then. */
  readonly instance?: ResolvedInstance;
  /** The end of the last wait for a guard. `give_up_after` counts from there. */
  readonly heldUntil?: number;
  /** Of a dry run: the guard that would hold it back. */
  readonly heldBy?: string;
  /** The warning that people have had of the stop. */
  readonly warned?: Warned;
  /** The instance before the first call. Kept over retries and restarts, to tell our effect from others'. */
  readonly acted?: Acted;
  /** Right before the last call. Without it, EC2 was not asked by this operation, or it has changed nothing. A dry run has none. */
  readonly sentAt?: number;
}

export interface Acted {
  readonly launchedAt: number;
  /** EC2's StateReason code before the call. */
  readonly stateReason?: string;
}

export interface Queued extends Base {
  readonly state: 'queued';
}

export interface Waiting extends Base {
  readonly state: 'waiting';
  readonly until: number;
  readonly reason: WaitingReason;
  readonly message: string;
  /** Nothing says yet when it ends. Known at the move alone. */
  readonly isEndless?: true;
}

/** EC2 is about to be asked. With `sentAt`, it is being asked, or was when the process died: whether the call arrived is not known. */
export interface Acting extends Base {
  readonly state: 'acting';
  readonly instance: ResolvedInstance;
  readonly acted: Acted;
}

/** EC2 accepted the call; the state is not reached yet. */
export interface Verifying extends Base {
  readonly state: 'verifying';
  readonly instance: ResolvedInstance;
  readonly acted: Acted;
  readonly acceptedAt: number;
}

export type Succeeded = Ended<'succeeded', SucceededReason>;
export type Refused = Ended<'refused', RefusedReason>;
export type Failed = Ended<'failed', FailedReason>;
export type Cancelled = Ended<'cancelled', CancelledReason>;

interface Ended<S extends (typeof ENDED_STATES)[number], R> extends Base {
  readonly state: S;
  readonly reason: R;
  /** A sentence for people that names the evidence. */
  readonly message: string;
  readonly endedAt: number;
}

export type Event = (
  | { readonly type: 'act'; readonly instance: ResolvedInstance; readonly acted: Acted }
  | { readonly type: 'accept'; readonly instance: ResolvedInstance; readonly acted: Acted; readonly at: number }
  | {
      readonly type: 'wait';
      readonly until: number;
      readonly reason: WaitingReason;
      readonly message: string;
      /** As `Waiting.isEndless`. */
      readonly isEndless?: true;
      /** The warning that begins, or goes on, with this wait; `over` if the wait ends a warning. */
      readonly warned?: Warned | 'over';
    }
  | { readonly type: 'succeed'; readonly reason: SucceededReason; readonly message: string; readonly at: number }
  | { readonly type: 'refuse'; readonly reason: RefusedReason; readonly message: string; readonly at: number }
  | { readonly type: 'fail'; readonly reason: FailedReason; readonly message: string; readonly at: number }
  | { readonly type: 'cancel'; readonly reason: CancelledReason; readonly message: string; readonly at: number }
) & {
  readonly instance?: ResolvedInstance;
  /** EC2 said that it changed nothing, so later changes of the instance are not ours. */
  readonly nothingChanged?: boolean;
  /** Whether the cause acts on the machine (`live.only`); absent where that was not looked at. */
  readonly isLive?: boolean;
  /** Of a dry run that was looked at: the guard that would hold it back. */
  readonly heldBy?: string;
};

/** The events that each state allows. An ended state allows none. */
const ALLOWED: Readonly<Record<State, readonly Event['type'][]>> = {
  queued: ['act', 'accept', 'wait', 'succeed', 'refuse', 'fail', 'cancel'],
  waiting: ['act', 'accept', 'wait', 'succeed', 'refuse', 'fail', 'cancel'],
  acting: ['act', 'accept', 'wait', 'succeed', 'refuse', 'fail', 'cancel'],
  verifying: ['wait', 'succeed', 'fail'],
  succeeded: [],
  refused: [],
  failed: [],
  cancelled: [],
};

export function isAllowed(state: State, event: Event['type']): boolean {
  return ALLOWED[state].includes(event);
}

/** @throws TypeError when the state does not allow the event: a bug, never a consequence of input */
export function transition(operation: Operation, event: Event): Operation {
  if (!isAllowed(operation.state, event.type)) {
    throw new TypeError(`operation ${operation.id} is ${operation.state}, which does not allow "${event.type}"`);
  }
  const base = carriedOver(operation, event);
  switch (event.type) {
    case 'act':
      return {
        ...base,
        state: 'acting',
        attempts: base.attempts + 1,
        instance: event.instance,
        acted: base.acted ?? event.acted,
      };
    case 'accept': {
      const { instance, acted, at } = event;
      return { ...base, state: 'verifying', instance, acted: base.acted ?? acted, acceptedAt: at };
    }
    case 'wait': {
      const { until, reason, message, isEndless } = event;
      return { ...base, state: 'waiting', until, reason, message, ...(isEndless === undefined ? {} : { isEndless }) };
    }
    case 'succeed':
      return { ...base, state: 'succeeded', reason: event.reason, message: event.message, endedAt: event.at };
    case 'refuse':
      return { ...base, state: 'refused', reason: event.reason, message: event.message, endedAt: event.at };
    case 'fail':
      return { ...base, state: 'failed', reason: event.reason, message: event.message, endedAt: event.at };
    case 'cancel':
      return { ...base, state: 'cancelled', reason: event.reason, message: event.message, endedAt: event.at };
  }
}

export function isOpen(operation: Operation): operation is OpenOperation {
  return OPEN_STATES.some((state) => state === operation.state);
}

/** Whether an operation in this state waits for a worker: no call is being made or verified for it. */
export function awaitsTurn(state: string): state is 'queued' | 'waiting' {
  return state === 'queued' || state === 'waiting';
}

/** Whether no call is being made or verified for it. Its next call, if it comes to one, has not been handed over. */
export function isBeforeCall(operation: Operation): boolean {
  return awaitsTurn(operation.state) || (operation.state === 'acting' && !mayHaveBeenSent(operation));
}

/** The operation as it is when its call is handed over. */
export function markSent(acting: Acting, at: number): Acting {
  return { ...acting, sentAt: at };
}

/** Whether a call may have changed the instance. */
export function mayHaveBeenSent<O extends Operation>(operation: O): operation is O & { readonly sentAt: number } {
  return operation.sentAt !== undefined;
}

/** How long DescribeInstances may lag behind an accepted call (AWS: "eventual consistency"), in milliseconds. */
export const LAG_MS = 60_000;

/** Whether the effect of a call with a lost answer may still show. */
export function mayStillArrive(operation: Operation, at: number): boolean {
  return mayHaveBeenSent(operation) && isOpen(operation) && at - operation.sentAt < LAG_MS;
}

/** Waits with a known end. Other waits only have a next check. */
export const HOLDS: ReadonlySet<WaitingReason> = new Set([
  'min_uptime',
  'windows',
  'fleet_limit',
  'resolved_grace',
  'paused',
  'held',
  'leased',
  'warned',
]);

/** After these waits people are warned afresh: they may have relied on what was said. */
const ENDS_WARNING: ReadonlySet<WaitingReason> = new Set(['paused', 'held', 'leased']);

/** Whether a wait is right only as long as people say the same. */
export function restsOnVoice(reason: WaitingReason): boolean {
  return reason === 'warned' || reason === 'warning_undelivered' || waitsForVoice(reason);
}

/** Whether the end of what people say ends the wait. */
export function waitsForVoice(reason: WaitingReason): boolean {
  return ENDS_WARNING.has(reason);
}

/** The fields that an operation keeps in every state. */
function carriedOver(operation: Operation, event: Event): Base {
  const { id, createdAt, attempts } = operation;
  const intent = event.isLive === undefined ? operation.intent : withLive(operation.intent, event.isLive);
  const instance = event.instance ?? operation.instance;
  const heldUntil = event.type === 'wait' && HOLDS.has(event.reason) ? endOfHold(event) : operation.heldUntil;
  const warned = warnedAfter(event, operation);
  const { acted, sentAt } = operation;
  const { heldBy } = event.isLive === undefined ? operation : event;
  const isUnchanged =
    event.nothingChanged === true || intent.notLive === true || (operation.state === 'acting' && sentAt === undefined);
  return {
    id,
    intent,
    createdAt,
    attempts,
    ...(instance === undefined ? {} : { instance }),
    ...(heldUntil === undefined ? {} : { heldUntil }),
    ...(warned === undefined ? {} : { warned }),
    ...(heldBy === undefined || !intent.dryRun ? {} : { heldBy }),
    ...(acted === undefined || isUnchanged ? {} : { acted }),
    ...(sentAt === undefined || isUnchanged ? {} : { sentAt }),
  };
}

type Wait = Extract<Event, { readonly type: 'wait' }>;

/** A warned stop may be looked at before its time, for a reminder. */
function endOfHold({ until, warned }: Wait): number {
  return warned === undefined || warned === 'over' ? until : warned.stopsAt;
}

function warnedAfter(event: Event, { intent, warned }: Operation): Warned | undefined {
  // A person does not wait for the end of a warning.
  if (!traitsOf(intent.cause).isAutomatic) return undefined;
  if (event.type !== 'wait') return warned;
  if (ENDS_WARNING.has(event.reason) || event.warned === 'over') return undefined;
  return event.warned ?? warned;
}
