/** Records deliveries in one transaction: that they came, and all that follows from them. */
import { episodeOf, isOfResolved, nameCause } from '../domain/cause.ts';
import type { Admission, Candidate } from '../domain/admission.ts';
import { alternates, type AlertIdentity, type Intended } from '../domain/intend.ts';
import type { Move } from '../domain/move.ts';
import type { Operation } from '../domain/operation.ts';
import type { Receipt } from '../domain/receipt.ts';
import { spanKeysOf, writeAlertSpans, type HeardAlert } from './alert-spans.ts';
import { repeatKeysOf } from './repeat-keys.ts';
import type { NewEntry } from './audit-entry.ts';
import type { Differences } from './differences.ts';
import { createQueue, type Queue } from './enqueue.ts';
import { endEpisodes, openEpisodes, readingsOf, type End } from './episodes.ts';
import { readKnown, takeTurn } from './known.ts';
import { disarmReplays } from './replays.ts';
import type { Member, NewDelivery, Recorded } from './port.ts';
import type { Transaction } from './schema.ts';
import type { WriteMoves } from './write-moves.ts';

export async function recordDeliveries(
  transaction: Transaction,
  came: readonly NewDelivery[],
  now: number,
  differences: Pick<Differences, 'announceWork' | 'concurrent' | 'lockWork'> & { readonly writeMoves: WriteMoves },
): Promise<Recorded> {
  const deliveries = await disarmReplays(transaction, came, now);
  const { concurrent, lockWork } = differences;
  const members = deliveries.flatMap((delivery) => delivery.members.map((member) => ({ member, delivery })));
  const intents = members.flatMap(({ member }) => toCandidate(member).map(({ intent }) => intent));
  const others = await findOthers(
    transaction,
    members.map(({ member }) => member),
  );
  const ends = members.flatMap(({ member }) => [member.asked.ends?.episode ?? [], others.get(member) ?? []].flat());
  if (concurrent) {
    const heard = members.flatMap(({ member: { asked } }) => spanKeysOf(asked));
    await takeTurn(transaction, intents, ends, heard, lockWork);
  }
  const queue = createQueue(await readKnown(transaction, intents, ends), now);
  const { enqueued, ended } = takeIn(queue, members, others);
  await queue.write(transaction, differences);
  const over = ended.size === 0 ? NOTHING : await endEpisodes(transaction, ended, now);

  const opened = new Map(queue.opened.map((operation) => [operation.id, operation]));
  const moves: Move[] = [];
  const entries: NewEntry[] = [];
  await writeAlertSpans(transaction, heardOf(members, enqueued), now);
  const answers = enqueued.values();
  const receipts = deliveries.map((delivery) => {
    const each = delivery.members.map((member) => answer(member, answers, over, others.get(member)));
    for (const added of entriesOf(delivery, each, now)) {
      entries.push(added);
      moves.push(...openedBy(added, opened));
    }
    return each;
  });
  // Several episodes may have asked for the same operation.
  for (const cancelled of new Set(over.values())) {
    moves.push(cancelled);
    entries.push({ operation: cancelled.after.id, entry: cancelled.entry });
  }
  await differences.writeMoves(transaction, moves, entries);
  return { receipts, moves };
}

/** In the order of the members, with what each has led to. */
function heardOf(
  members: readonly { readonly member: Member }[],
  enqueued: readonly Admission[],
): readonly HeardAlert[] {
  const admissions = enqueued.values();
  return members.map(({ member: { asked } }) => {
    const admission = asked.outcome === 'intent' ? admissions.next().value : undefined;
    if (admission === undefined) return { asked };
    const { operation, outcome } = admission;
    if (outcome !== 'accepted') return { asked, operation };
    const { instance } = admission;
    return { asked, operation, opens: true, ...(instance === undefined ? {} : { instance }) };
  });
}

const NOTHING: ReadonlyMap<string, Move> = new Map();

function openedBy({ operation, entry }: NewEntry, opened: ReadonlyMap<string, Operation>): readonly Move[] {
  const after = opened.get(operation ?? '');
  if (after === undefined || entry.event !== 'state') return [];
  return [{ before: undefined, after, at: entry.at, entry }];
}

/**
 * A firing alert also ends the operations that its own earlier ends asked for: each end was an episode of its own. And any alert ends what it
 * has asked for by other readings of its labels, before a change of the settings.
 */
async function findOthers(
  transaction: Transaction,
  members: readonly Member[],
): Promise<ReadonlyMap<Member, readonly string[]>> {
  const works = members.flatMap(({ asked }) => asked.ends?.earlier?.work ?? []);
  const open = await openEpisodes(transaction, works);
  const readings = await readingsOf(
    transaction,
    members.flatMap(({ asked }) => asked.ends?.alert ?? []),
  );
  return new Map(
    members.map((member) => {
      const { earlier, alert = '' } = member.asked.ends ?? {};
      const keys = earlier === undefined ? [] : (open.get(earlier.work) ?? []);
      const before = keys.filter((key) => key.startsWith(`${earlier?.work ?? ''}|${earlier?.fingerprint ?? ''}|`));
      return [member, [...before, ...(readings.get(alert) ?? [])]];
    }),
  );
}

