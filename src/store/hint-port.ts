/** The part of the store port that carries hints between replicas. */
import type { Hint } from '../domain/hint.ts';

export interface HintStore {
  /** Tells the other replicas. It is about what is committed already. The embedded store has no others. */
  sendHint(hint: Hint): Promise<void>;

  /**
   * Calls the listener for the hints of other replicas, with `all` where some may have been missed.
   *
   * @returns ends the listening
   */
  onHint(listener: (hint: Hint) => void): () => void;
}
