/**
 * The one place that tells. Every move that the store has written is told to every listener: the log, the metrics, the traces
 * and the requests that wait. A new listener is one more entry of the list that `createTell` is given.
 */
import type { Move } from '../domain/move.ts';
import type { AnsweredDelivery } from '../domain/receipt.ts';
import type { Store } from '../store/port.ts';

export interface Listener {
  /** An operation was opened or has moved on, and that is on disk. */
  readonly moved?: (move: Move) => void;
  /** A delivery was recorded, and each of its alerts has its receipt. */
  readonly answered?: (delivery: AnsweredDelivery) => void;
}

export type Tell = Required<Listener>;

/** @param onFault told of a listener's error. The other listeners are told all the same, and the writer goes on */
export function createTell(listeners: readonly Listener[], onFault: (error: unknown) => void): Tell {
  const each = (tell: (listener: Listener) => void): void => {
    for (const listener of listeners) {
      try {
        tell(listener);
      } catch (error) {
        onFault(error);
      }
    }
  };
  return {
    moved: (move) => {
      each(({ moved }) => moved?.(move));
    },
    answered: (delivery) => {
      each(({ answered }) => answered?.(delivery));
    },
  };
}

/** A store that tells its moves before its caller goes on: no caller can forget it, or tell an unwritten move. */
export function tellMoves(store: Store, { moved }: Pick<Tell, 'moved'>): Store {
  const told = <A extends { readonly moves: readonly Move[] } | undefined>(answer: A): A => {
    answer?.moves.forEach(moved);
    return answer;
  };
  return {
    ...store,
    recordDeliveries: async (...args) => told(await store.recordDeliveries(...args)),
    claim: async (...args) => told(await store.claim(...args)),
    cancel: async (...args) => told(await store.cancel(...args)),
    revokeToken: async (...args) => told(await store.revokeToken(...args)),
    settle: async (...args) => {
      const answers = await store.settle(...args);
      for (const answer of answers) if (answer.outcome === 'written') told(answer);
      return answers;
    },
  };
}
