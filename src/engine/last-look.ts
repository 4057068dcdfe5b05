/** The last look at the machines of a batch, right before each call that is made for it. */
import type { Instance } from '../domain/instance.ts';
import type { Verb } from '../domain/intent.ts';
import { GOAL, ON_THE_WAY } from '../domain/progress.ts';

/** An instance that a call is to be made for. Each question answers what has changed, for people, or undefined for nothing. */
export interface Candidate {
  readonly id: string;
  /** When the alert and the name were last asked about. Milliseconds of the monotonic clock. */
  readonly since: number;
  /** Asks again before each call that had to wait. May take its time. */
  readonly whyUnwanted: () => Promise<string | undefined>;
  /** Asked right before each call, with the instance as it is then: nothing else comes between this question and the call. */
  readonly whyWrong: (seen: Instance | undefined) => Promise<string | undefined>;
}

export interface LastLook<Item> {
  /** @returns what the call is to be made for, and what an earlier call of the batch has moved already */
  readonly before: (
    ids: readonly string[],
    isFirstCall: boolean,
  ) => Promise<{ readonly right: readonly string[]; readonly moved: readonly string[] }>;
  /** The change that a look has found, for people; undefined when the item may go ahead. */
  readonly whyHeldBack: (item: Item) => string | undefined;
}

interface LookParts {
  readonly verb: Verb;
  readonly dryRun: boolean;
  readonly describe: (ids: readonly string[]) => Promise<readonly Instance[]>;
}

/** For how long the answers of Alertmanager, Prometheus and DNS hold, in milliseconds. */
const FRESH_MS = 2_000;

export function createLastLook<Item extends Candidate>(items: readonly Item[], parts: LookParts): LastLook<Item> {
  const askedAt = new Map(items.map((item) => [item, item.since]));
  const heldBack = new Map<Item, string>();

  const whyUnwanted = async (item: Item): Promise<string | undefined> => {
    if (performance.now() - (askedAt.get(item) ?? 0) <= FRESH_MS) return undefined;
    const why = await item.whyUnwanted();
    askedAt.set(item, performance.now());
    return why;
  };
  /** Holds back the items for which something has changed, and returns the others. */
  const sift = async (
    some: readonly Item[],
    ask: (item: Item) => Promise<string | undefined>,
  ): Promise<readonly Item[]> => {
    const answers = await Promise.all(some.map(async (item) => ({ item, why: await ask(item) })));
    for (const { item, why } of answers) if (why !== undefined) heldBack.set(item, why);
    return some.filter((item) => !heldBack.has(item));
  };

  return {
    before: async (ids, isFirstCall) => {
      const about = new Set(ids);
      const wanted = await sift(
        items.filter((item) => about.has(item.id) && !heldBack.has(item)),
        whyUnwanted,
      );
      if (wanted.length === 0) return { right: [], moved: [] };
      const described = await parts.describe(idsOf(wanted));
      const seen = new Map(described.map((instance) => [instance.id, instance]));
      const moved = new Set(isFirstCall || parts.dryRun ? [] : findMoved(parts.verb, described));
      // Describing may have taken long. The store comes last, with one question for all.
      const still = await sift(
        wanted.filter(({ id }) => !moved.has(id)),
        whyUnwanted,
      );
      const right = await sift(still, async (item) => item.whyWrong(seen.get(item.id)));
      return { right: idsOf(right), moved: [...moved] };
    },
    whyHeldBack: (item) => heldBack.get(item),
  };
}

/** EC2 does not say that a failed batch changed nothing, so instances that have moved already are not asked for again. */
function findMoved(verb: Verb, described: readonly Instance[]): readonly string[] {
  return described.filter(({ state }) => state === GOAL[verb] || state === ON_THE_WAY[verb]).map(({ id }) => id);
}

function idsOf(items: readonly Candidate[]): readonly string[] {
  return [...new Set(items.map(({ id }) => id))];
}
