/** Of several causes for one machine: which one decides, which operation waits, and which one gives way. */
import { alertOf, firstAskedAt, isConfirmed, isOfResolved, lastAskedAt, traitsOf, type Cause } from './cause.ts';
import type { Intent } from './intent.ts';
import { mayHaveBeenSent, mayStillArrive, type Operation } from './operation.ts';
import { targetKey } from './target.ts';
import { describeWord, namesOf, type Word } from './word.ts';

/** Whether an operation is judged by the first of two causes: by rank, then a confirmed one, then the newer. */
export function weighsMore(one: Cause, other: Cause): boolean {
  const ranks = compareRanks(one, other);
  if (ranks !== 0) return ranks > 0;
  if (isConfirmed(one) !== isConfirmed(other)) return isConfirmed(one);
  return one.beganAt > other.beganAt;
}

export function heaviestOf(causes: readonly Cause[]): Cause | undefined {
  return causes.reduce<Cause | undefined>(
    (heaviest, cause) => (heaviest === undefined || weighsMore(cause, heaviest) ? cause : heaviest),
    undefined,
  );
}

/** An operation, or one that would be opened, as far as precedence depends on it. */
export type Contender = Pick<Operation, 'id' | 'intent' | 'createdAt'>;

/**
 * Alertmanager sends its groups one after the other, and the clocks of replicas differ: which of two alerts came first says nothing within so
 * much time. In milliseconds.
 */
const MOMENT_MS = 10_000;

/**
 * Which of two opposite operations goes first: by rank, then the newer, because it is based on newer knowledge. Of two alerts of one moment,
 * as of one delivery, the start: whether the machine is needed is not known.
 */
export function beats(one: Contender, other: Contender): boolean {
  const ranks = compareRanks(one.intent.cause, other.intent.cause);
  if (ranks !== 0) return ranks > 0;
  if (areAlertsOfOneMoment(one, other)) return one.intent.verb === 'start';
  const [asked, before] = [askedAt(one), askedAt(other)];
  return asked === before ? one.id > other.id : asked > before;
}

function askedAt({ intent, createdAt }: Contender): number {
  return lastAskedAt(intent.cause, createdAt);
}

/** The end of an alert comes after its beginning: of these, even a short time tells which is newer. */
function areAlertsOfOneMoment(one: Contender, other: Contender): boolean {
  const causes = [one.intent.cause, other.intent.cause];
  if (causes.some((cause) => alertOf(cause) === undefined)) return false;
  return apart(one, other) <= (causes.some(isOfResolved) ? 0 : MOMENT_MS);
}

function apart(one: Contender, other: Contender): number {
  return Math.abs(one.createdAt - other.createdAt);
}

function compareRanks(one: Cause, other: Cause): number {
  return traitsOf(one).rank - traitsOf(other).rank;
}

export type Way =
  /** These operations are cancelled for it. */
  | { readonly way: 'free'; readonly losers: readonly Operation[] }
  /** The rival has to end first; where `yields` is true, it takes precedence. */
  | { readonly way: 'barred'; readonly rival: string; readonly yields: boolean };

/** @param open the open operations on the same machine */
export function findWay(contender: Contender, open: Iterable<Operation>, at: number): Way {
  const rivals = [...open].filter((other) => isOpposite(contender.intent, other.intent));
  const busy = rivals.find((rival) => isBusy(rival, at));
  if (busy !== undefined) return { way: 'barred', rival: busy.id, yields: false };
  const winner = rivals.find((rival) => beats(rival, contender));
  if (winner !== undefined) return { way: 'barred', rival: winner.id, yields: true };
  return { way: 'free', losers: rivals };
}

/** A dry run changes nothing, so it has no rival. */
function isOpposite(one: Intent, other: Intent): boolean {
  return one.verb !== other.verb && !one.dryRun && !other.dryRun;
}

/** A call whose answer was lost may still take effect. An operation that has not been sent yet gives way like a waiting one. */
function isBusy(rival: Operation, at: number): boolean {
  if (rival.state === 'verifying') return true;
  return (rival.state === 'acting' && mayHaveBeenSent(rival)) || mayStillArrive(rival, at);
}