/** In the order in which they came. The last member counts: the same alert may be in several deliveries. */
function takeIn(
  queue: Queue,
  members: readonly { readonly member: Member; readonly delivery: NewDelivery }[],
  others: ReadonlyMap<Member, readonly string[]>,
): { readonly enqueued: readonly Admission[]; readonly ended: ReadonlyMap<string, End> } {
  const enqueued: Admission[] = [];
  const ended = new Map<string, End>();
  for (const { member, delivery } of members) {
    enqueued.push(...toCandidate(member).map(queue.take));
    const { asked } = member;
    if (asked.ends === undefined) continue;
    const { episode, message } = asked.ends;
    const firing = firingEpisode(asked);
    // A stop by a resolved alert ends at any sign that the machine is needed, even an unconfirmed one.
    const isCertain = firing === undefined || queue.stands(firing) || asked.ends.earlier?.verb === 'stop';
    const isKept = firing === undefined && !(asked.outcome === 'ignored' && asked.reason === 'on_resolved_only');
    const by = { ...causedBy(delivery), ...identify(asked) };
    if (episode !== undefined) {
      queue.end(episode, isCertain);
      ended.set(episode, { message, isKept, by });
    }
    for (const key of others.get(member) ?? []) {
      if (key === episode || key === firing) continue;
      queue.end(key, isCertain);
      ended.set(key, { message, isKept: false, by });
    }
  }
  return { enqueued, ended: new Map([...ended].filter(([episode]) => queue.isOver(episode))) };
}

/** The episode of an alert that asks for something because it fires. */
function firingEpisode(asked: Intended): string | undefined {
  if (asked.outcome !== 'intent') return undefined;
  const { cause } = asked.intent;
  return isOfResolved(cause) ? undefined : episodeOf(cause);
}

function toCandidate({ id, asked }: Member): readonly Candidate[] {
  return asked.outcome === 'intent' ? [{ id, intent: asked.intent, alternates: alternates(asked) }] : [];
}

function answer(
  { asked, servedBy }: Member,
  answers: Iterator<Admission, undefined>,
  over: ReadonlyMap<string, Move>,
  others: readonly string[] = [],
): Receipt {
  const ended = [asked.ends?.episode ?? '', ...others].map((episode) => over.get(episode)?.after.id);
  const cancelled = ended.find((id) => id !== undefined);
  const told = cancelled === undefined ? [] : [`operation ${cancelled}, which waited for it, was cancelled`];
  if (servedBy !== undefined && asked.outcome !== 'intent')
    return { ...identify(asked), outcome: 'done', operation: servedBy, message: asked.message };
  if (asked.outcome !== 'intent') {
    const { ends: _, signs: _signs, ...receipt } = asked;
    const message = [receipt.message, ...told].join('; ');
    return { ...receipt, message, ...(cancelled === undefined ? {} : { operation: cancelled }) };
  }
  const { value } = answers.next();
  if (value === undefined) throw new RangeError('expected an answer for every intent');
  const { outcome, operation } = value;
  const messages = [outcome === 'done' ? value.message : undefined, asked.warning, ...told].filter(
    (text) => text !== undefined,
  );
  return { ...identify(asked), outcome, operation, ...(messages.length === 0 ? {} : { message: messages.join('; ') }) };
}

/** The log's entries about a delivery: that it came, and what became of each alert. */
function entriesOf(delivery: NewDelivery, receipts: readonly Receipt[], at: number): readonly NewEntry[] {
  const { who: _, ...origin } = delivery.origin;
  const by = causedBy(delivery);
  const outcomes: Record<string, number> = {};
  for (const { outcome } of receipts) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const repeatKeys = repeatKeysOf(delivery, receipts);
  const { traceId } = origin;
  const trace = traceId === undefined ? {} : { traceId };
  const each = receipts.map((receipt, index): NewEntry => {
    const asked = delivery.members[index]?.asked;
    // A person's request has no alert.
    const identity = asked === undefined || asked.fingerprint === '' ? {} : identify(asked);
    const repeats = repeatKeys.alerts[index];
    const repeating = repeats === undefined ? {} : { repeats };
    switch (receipt.outcome) {
      case 'accepted':
        return {
          ...repeating,
          operation: receipt.operation,
          entry: { at, event: 'state', state: 'queued', ...by, ...identity, ...trace },
        };
      case 'joined': {
        const message = asked?.outcome === 'intent' ? nameCause(asked.intent.cause) : '';
        const entry = { at, event: 'joined', message, ...by, ...identity, ...trace } as const;
        return { ...repeating, operation: receipt.operation, entry };
      }
      case 'done':
      case 'ignored':
      case 'invalid': {
        const { operation, ...told } = receipt;
        return {
          ...repeating,
          ...(operation === undefined ? {} : { operation }),
          entry: { at, event: 'receipt', ...by, ...told, outcome: receipt.outcome },
        };
      }
    }
  });
  const entry = { at, event: 'delivery', ...by, ...origin, alerts: receipts.length, outcomes } as const;
  const group = repeatKeys.delivery;
  return [{ ...(group === undefined ? {} : { repeats: group }), entry }, ...each];
}

function causedBy({ id, origin: { who } }: NewDelivery) {
  return { who: who.name, remote: who.remote, delivery: id };
}

function identify({ fingerprint, alertname }: AlertIdentity): AlertIdentity {
  return { fingerprint, ...(alertname === undefined ? {} : { alertname }) };
}
