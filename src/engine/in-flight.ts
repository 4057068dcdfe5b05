/** The operations that this process carries at the moment. Their number is bounded: the others stay in the store. */
import { VERBS, type Verb } from '../domain/intent.ts';
import type { OpenOperation } from '../domain/operation.ts';

export interface InFlight {
  /**
   * Carries the operation; if it is being carried already, once more right after. Never rejects if `carryOne` never does.
   *
   * @param until when the claim on it ends
   */
  readonly add: (
    operation: OpenOperation,
    until: number,
    carryOne: (operation: OpenOperation) => Promise<void>,
  ) => Promise<void>;
  /** The claims that have been renewed; all others end as before. */
  readonly renewed: (ids: readonly string[], until: number) => void;
  readonly isClaimed: (id: string, now: number) => boolean;
  /** How many more operations with this verb there is room for. */
  readonly room: (verb: Verb) => number;
  readonly ids: () => readonly string[];
  /** Resolves when none of the operations of this moment is carried any more. */
  readonly drained: () => Promise<unknown>;
}

/** Each verb has room of its own: a thousand stops that wait for EC2's rate limit must not delay a start. */
const MAX_PER_VERB = 1_000;

/** @param onRoom told when there is room again for a verb that had none */
export function createInFlight(onRoom: () => void): InFlight {
  const running = new Map<string, Promise<void>>();
  const claims = new Map<string, number>();
  const counts: Record<Verb, number> = { start: 0, stop: 0 };

  return {
    add: async (operation, until, carryOne) => {
      const { id, intent } = operation;
      counts[intent.verb] += 1;
      claims.set(id, until);
      // An operation can be due again before the carrying that made it due has returned.
      const done = (running.get(id) ?? Promise.resolve())
        .then(async () => carryOne(operation))
        .finally(() => {
          if (running.get(id) === done) {
            running.delete(id);
            claims.delete(id);
          }
          counts[intent.verb] -= 1;
          if (counts[intent.verb] === MAX_PER_VERB - 1) onRoom();
        });
      running.set(id, done);
      return done;
    },
    renewed: (ids, until) => {
      for (const id of ids) if (claims.has(id)) claims.set(id, until);
    },
    isClaimed: (id, now) => now < (claims.get(id) ?? 0),
    room: (verb) => Math.max(0, MAX_PER_VERB - counts[verb]),
    ids: () => [...running.keys()],
    drained: async () => Promise.all(running.values()),
  };
}

/** The verbs that there is room for, and how many operations one claim may take, whichever verbs they have. */
export function roomForClaim(inFlight: Pick<InFlight, 'room'>): {
  readonly verbs: readonly Verb[];
  readonly limit: number;
} {
  const verbs = VERBS.filter((verb) => inFlight.room(verb) > 0);
  return { verbs, limit: verbs.length === 0 ? 0 : Math.min(...verbs.map(inFlight.room)) };
}
