/** The last look at the machines of a batch, right before each call that is made for it. */
import type { Instance } from '../domain/instance.ts';
import type { Verb } from '../domain/intent.ts';
import { GOAL, ON_THE_WAY } from '../domain/progress.ts';
import type { SendAnswer, SendRequest } from '../store/port.ts';

/** An instance that a call is to be made for. */
export interface Candidate {
  readonly id: string;
  /** When the alert and the name were last asked about. Milliseconds of the monotonic clock. */
  readonly since: number;
  /** Asks again before each call that had to wait. May take its time. @returns what has changed, for people */
  readonly whyUnwanted: () => Promise<string | undefined>;
  /** The last question before each call, by the instance as it is then. */
  readonly toSend: (seen: Instance | undefined) => SendRequest;
  /** Told when the operation was marked as sent: its call comes next. */
  readonly onSent: (at: number) => void;
}

export interface LastLook<Item> {
  /** @returns what the call may be made for, and what an earlier call of the batch has moved already */
  readonly before: (
    ids: readonly string[],
    isFirstCall: boolean,
  ) => Promise<{ readonly right: readonly string[]; readonly moved: readonly string[] }>;
  /** The last question: nothing may wait between its answer and the call. @returns what the call is made for */
  readonly send: (ids: readonly string[]) => Promise<readonly string[]>;
  /** The change that a look has found, for people; undefined when the item may go ahead. */
  readonly whyHeldBack: (item: Item) => string | undefined;
}

interface LookParts {
  readonly verb: Verb;
  readonly dryRun: boolean;
  readonly describe: (ids: readonly string[]) => Promise<readonly Instance[]>;
  readonly send: Send;
}

/** As `Store.send`, of this worker. */
export type Send = (requests: readonly SendRequest[]) => Promise<readonly SendAnswer[]>;

/** For how long the answers of Alertmanager, Prometheus and DNS hold, in milliseconds. */
const FRESH_MS = 2_000;

export function createLastLook<Item extends Candidate>(items: readonly Item[], parts: LookParts): LastLook<Item> {
  const askedAt = new Map(items.map((item) => [item, item.since]));
  const heldBack = new Map<Item, string>();
  /** As the look before the next call has shown them. */
  let seen: ReadonlyMap<string, Instance> = new Map();

  const wantedOf = (ids: readonly string[]): readonly Item[] => {
    const about = new Set(ids);
    return items.filter((item) => about.has(item.id) && !heldBack.has(item));
  };

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
  const sendAll = async (some: readonly Item[]): Promise<readonly Item[]> => {
    const answers = await parts.send(some.map((item) => item.toSend(seen.get(item.id))));
    return some.filter((item, index) => {
      const answer = answers[index] ?? { outcome: 'held_back', why: 'the store gave no answer' };
      if (answer.outcome === 'held_back') heldBack.set(item, answer.why);
      else if (answer.sentAt !== undefined) item.onSent(answer.sentAt);
      return answer.outcome === 'go';
    });
  };

  return {
    before: async (ids, isFirstCall) => {
      const wanted = await sift(wantedOf(ids), whyUnwanted);
      if (wanted.length === 0) return { right: [], moved: [] };
      const described = await parts.describe(idsOf(wanted));
      seen = new Map(described.map((instance) => [instance.id, instance]));
      const moved = new Set(isFirstCall || parts.dryRun ? [] : findMoved(parts.verb, described));
      // Describing may have taken long.
      const still = await sift(
        wanted.filter(({ id }) => !moved.has(id)),
        whyUnwanted,
      );
      return { right: idsOf(still), moved: [...moved] };
    },
    send: async (ids) => idsOf(await sendAll(wantedOf(ids))),
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
