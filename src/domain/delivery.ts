/** Whether, and when, people have heard of a warning. */
import type { Told } from './notice.ts';
import { leadsToProgram, warningChannels } from './telling.ts';
import type { GuardContext } from './verdict.ts';
import type { Warned } from './warned.ts';

export type Delivery =
  /** It does not matter: no channel has to deliver it, or the store was not asked. */
  | { readonly delivery: 'unasked' }
  /** With when the first channel has delivered it. */
  | { readonly delivery: 'told'; readonly at: number }
  /** It was written for channels, and none has delivered it. */
  | { readonly delivery: 'untold' }
  /** No channel was given it: there were none, or their settings have changed. */
  | { readonly delivery: 'unwritten' };

type About = Pick<GuardContext, 'intent' | 'instance' | 'settings' | 'evidence'>;

/** Where no channel is left that warns people, it is as if there had never been one. */
export function deliveryOf({ intent, instance, settings, evidence }: About, { at: warnedAt }: Warned): Delivery {
  const { telling, warn } = settings;
  const warning = new Set(warningChannels(instance, intent.cause, telling));
  if (evidence.told === undefined || warning.size === 0) return { delivery: 'unasked' };
  // A channel that is not configured any more may have told people.
  const programs = telling.channels.filter((rule) => leadsToProgram(rule) && !warning.has(rule.name));
  const ignored = new Set(programs.map(({ name }) => name));
  const written = evidence.told.filter((told) => told.warnedAt === warnedAt && !ignored.has(told.channel));
  const sent = written.flatMap(timeOf);
  if (sent.length > 0) return { delivery: 'told', at: Math.min(...sent) };
  if (warn.ifUndelivered === 'stop') return { delivery: 'unasked' };
  return { delivery: written.length === 0 ? 'unwritten' : 'untold' };
}

function timeOf({ state, sentAt }: Told): readonly number[] {
  return state === 'sent' && sentAt !== undefined ? [sentAt] : [];
}

/** A warning that is delivered within this part of its time was delivered at once, within these limits in milliseconds. */
const AT_ONCE_PART = 0.1;
const AT_ONCE_MS = { least: 2_000, most: 60_000 } as const;

function isLate({ at, stopsAt }: Pick<Warned, 'at' | 'stopsAt'>, told: number): boolean {
  return told - at > Math.max(AT_ONCE_MS.least, Math.min(AT_ONCE_MS.most, AT_ONCE_PART * (stopsAt - at)));
}

/** Operations whose warnings end in the same second are taken up together, and share calls to EC2. In milliseconds. */
const TOGETHER_MS = 1_000;

export function together(at: number): number {
  return Math.ceil(at / TOGETHER_MS) * TOGETHER_MS;
}

/** When the stop follows for people who were told at that time: they have as long to answer as if they had been told at once. */
export function stopAfterTelling(
  { at, stopsAt, toldAt }: Pick<Warned, 'at' | 'stopsAt' | 'toldAt'>,
  told: number,
): number {
  // The stop was put off already.
  if (toldAt !== undefined || !isLate({ at, stopsAt }, told)) return stopsAt;
  return Math.max(stopsAt, together(told + stopsAt - at));
}
