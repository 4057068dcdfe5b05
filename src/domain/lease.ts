/** How long a lease is: what starts ask for, what is agreed already, and when its stop comes. Times are milliseconds. */
import { LONGEST_EVER_MS, type HoldSettings } from './admit-hold.ts';
import { traitsOf, type Cause } from './cause.ts';
import { parseDuration } from './duration.ts';
import type { Instance } from './instance.ts';
import type { Intent } from './intent.ts';
import type { EndedOperation } from './operation.ts';
import { parsed, show, unparsed, type Parsed } from './parsed.ts';
import type { RefusedReason } from './reason.ts';
import { isSelected } from './selector.ts';
import { ALERT_HOLDER, type Lease } from './voice.ts';
import { LONGEST_WARNING_MS } from './warning.ts';

/** How long a lease is asked for: a label of an alert, or a parameter of a request. */
export function parseLease(value: unknown, source: string): Parsed<number> {
  const ms = typeof value === 'string' ? parseDuration(value) : undefined;
  if (ms !== undefined && ms > 0 && ms <= LONGEST_EVER_MS) return parsed(ms);
  return unparsed(`expected ${source} to be a duration of at most 366d, such as 2h, got ${show(value)}`);
}

/** How long the lease of a start is. */
export type AskedLease = Pick<Intent, 'leaseMs' | 'leaseByDefault'>;

/** An intent as far as its lease depends on it. */
type Asking = AskedLease & Pick<Intent, 'cause'>;

/**
 * The lease of a start that several causes ask for. A person decides against alerts, and what she does not say stays as it was. An
 * alert never makes it shorter, and gives no end to a start that another cause asks for without one. Of two persons neither shortens
 * the other's.
 */
export function joinLeases(known: Asking, joining: Asking): AskedLease {
  const [isKnownPerson, isPerson] = [known, joining].map(({ cause }) => traitsOf(cause).isWord);
  if (isKnownPerson === isPerson) return isPerson === true ? joinPersons(known, joining) : joinAlerts(known, joining);
  if (isKnownPerson === true) return known.leaseMs === undefined ? {} : longer(known, joining);
  return hasSaid(joining) ? leaseOf(joining) : bySilence(longer(known, joining));
}

function joinPersons(known: Asking, joining: Asking): AskedLease {
  const [said, other] = [joining, known].filter(hasSaid);
  if (said === undefined) return longer(known, joining);
  if (other === undefined) return leaseOf(said);
  if (holderOf(known.cause) !== holderOf(joining.cause)) return longer(known, joining);
  return leaseOf(joining.cause.beganAt < known.cause.beganAt ? known : joining);
}

function joinAlerts(known: Asking, joining: Asking): AskedLease {
  return known.leaseMs === undefined || joining.leaseMs === undefined ? {} : longer(known, joining);
}

/** Whether it says how long. */
function hasSaid({ leaseMs, leaseByDefault }: AskedLease): boolean {
  return leaseMs !== undefined && leaseByDefault !== true;
}

function bySilence(asked: AskedLease): AskedLease {
  return asked.leaseMs === undefined ? {} : { ...asked, leaseByDefault: true };
}

function longer(one: AskedLease, other: AskedLease): AskedLease {
  return leaseOf((one.leaseMs ?? 0) >= (other.leaseMs ?? 0) ? one : other);
}

function leaseOf({ leaseMs, leaseByDefault }: AskedLease): AskedLease {
  return { ...(leaseMs === undefined ? {} : { leaseMs }), ...(leaseByDefault === undefined ? {} : { leaseByDefault }) };
}

/** A start that has succeeded. */
export interface Started {
  readonly intent: Asking;
  /** Whether the operation has started the machine itself: it did not run before. */
  readonly hasStarted: boolean;
  /** When the machine was found running. */
  readonly at: number;
  /** The machine's lease, if it has one that is not over. */
  readonly present: Lease | undefined;
}

/** The terms of a lease. Without `isFresh` the present lease goes on, until later. */
export interface Terms extends Agreed {
  readonly lengthMs: number;
  readonly isFresh: boolean;
}

/** @returns undefined where the start leaves everything as it is */
export function leaseAfter(started: Started): Terms | undefined {
  return traitsOf(started.intent.cause).isWord ? afterPerson(started) : afterAlert(started);
}

