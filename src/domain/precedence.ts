/** Precedence: of several who ask for one machine, whose cause decides, who has to wait, and who gives way. */
import { firstAskedAt, isConfirmed, lastAskedAt, traitsOf, type Cause } from './cause.ts';
import type { Intent } from './intent.ts';
import { mayStillArrive, type Operation } from './operation.ts';
import { describeWord, namesOf, type Word } from './word.ts';

/**
 * Whose cause an operation is judged by when several have asked for it: the higher rank, then one that stands before one that has
 * to be confirmed, then the newer.
 */
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

/** What counts of an operation, or of one that would be opened. */
export type Contender = Pick<Operation, 'id' | 'intent' | 'createdAt'>;

/** Which of two operations that want opposite things has its way: the higher rank, then the newer, because it knows more. */
export function beats(one: Contender, other: Contender): boolean {
  const ranks = compareRanks(one.intent.cause, other.intent.cause);
  if (ranks !== 0) return ranks > 0;
  const [asked, before] = [askedAt(one), askedAt(other)];
  return asked === before ? one.id > other.id : asked > before;
}

function askedAt({ intent, createdAt }: Contender): number {
  return lastAskedAt(intent.cause, createdAt);
}

function compareRanks(one: Cause, other: Cause): number {
  return traitsOf(one).rank - traitsOf(other).rank;
}

export type Way =
  /** These operations are cancelled for it. */
  | { readonly way: 'free'; readonly losers: readonly Operation[] }
  /** The rival has to end first; or takes precedence, where `yields` is true. */
  | { readonly way: 'barred'; readonly rival: string; readonly yields: boolean };

/** Whether an operation may act on its machine. @param open the open operations that have resolved to the same machine */
export function findWay(contender: Contender, open: Iterable<Operation>, at: number): Way {
  const rivals = [...open].filter((other) => isOpposite(contender.intent, other.intent));
  const busy = rivals.find((rival) => isBusy(rival, at));
  if (busy !== undefined) return { way: 'barred', rival: busy.id, yields: false };
  const winner = rivals.find((rival) => beats(rival, contender));
  if (winner !== undefined) return { way: 'barred', rival: winner.id, yields: true };
  return { way: 'free', losers: rivals };
}

/** A dry run changes nothing, so it is nobody's rival. */
function isOpposite(one: Intent, other: Intent): boolean {
  return one.verb !== other.verb && !one.dryRun && !other.dryRun;
}

/** A call whose answer was lost may still arrive, or has, and EC2 does not show it yet. */
function isBusy(rival: Operation, at: number): boolean {
  return rival.state === 'acting' || rival.state === 'verifying' || mayStillArrive(rival, at);
}

/**
 * Whether a person's operation by the same name, whose machine is not known yet, keeps another from acting: once the machine is
 * known it takes precedence, and until then nothing is done that it would have to undo.
 */
export function keepsBack(unresolved: Contender, contender: Contender): boolean {
  const { intent } = unresolved;
  return traitsOf(intent.cause).isWord && isOpposite(intent, contender.intent) && beats(unresolved, contender);
}

/** What is said of an operation that a rival bars the way of, or would bar. */
export function tellBarred({ rival, yields }: Pick<Extract<Way, { way: 'barred' }>, 'rival' | 'yields'>): string {
  return yields
    ? `operation ${rival} wants the opposite for the same instance and takes precedence`
    : `operation ${rival} wants the opposite for the same instance and has to end first`;
}

/**
 * The newest word that an intent for this machine has to give way to. An alert that begins later is another matter, and so is
 * what a person asks for later; a dry run changes nothing, so nothing is in its way.
 */
export function findOverruling(words: readonly Word[], instance: string, intent: Intent): Word | undefined {
  const { verb, cause, dryRun } = intent;
  if (dryRun) return undefined;
  const names = namesOf(intent, instance);
  const asked = firstAskedAt(cause);
  // A person's request is a word itself, of the same moment.
  const isLater = ({ at }: Word): boolean => (traitsOf(cause).isWord ? at > asked : at >= asked);
  return words
    .filter((word) => names.includes(word.instance) && word.verb === verb && isLater(word))
    .reduce<Word | undefined>(
      (newest, word) => (newest !== undefined && newest.at >= word.at ? newest : word),
      undefined,
    );
}

/** How what a word overrules ends. */
export function overruledBy(word: Word): { readonly reason: 'by_person' | 'superseded'; readonly message: string } {
  const reason = word.kind === 'cancel' ? 'by_person' : 'superseded';
  return { reason, message: `${describeWord(word)}: what was asked for before then is not done` };
}