/**
 * Whether an operation by the same name, whose machine is not known yet, keeps another from acting until it is: a person's does, and a start,
 * because the machine may be needed.
 */
export function keepsBack(unresolved: Contender, contender: Contender): boolean {
  const { intent } = unresolved;
  const isHeeded = traitsOf(intent.cause).isWord || intent.verb === 'start';
  return isHeeded && isOpposite(intent, contender.intent) && beats(unresolved, contender);
}

/** How long a start whose machine is not known keeps stops back that name theirs otherwise. In milliseconds. */
const KEEPS_BACK_MS = 60_000;

/**
 * The operation that keeps another from acting until its machine is known: by the same name, or a start by any name, for both may name one
 * machine. Such a start does so only in the same moment, as of one delivery, and for a minute: starts that find no machine would otherwise keep
 * all stops back, also those of machines that their senders may not start.
 *
 * @param unresolved operations whose machine was not known yet; an operation that has found another machine since then keeps nothing back
 */
export function findKeeper(contender: Operation, unresolved: readonly Operation[], at: number): Operation | undefined {
  const machine = contender.instance?.id;
  const names = namesOf(contender.intent, machine);
  return unresolved.find((other) => {
    if (other.instance !== undefined && other.instance.id !== machine) return false;
    const isNear = apart(other, contender) <= MOMENT_MS && at - other.createdAt <= KEEPS_BACK_MS;
    const mayConcern = other.intent.verb === 'start' && isNear;
    return (mayConcern || names.includes(targetKey(other.intent.target))) && keepsBack(other, contender);
  });
}

/** When those were asked for that are of one moment with one of these. Milliseconds since the epoch. */
export function momentOf(operations: readonly Contender[]): { readonly from: number; readonly to: number } {
  const times = operations.map(({ createdAt }) => createdAt);
  return { from: Math.min(...times) - MOMENT_MS, to: Math.max(...times) + MOMENT_MS };
}

/**
 * Whether an operation that has ended well has made another one needless, which had not found its machine by then, or comes a moment later.
 * A request that came later than the ended one stands, even if that was a person's: this person has the machine as she wanted it.
 */
export function overtakes(ended: Operation, other: Operation): boolean {
  const isThere = ended.instance !== undefined && ended.instance.id === other.instance?.id;
  if (!isThere || ended.state !== 'succeeded' || !isOpposite(ended.intent, other.intent)) return false;
  return beats(ended, other) && (askedAt(ended) > askedAt(other) || areAlertsOfOneMoment(ended, other));
}

/** @param isUnresolved whether the rival does not know its machine yet */
export function tellBarred(
  { rival, yields }: Pick<Extract<Way, { way: 'barred' }>, 'rival' | 'yields'>,
  isUnresolved = false,
): string {
  if (isUnresolved)
    return `operation ${rival} wants the opposite, perhaps for the same instance, and has to find its own first`;
  const outcome = yields ? 'takes precedence' : 'has to end first';
  return `operation ${rival} wants the opposite for the same instance and ${outcome}`;
}

/** The newest word that forbids an intent for this machine. A word does not apply to later alerts and requests, nor to dry runs. */
export function findOverruling(words: readonly Word[], instance: string, intent: Intent): Word | undefined {
  const { verb, cause, dryRun } = intent;
  if (dryRun || !traitsOf(cause).heedsWords) return undefined;
  const names = namesOf(intent, instance);
  const asked = firstAskedAt(cause);
  // A person's request is itself a word of the same moment.
  const isLater = ({ at }: Word): boolean => (traitsOf(cause).isWord ? at > asked : at >= asked);
  return words
    .filter((word) => names.includes(word.instance) && word.verb === verb && isLater(word))
    .toSorted((one, other) => other.at - one.at)
    .at(0);
}

/** How an operation that a word forbids ends. */
export function overruledBy(word: Word): { readonly reason: 'by_person' | 'superseded'; readonly message: string } {
  const reason = word.kind === 'cancel' ? 'by_person' : 'superseded';
  return { reason, message: `${describeWord(word)}: what was asked for before then is not done` };
}
