/** The weekly digests: who gets which part of what stops have saved. Pure. */
import type { Week } from './digest-time.ts';
import type { Instance } from './instance.ts';
import type { Address } from './notice-address.ts';
import { type News, type NewNotice } from './notice.ts';
import type { Operation } from './operation.ts';
import { mostRegretted, savingsOf, type Savings, type SavingsRow } from './savings.ts';
import { REGRET } from './savings-tally.ts';
import { hasTwoSums, isPriced, tellOrigins } from './savings-words.ts';
import { isSelected } from './selector.ts';
import type { StopColumns } from './stop-columns.ts';
import { tellSuggestion } from './suggestion.ts';
import { addressesOf, ownerAddress, tellableAt, type ChannelRule, type TellingSettings } from './telling.ts';

export interface DigestFacts extends Week {
  /** Those that lasted in this week. */
  readonly stops: StopColumns;
  /** Of the machines that were stopped. A machine of which nothing is known any more is told about only where all are. */
  readonly tags: ReadonlyMap<string, Instance['tags']>;
  /** The stops that wait, the oldest first. */
  readonly waiting: readonly Operation[];
  /** As `SavingsQuery.cap`. */
  readonly capMs: number;
  readonly now: number;
}

/** The machines that a message is about. */
interface Part {
  readonly about: Extract<News, { readonly kind: 'digest' }>['about'];
  readonly addresses: readonly Address[];
  /** Absent: all of them. */
  readonly has?: (tags: Instance['tags']) => boolean;
}

/** How many machines a message names. */
const NAMED = 5;

/** A stop that waits for less, such as for the end of its warning, is nothing to tell of a week. */
const LONG_MS = 3_600_000;

/** Equal on all replicas, so each channel and address is told of a week once. */
export function digestSubject({ until }: Week): string {
  return `digest:${new Date(until).toISOString()}`;
}

export function digestsOf(facts: DigestFacts, telling: TellingSettings): readonly NewNotice[] {
  const subject = digestSubject(facts);
  return telling.channels
    .filter(({ tells }) => tells.has('digest'))
    .flatMap((rule) =>
      partsOf(facts, rule, telling).flatMap((part) => {
        const news = newsOf(facts, part);
        // Mail about nothing teaches people to delete it unread. A channel sees that the operator still runs.
        if (part.about === 'own' && news.stops === 0 && news.savedMs === 0) return [];
        const availableAt = tellableAt('digest', rule, facts.now);
        return part.addresses.map((address) => ({ ...address, news, subject, thread: subject, availableAt }));
      }),
    );
}

function partsOf({ tags }: DigestFacts, rule: ChannelRule, { owners }: TellingSettings): readonly Part[] {
  const { only, toOwner } = rule;
  const isIn = (machine: Instance['tags']): boolean => only === undefined || isSelected(only, { tags: machine });
  if (!toOwner)
    return only === undefined
      ? [{ about: 'all', addresses: addressesOf(rule) }]
      : [{ about: 'selected', addresses: addressesOf(rule), has: isIn }];
  const all = new Set([...tags.values()].map((machine) => ownerAddress(machine, owners)));
  return [...all].flatMap((owner) =>
    owner === undefined
      ? []
      : [
          {
            about: 'own',
            addresses: addressesOf(rule, owner),
            has: (machine) => isIn(machine) && ownerAddress(machine, owners) === owner,
          },
        ],
  );
}

function newsOf(facts: DigestFacts, part: Part): Extract<News, { readonly kind: 'digest' }> {
  const { since, until, stops, tags, capMs } = facts;
  const { about, has } = part;
  const isIn = (id: string): boolean => {
    const machine = tags.get(id);
    return has === undefined || (machine !== undefined && has(machine));
  };
  const savings = savingsOf(stops, {
    since,
    until,
    cap: capMs,
    // Days are not told.
    zone: 'UTC',
    only: ({ instance }) => isIn(instance),
  });
  const { automatic } = savings.total;
  const [suggestion] = savings.suggestions;
  return {
    kind: 'digest',
    at: until,
    since,
    about,
    basis: tellOrigins(savings.origins),
    ...sumsOf(savings.total),
    ...(hasTwoSums(automatic) ? { offBill: automatic.offBill } : {}),
    ...(isPriced(automatic) && automatic.unpricedMs > 0 ? { unpricedMs: automatic.unpricedMs } : {}),
    waits: automatic.waits,
    waitedMs: automatic.waitedMs,
    machines: savings.machines
      .filter((row) => row.automatic.savedMs > 0)
      .slice(0, NAMED)
      .map(named),
    regretted: mostRegretted(savings.machines, NAMED).map(named),
    ...(suggestion === undefined ? {} : { suggestion: tellSuggestion(suggestion) }),
    ...waitingFor(facts, part),
  };
}

function named(row: Savings['machines'][number]): { readonly name: string } & ReturnType<typeof sumsOf> {
  return { name: row.name ?? row.id, ...sumsOf(row) };
}

function sumsOf({ automatic }: Pick<SavingsRow, 'automatic'>): {
  readonly stops: number;
  readonly regrets: number;
  readonly savedMs: number;
  readonly atPrice?: number;
} {
  const { stops, regrets, savedMs, atPrice } = automatic;
  return { stops, regrets: regrets[REGRET], savedMs, ...(isPriced(automatic) ? { atPrice } : {}) };
}

/** The machine that has been idle for the longest, and why it still runs. */
function waitingFor({ waiting, now }: DigestFacts, { addresses }: Part): Pick<ReturnType<typeof newsOf>, 'waiting'> {
  const oldest = waiting.find(
    ({ createdAt, instance }) =>
      createdAt <= now - LONG_MS &&
      instance?.audience?.some((one) =>
        addresses.some((other) => one.channel === other.channel && one.recipient === other.recipient),
      ),
  );
  if (oldest?.state !== 'waiting' || oldest.instance === undefined) return {};
  const { createdAt: since, message, instance } = oldest;
  return { waiting: { name: instance.name ?? instance.id, since, message } };
}
