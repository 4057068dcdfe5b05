/** The last look at the machines of a batch, right before each call that is made for it. */
import type { Instance } from '../domain/instance.ts';
import type { Verb } from '../domain/intent.ts';
import { GOAL, ON_THE_WAY } from '../domain/progress.ts';

export interface Looked {
  readonly id: string;
  /** When all was last known to be well. Milliseconds of the monotonic clock. */
  readonly since: number;
  /** Asked of others before each call that has had to wait since. May take its time. */
  readonly isStillWanted: () => Promise<boolean>;
  /** Asked right before each call, with the instance as it is then: nothing but this question comes before the call. */
  readonly isStillRight: (seen: Instance | undefined) => Promise<boolean>;
}

export interface LastLook<Item> {
  /** @returns what the call is to be made for, and what an earlier call of the batch has moved already */
  readonly before: (ids: readonly string[], isFirstCall: boolean) => Promise<Outcome>;
  /** Whether a look has found that it is right no more. */
  readonly isHeldBack: (item: Item) => boolean;
}

export interface Outcome {
  readonly right: readonly string[];
  readonly moved: readonly string[];
}

interface LookParts {
  readonly verb: Verb;
  readonly dryRun: boolean;
  readonly describe: (ids: readonly string[]) => Promise<readonly Instance[]>;
}

/** For how long an answer of others holds, in milliseconds. */
const FRESH_MS = 2_000;

export function createLastLook<Item extends Looked>(items: readonly Item[], parts: LookParts): LastLook<Item> {
  const askedAt = new Map(items.map((item) => [item, item.since]));
  const heldBack = new Set<Item>();

  const isWanted = async (item: Item): Promise<boolean> => {
    if (performance.now() - (askedAt.get(item) ?? 0) <= FRESH_MS) return true;
    const answer = await item.isStillWanted();
    askedAt.set(item, performance.now());
    return answer;
  };
  /** Those that the question is answered well for. */
  const keep = async (some: readonly Item[], ask: (item: Item) => Promise<boolean>): Promise<readonly Item[]> => {
    const answers = await Promise.all(some.map(ask));
    some.forEach((item, index) => answers[index] === true || heldBack.add(item));
    return some.filter((item) => !heldBack.has(item));
  };

  return {
    before: async (ids, isFirstCall) => {
      const about = new Set(ids);
      const wanted = await keep(
        items.filter((item) => about.has(item.id) && !heldBack.has(item)),
        isWanted,
      );
      if (wanted.length === 0) return { right: [], moved: [] };
      const described = await parts.describe(idsOf(wanted));
      const seen = new Map(described.map((instance) => [instance.id, instance]));
      const moved = new Set(isFirstCall || parts.dryRun ? [] : findMoved(parts.verb, described));
      // Describing may have taken long. What people and alerts have said by now comes last, and is one question for all.
      const still = await keep(
        wanted.filter(({ id }) => !moved.has(id)),
        isWanted,
      );
      const right = await keep(still, async (item) => item.isStillRight(seen.get(item.id)));
      return { right: idsOf(right), moved: [...moved] };
    },
    isHeldBack: (item) => heldBack.has(item),
  };
}

/** EC2 does not say that a failed batch changed nothing, so what has moved already is not asked for again. */
function findMoved(verb: Verb, described: readonly Instance[]): readonly string[] {
  return described.filter(({ state }) => state === GOAL[verb] || state === ON_THE_WAY[verb]).map(({ id }) => id);
}

function idsOf(items: readonly Looked[]): readonly string[] {
  return [...new Set(items.map(({ id }) => id))];
}
