/** Makes holds: the one way, for people with a token, with a link, or in Slack. */
import type { Observer } from '../observe/observer.ts';
import type { Store } from '../store/port.ts';

export type NewHold = Parameters<Store['hold']>[0];
type HoldAnswer = Awaited<ReturnType<Store['hold']>>;

export interface HoldParts {
  readonly store: Pick<Store, 'hold'>;
  readonly observer: Pick<Observer, 'held'>;
  /** Wakes the worker. */
  readonly nudge: () => void;
  readonly clock: () => number;
}

/** @param isProgram it renews its hold each minute, which is no news */
export async function holdMachine(
  { store, observer, nudge, clock }: HoldParts,
  asked: NewHold,
  isProgram = false,
): Promise<HoldAnswer> {
  const { instance, holder, by } = asked;
  const asker = { by: by.name, remote: by.remote };
  const answer = await store.hold(asked, clock());
  if (answer.outcome === 'refused') {
    observer.held({ instance, holder, ...asker, why: answer.message }, 'refused');
    return answer;
  }
  if (answer.outcome === 'stands') return answer;
  const { place, since, until, ...hold } = answer.hold;
  const times = { until: new Date(until).toISOString(), createdAt: new Date(since).toISOString() };
  const told = { ...hold, ...place, ...times, ...asker, sent: answer.sent.map(({ id }) => id) };
  observer.held(told, answer.outcome, answer.outcome === 'moved' && isProgram);
  nudge();
  return answer;
}
