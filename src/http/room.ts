/** How much of all bodies together may be under way: slow senders of large ones must not fill the memory. */

/** What one body takes of the room, from its first byte until it has left. */
export interface Place {
  /** More of it has come. When the room is full, somebody has to leave, and it may be this one. */
  readonly grow: (bytes: number) => void;
  /** Rejects with what `leaveFor` gives once it has to make room. */
  readonly displaced: Promise<never>;
  readonly leave: () => void;
}

/** @param sender whose body it is: whoever takes most of a full room makes room for the others */
export type Enter = (sender: string) => Place;

interface Taken {
  readonly sender: string;
  bytes: number;
  readonly displace: () => void;
}

/**
 * A full room never turns away the newest, which would let a few that never end keep all others out. The sender that takes
 * most makes room, with the body of which nothing has come for the longest.
 *
 * @param leaveFor the error that such a body ends with
 */
export function createRoom(mostBytes: number, leaveFor: () => Error): Enter {
  /** The one that has grown last is the last. */
  const taken = new Set<Taken>();
  let total = 0;
  const leave = (place: Taken): void => {
    if (taken.delete(place)) total -= place.bytes;
  };
  const makeRoom = (): void => {
    if (total <= mostBytes) return;
    const greediest = greediestOf(taken);
    const place = [...taken].find(({ sender }) => sender === greediest);
    if (place === undefined) return;
    leave(place);
    place.displace();
    makeRoom();
  };
  return (sender) => {
    const { promise: displaced, reject } = Promise.withResolvers<never>();
    // It may be displaced while nobody waits for it.
    displaced.catch(() => undefined);
    let isDisplaced = false;
    const displace = (): void => {
      isDisplaced = true;
      reject(leaveFor());
    };
    const place: Taken = { sender, bytes: 0, displace };
    return {
      displaced,
      grow: (bytes) => {
        if (isDisplaced) return;
        taken.delete(place);
        taken.add(place);
        place.bytes += bytes;
        total += bytes;
        makeRoom();
      },
      leave: () => {
        leave(place);
      },
    };
  };
}

function greediestOf(taken: Iterable<Taken>): string | undefined {
  const sums = new Map<string, number>();
  for (const { sender, bytes } of taken) sums.set(sender, (sums.get(sender) ?? 0) + bytes);
  let greediest: string | undefined;
  for (const [sender, sum] of sums) if (sum > (sums.get(greediest ?? '') ?? 0)) greediest = sender;
  return greediest;
}
