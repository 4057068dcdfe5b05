/** Tells live pages what else the store has written: moves tell themselves (`tell.ts`). */
import type { Hint } from '../domain/hint.ts';
import type { Store } from '../store/port.ts';

/** A store that tells its writes before its caller goes on, so that no caller can forget it. */
export function tellChanges(store: Store, changed: (hint: Hint) => void): Store {
  const ofMachine = (id: string): void => {
    changed({ machines: [id] });
  };
  const ofAll = (): void => {
    changed({ all: true });
  };
  return {
    ...store,
    hold: async (asked, now) => {
      const answer = await store.hold(asked, now);
      if (answer.outcome === 'made' || answer.outcome === 'moved') ofMachine(asked.instance);
      return answer;
    },
    releaseHolds: async (asked, now) => {
      const answer = await store.releaseHolds(asked, now);
      if (answer.released.length > 0) ofMachine(asked.instance);
      return answer;
    },
    lease: async (asked, now) => {
      const answer = await store.lease(asked, now);
      ofMachine(asked.instance);
      return answer;
    },
    changeLease: async (asked, now) => {
      const answer = await store.changeLease(asked, now);
      if (answer.outcome === 'changed') ofMachine(asked.instance);
      return answer;
    },
    endLease: async (instance, by, now) => {
      const answer = await store.endLease(instance, by, now);
      if (answer !== undefined) ofMachine(instance);
      return answer;
    },
    // A pause of some machines too: only EC2 knows their tags.
    beginPause: async (pause, by) => {
      const answer = await store.beginPause(pause, by);
      if (answer !== undefined) ofAll();
      return answer;
    },
    endPause: async (id, now, by) => {
      const answer = await store.endPause(id, now, by);
      if (answer?.isRepeat === false) ofAll();
      return answer;
    },
    recordSeen: async (...args) => {
      const machines = await store.recordSeen(...args);
      if (machines.length > 0) changed({ machines: machines.map(({ id }) => id) });
      return machines;
    },
    forgetUnseen: async (place, lookedAt, now) => {
      const machines = await store.forgetUnseen(place, lookedAt, now);
      if (machines.length > 0) changed({ machines });
      return machines;
    },
    forgetOtherPlaces: async (watched, now) => {
      const machines = await store.forgetOtherPlaces(watched, now);
      if (machines.length > 0) changed({ machines });
      return machines;
    },
    settleNotice: async (...args) => {
      const answer = await store.settleNotice(...args);
      changed({ machines: [] });
      return answer;
    },
  };
}
