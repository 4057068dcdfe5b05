/** One start or stop for many instances: what to do when it fails because of some of them. */
import type { Instance } from '../domain/instance.ts';
import type { Verb } from '../domain/intent.ts';
import { GOAL, ON_THE_WAY } from '../domain/progress.ts';
import { blamedIds, meaningOf } from '../ec2/error-table.ts';
import { Ec2Error, type Accepted } from '../ec2/port.ts';

export type ChangeAnswer = { readonly accepted: Accepted } | { readonly error: unknown };

export interface ChangeCall {
  readonly describe: (ids: readonly string[]) => Promise<readonly Instance[]>;
  readonly change: (ids: readonly string[]) => Promise<Accepted>;
  /** Waits until EC2's rate limit has room for one more call. */
  readonly admit: () => Promise<unknown>;
  readonly verb: Verb;
  readonly dryRun: boolean;
}

/**
 * EC2 carries a batch out as a whole or fails as a whole. Where an error blames one instance, the others go on without it:
 * by name where EC2 names it, otherwise by halves. An error that blames the call ends it for all.
 */
export async function changeAll(call: ChangeCall, ids: readonly string[]): Promise<Map<string, ChangeAnswer>> {
  try {
    const accepted = await call.change(ids);
    return new Map(ids.map((id) => [id, { accepted }]));
  } catch (error) {
    if (!(error instanceof Ec2Error) || ids.length === 1) return failAll(ids, error);
    const { blame } = meaningOf(error);
    const named = blamedIds(error).filter((id) => ids.includes(id));
    if (blame === 'call' || (blame === 'named' && named.length === 0)) return failAll(ids, error);
    const guilty = named.length === ids.length ? [] : named;
    const parts = guilty.length > 0 ? [ids.filter((id) => !guilty.includes(id))] : halves(ids);
    const answers = failAll(guilty, error);
    for (const part of parts) {
      for (const [id, answer] of await changeRest(call, part)) answers.set(id, answer);
    }
    return answers;
  }
}

/** EC2 does not say that a failed batch changed nothing, so what has moved already is not asked again. */
async function changeRest(call: ChangeCall, ids: readonly string[]): Promise<Map<string, ChangeAnswer>> {
  try {
    const moved = new Set(call.dryRun ? [] : await findMoved(call, ids));
    const answers = new Map<string, ChangeAnswer>([...moved].map((id) => [id, { accepted: {} }]));
    const rest = ids.filter((id) => !moved.has(id));
    if (rest.length === 0) return answers;
    await call.admit();
    for (const [id, answer] of await changeAll(call, rest)) answers.set(id, answer);
    return answers;
  } catch (error) {
    // The part before this one may have been accepted already, and keeps its own answer.
    return failAll(ids, error);
  }
}

async function findMoved({ describe, verb }: ChangeCall, ids: readonly string[]): Promise<readonly string[]> {
  const seen = await describe(ids);
  return seen.filter(({ state }) => state === GOAL[verb] || state === ON_THE_WAY[verb]).map(({ id }) => id);
}

function failAll(ids: readonly string[], error: unknown): Map<string, ChangeAnswer> {
  return new Map(ids.map((id) => [id, { error }]));
}

function halves(ids: readonly string[]): readonly (readonly string[])[] {
  const middle = Math.ceil(ids.length / 2);
  return [ids.slice(0, middle), ids.slice(middle)];
}
