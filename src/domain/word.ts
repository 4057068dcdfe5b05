/** A person's word about a machine: alerts that asked for the opposite before then do nothing. */
import { nameCause, traitsOf } from './cause.ts';
import { VERBS, type Intent, type Verb } from './intent.ts';
import { targetKey } from './target.ts';

/** The person asked for the opposite, or cancelled an operation. */
export const WORD_KINDS = ['request', 'cancel'] as const;
export type WordKind = (typeof WORD_KINDS)[number];

export interface Word {
  /** The id of the machine; the key of the target while the machine is not known. */
  readonly instance: string;
  /** The forbidden verb: `stop` after a request to start, and after the cancel of a stop. */
  readonly verb: Verb;
  readonly kind: WordKind;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly who: string;
}

/** The word that a request becomes; undefined for a dry run, and for an alert's intent. */
export function wordOfRequest(instance: string, { verb, dryRun, cause }: Intent): Word | undefined {
  if (dryRun || !traitsOf(cause).isWord) return undefined;
  return { instance, verb: oppositeOf(verb), kind: 'request', at: cause.beganAt, who: nameCause(cause) };
}

/** @param instance undefined while the machine is not known: then the word is about the target's name */
export function wordOfCancel(
  instance: string | undefined,
  { verb, dryRun, target }: Intent,
  who: string,
  at: number,
): Word | undefined {
  return dryRun ? undefined : { instance: instance ?? targetKey(target), verb, kind: 'cancel', at, who };
}

/** The names under which words about an intent's machine are kept. */
export function namesOf({ target }: Intent, instance: string | undefined): readonly string[] {
  return [...new Set([targetKey(target), ...(instance === undefined ? [] : [instance])])];
}

/** Whether a person needs the machine, because she asked to start it. */
export function isNeed({ verb, kind }: Word): boolean {
  return verb === 'stop' && kind === 'request';
}

export function tellWord(word: Word): string {
  return `${describeWord(word)}: alerts that began before then do nothing`;
}

export function describeWord({ verb, kind, at, who }: Word): string {
  const what = kind === 'cancel' ? `cancelled a ${verb} of it` : `asked to ${oppositeOf(verb)} it`;
  return `${who} ${what} at ${new Date(at).toISOString()}`;
}

export function oppositeOf(verb: Verb): Verb {
  return VERBS.find((other) => other !== verb) ?? verb;
}
