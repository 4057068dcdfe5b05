/** A person's word about a machine: what alerts asked for before then is not done. */
import { nameCause, traitsOf } from './cause.ts';
import { VERBS, type Intent, type Verb } from './intent.ts';
import { targetKey } from './target.ts';

/** She asked for the opposite, or cancelled what an alert had asked for. */
export const WORD_KINDS = ['request', 'cancel'] as const;
export type WordKind = (typeof WORD_KINDS)[number];

export interface Word {
  /** The id of the machine, or what it was called while nobody knew which machine that is: the key of a target. */
  readonly instance: string;
  /** What alerts are not to do. A person who asks for a start speaks against `stop`, and so does one who cancels a stop. */
  readonly verb: Verb;
  readonly kind: WordKind;
  /** The moment at which she asked. Milliseconds since the epoch. */
  readonly at: number;
  readonly who: string;
}

/** What a person's request for a machine says besides: nothing when it is a dry run, or an alert's. */
export function wordOfRequest(instance: string, { verb, dryRun, cause }: Intent): Word | undefined {
  if (dryRun || !traitsOf(cause).isWord) return undefined;
  return { instance, verb: oppositeOf(verb), kind: 'request', at: cause.beganAt, who: nameCause(cause) };
}

/**
 * What a person's cancellation says besides. A dry run would have changed nothing, so its end speaks against nothing.
 *
 * @param instance undefined while the machine is not known: then she speaks of whatever is called the same
 */
export function wordOfCancel(
  instance: string | undefined,
  { verb, dryRun, target }: Intent,
  who: string,
  at: number,
): Word | undefined {
  return dryRun ? undefined : { instance: instance ?? targetKey(target), verb, kind: 'cancel', at, who };
}

/** What words about an intent's machine may call it. */
export function namesOf({ target }: Intent, instance: string | undefined): readonly string[] {
  return [...new Set([targetKey(target), ...(instance === undefined ? [] : [instance])])];
}

/** Whether a person has asked to start the machine, whatever became of that: she needs it. */
export function isNeed({ verb, kind }: Word): boolean {
  return verb === 'stop' && kind === 'request';
}

/** A sentence for people: who has said what, when, and what follows. */
export function tellWord(word: Word): string {
  return `${describeWord(word)}: alerts that began before then do nothing`;
}

/** For what it overrules, whoever has asked for that. */
export function describeWord({ verb, kind, at, who }: Word): string {
  const what = kind === 'cancel' ? `cancelled a ${verb} of it` : `asked to ${oppositeOf(verb)} it`;
  return `${who} ${what} at ${new Date(at).toISOString()}`;
}

export function oppositeOf(verb: Verb): Verb {
  return VERBS.find((other) => other !== verb) ?? verb;
}
