/** Copies of signed deliveries: a delivery that comes again with the same signature asks for nothing. */
import { episodeOf } from '../domain/cause.ts';
import { readEpisodes } from './known.ts';
import type { Member, NewDelivery } from './port.ts';
import type { Transaction } from './schema.ts';

/** Records the signatures, and makes deliveries ask for nothing whose signatures are known. */
export async function disarmReplays(
  transaction: Transaction,
  deliveries: readonly NewDelivery[],
  now: number,
): Promise<readonly NewDelivery[]> {
  const signed = deliveries.flatMap(({ id, signature }) => (signature === undefined ? [] : [{ id, ...signature }]));
  const replayed = new Set<string>();
  // Singly, in the order that all replicas keep, so that no two wait for each other.
  for (const { id, digest, expiresAt } of signed.toSorted((one, other) => (one.digest < other.digest ? -1 : 1))) {
    if (!(await isFirst(transaction, digest, expiresAt, now))) replayed.add(id);
  }
  if (replayed.size === 0) return deliveries;
  const copies = deliveries.filter(({ id }) => replayed.has(id)).flatMap(({ members }) => members);
  const episodes = await readEpisodes(
    transaction,
    copies.flatMap((member) => keyOf(member) ?? []),
  );
  return deliveries.map((delivery) => {
    if (!replayed.has(delivery.id)) return delivery;
    const members = delivery.members.map((member) => disarm(member, episodes.get(keyOf(member) ?? '')?.operation?.id));
    return { ...delivery, members };
  });
}

/** Records what is known by this digest for a time. @returns false if it was recorded before, for a time that has not passed */
export async function isFirst(
  transaction: Transaction,
  digest: string,
  expiresAt: number,
  now: number,
): Promise<boolean> {
  const first = await transaction
    .insertInto('signature')
    .values({ digest, seen_at: now, expires_at: expiresAt })
    .onConflict((conflict) =>
      conflict
        .column('digest')
        .doUpdateSet({ seen_at: now, expires_at: expiresAt })
        .where('signature.expires_at', '<', now),
    )
    .returning('digest')
    .executeTakeFirst();
  return first !== undefined;
}

function keyOf({ asked }: Member): string | undefined {
  return asked.outcome === 'intent' ? episodeOf(asked.intent.cause) : undefined;
}

function disarm({ id, asked }: Member, servedBy: string | undefined): Member {
  const { fingerprint, alertname } = asked;
  const message = 'a delivery with this very signature has come before, and what it asked for is recorded';
  return {
    id,
    asked: {
      outcome: 'ignored',
      fingerprint,
      ...(alertname === undefined ? {} : { alertname }),
      reason: 'replayed',
      message,
    },
    ...(servedBy === undefined ? {} : { servedBy }),
  };
}
