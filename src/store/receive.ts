/** Records deliveries: all that they bring about, and that they came, in one transaction. */
import type { Transaction } from 'kysely';
import { episodeOf, nameCause } from '../domain/cause.ts';
import { alternates, type AlertIdentity } from '../domain/intend.ts';
import type { Receipt } from '../domain/receipt.ts';
import { append } from './audit.ts';
import type { Caused, DeliveryEntry, NewEntry } from './audit-entry.ts';
import type { Differences } from './differences.ts';
import { enqueue, type Enqueued, type Request } from './enqueue.ts';
import { endEpisodes, lockBehind } from './episodes.ts';
import type { Member, NewDelivery, Received, Superseded } from './port.ts';
import type { Database } from './schema.ts';

export async function receive(
  transaction: Transaction<Database>,
  deliveries: readonly NewDelivery[],
  now: number,
  differences: Pick<Differences, 'announceWork' | 'concurrent'>,
): Promise<Received> {
  const { concurrent } = differences;
  const ended = findEnded(deliveries);
  // Before anything else is locked, so that of two who do the same one waits for the other.
  if (concurrent && ended.size > 0) await lockBehind(transaction, [...ended.keys()], concurrent);
  const requests = deliveries.flatMap(({ members }) => members.flatMap(toRequest));
  const enqueued = (await enqueue(transaction, requests, now, differences)).values();
  const why = new Map([...ended].map(([episode, { message }]) => [episode, message]));
  const over = ended.size === 0 ? NOTHING : await endEpisodes(transaction, why, now, concurrent);

  const entries: NewEntry[] = [];
  const receipts = deliveries.map((delivery) => {
    const answers = delivery.members.map((member) => answer(member, enqueued, over));
    for (const entry of tell(delivery, answers, now)) entries.push(entry);
    return answers;
  });
  const cancelled = new Map([...over].map(([episode, moved]) => [moved.after.id, { episode, moved }]));
  for (const { episode, moved } of cancelled.values()) {
    const { reason, message } = moved.after;
    const state = { at: now, event: 'state', state: 'cancelled', reason, message } as const;
    entries.push({ operation: moved.after.id, entry: { ...state, ...ended.get(episode)?.by } });
  }
  await append(transaction, entries);
  return { receipts, cancelled: [...cancelled.values()].map(({ moved }) => moved) };
}

const NOTHING: ReadonlyMap<string, Superseded> = new Map();

interface Ended {
  /** Why, a sentence for people. */
  readonly message: string;
  readonly by: Caused;
}

/** What the deliveries put an end to. What comes last counts: the same alert may be in several of them. */
function findEnded(deliveries: readonly NewDelivery[]): ReadonlyMap<string, Ended> {
  const ended = new Map<string, Ended>();
  for (const delivery of deliveries) {
    for (const { asked } of delivery.members) {
      if (asked.outcome === 'intent') ended.delete(episodeOf(asked.intent.cause) ?? '');
      if (asked.ends !== undefined) {
        const by = { ...causedBy(delivery), ...identify(asked) };
        ended.set(asked.ends.episode, { message: asked.ends.message, by });
      }
    }
  }
  return ended;
}

function toRequest({ id, asked }: Member): readonly Request[] {
  return asked.outcome === 'intent' ? [{ id, intent: asked.intent, alternates: alternates(asked) }] : [];
}

function answer(
  { asked }: Member,
  enqueued: Iterator<Enqueued, undefined>,
  over: ReadonlyMap<string, Superseded>,
): Receipt {
  const cancelled = over.get(asked.ends?.episode ?? '')?.after.id;
  const told = cancelled === undefined ? [] : [`operation ${cancelled}, which waited for it, was cancelled`];
  if (asked.outcome !== 'intent') {
    const { ends: _, ...receipt } = asked;
    const message = [receipt.message, ...told].join('; ');
    return { ...receipt, message, ...(cancelled === undefined ? {} : { operation: cancelled }) };
  }
  const { value } = enqueued.next();
  if (value === undefined) throw new RangeError('expected an answer for every intent');
  const messages = [...(asked.warning === undefined ? [] : [asked.warning]), ...told];
  return { ...identify(asked), ...value, ...(messages.length === 0 ? {} : { message: messages.join('; ') }) };
}

/** What the log says of a delivery: that it came, and what became of each of its alerts. */
function tell(delivery: NewDelivery, receipts: readonly Receipt[], at: number): readonly NewEntry[] {
  const { who: _, ...origin } = delivery.origin;
  const by = causedBy(delivery);
  const outcomes: Record<string, number> = {};
  for (const { outcome } of receipts) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const came: DeliveryEntry = { at, event: 'delivery', ...by, ...origin, alerts: receipts.length, outcomes };
  const { traceId } = origin;
  const trace = traceId === undefined ? {} : { traceId };
  const each = receipts.map((receipt, index): NewEntry => {
    const asked = delivery.members[index]?.asked;
    // Where a person asks there is no alert.
    const identity = asked === undefined || asked.fingerprint === '' ? {} : identify(asked);
    switch (receipt.outcome) {
      case 'accepted':
        return {
          operation: receipt.operation,
          entry: { at, event: 'state', state: 'queued', ...by, ...identity, ...trace },
        };
      case 'joined': {
        const message = asked?.outcome === 'intent' ? nameCause(asked.intent.cause) : '';
        return { operation: receipt.operation, entry: { at, event: 'joined', message, ...by, ...identity, ...trace } };
      }
      case 'done':
      case 'ignored':
      case 'invalid': {
        const { operation, ...told } = receipt;
        return {
          ...(operation === undefined ? {} : { operation }),
          entry: { at, event: 'receipt', ...by, ...told, outcome: receipt.outcome },
        };
      }
    }
  });
  return [{ entry: came }, ...each];
}

function causedBy({ id, origin: { who } }: NewDelivery): Caused & { readonly delivery: string } {
  return { who: who.name, remote: who.remote, delivery: id };
}

function identify({ fingerprint, alertname }: AlertIdentity): AlertIdentity {
  return { fingerprint, ...(alertname === undefined ? {} : { alertname }) };
}