/** A person's start always begins a fresh lease: an older stop of the lease must not follow it. */
function afterPerson({ intent, hasStarted, at, present }: Started): Terms | undefined {
  const { leaseMs, cause } = intent;
  const isSaid = hasSaid(intent);
  // A machine that runs without an end gets none from a start that says nothing.
  if (!isSaid && present === undefined && !hasStarted) return undefined;
  const lengthMs = leaseMs ?? present?.lengthMs;
  if (lengthMs === undefined) return undefined;
  const asked = { until: at + lengthMs, who: holderOf(cause) };
  const terms = isSaid ? agreeOn(asked, present) : later(asked, present);
  return { ...terms, lengthMs, isFresh: true };
}

type Agreed = Pick<Lease, 'until' | 'who'>;

/** The end and the holder of a fresh lease in place of the present one, which only its holder makes shorter. */
export function agreeOn(asked: Agreed, present: Lease | undefined): Agreed {
  return present !== undefined && maySayShorter(present, asked.who) ? asked : later(asked, present);
}

/** An end that another person has agreed on stays hers: asked for again, the shorter lease does not replace it either. */
function later(asked: Agreed, present: Lease | undefined): Agreed {
  if (present === undefined || asked.until >= present.until) return asked;
  return { until: present.until, who: present.who };
}

/** An alert gives an end to what it has started itself, and puts off the end of a lease that there is. */
function afterAlert({ intent: { leaseMs, cause }, hasStarted, at, present }: Started): Terms | undefined {
  if (leaseMs === undefined) return undefined;
  const until = at + leaseMs;
  if (present !== undefined)
    return until > present.until ? { until, who: present.who, lengthMs: present.lengthMs, isFresh: false } : undefined;
  return hasStarted ? { until, who: holderOf(cause), lengthMs: leaseMs, isFresh: true } : undefined;
}

/** The holder of the lease that this cause makes: a token's name has no spaces. */
export function holderOf(cause: Cause): string {
  switch (cause.by) {
    case 'alert':
      return `${ALERT_HOLDER}${cause.alertname}`;
    case 'person':
      return cause.name.split(' at ').at(0) ?? cause.name;
    case 'lease':
      return cause.name;
  }
}

/** Whether a person may end a lease sooner by asking for a shorter one: it is her own, or an alert's. */
function maySayShorter(present: Pick<Lease, 'who'>, who: string): boolean {
  return present.who === who || present.who.startsWith(ALERT_HOLDER);
}

/** How long before the end its stop comes in: a machine's own tag may ask for the longest warning. */
export const ASKED_BEFORE_MS = LONGEST_WARNING_MS + 5 * 60_000;

/** A stop that has failed is asked for again after this long. */
export const ASKED_AGAIN_MS = 60 * 60_000;

/** For how long after its end a lease whose stop fails is kept: nothing waits for ever. */
export const KEPT_AFTER_MS = 7 * 24 * 60 * 60_000;

/** When a lease's stop is asked for, given when the lease ends. */
export function askAt(until: number): number {
  return until - ASKED_BEFORE_MS;
}

/** These refusals may be over in an hour. Others rest on what the machine is, or on what its owner wants, and are asked about once more at the end. */
const PASSING: ReadonlySet<RefusedReason> = new Set([
  'place_unreachable',
  'unknown_place',
  'client_missing',
  'ambiguous',
]);

const GONE: ReadonlySet<RefusedReason> = new Set(['not_found', 'terminated']);

/** A start in its way is over soon. */
const SUPERSEDED_MS = 60_000;

/** When the stop of a lease is asked for once more, after it has ended; undefined where the lease is over. */
export function askAgainAt(stop: EndedOperation, { until }: Pick<Lease, 'until'>): number | undefined {
  const { endedAt } = stop;
  const again = endedAt + ASKED_AGAIN_MS > until + KEPT_AFTER_MS ? undefined : endedAt + ASKED_AGAIN_MS;
  switch (stop.state) {
    case 'succeeded':
      return undefined;
    case 'refused':
      if (PASSING.has(stop.reason)) return again;
      // A tag may be gone until then.
      return GONE.has(stop.reason) || endedAt >= until ? undefined : until;
    case 'failed':
      return stop.reason === 'vanished' ? undefined : again;
    case 'cancelled':
      if (stop.reason === 'superseded') return endedAt + SUPERSEDED_MS;
      return stop.reason === 'by_person' || stop.reason === 'lease_over' ? undefined : again;
  }
}

/** The longest lease that people may ask for. The limit of holds counts, so that no lease walks around it. */
export function longestLeaseOn(
  instance: Pick<Instance, 'tags'> | undefined,
  { rules }: Pick<HoldSettings, 'rules'>,
): number {
  const rule = rules.find(
    ({ only, longestMs }) =>
      longestMs !== undefined && (only === undefined || (instance !== undefined && isSelected(only, instance))),
  );
  return rule?.longestMs ?? LONGEST_EVER_MS;
}
