/** Run-length encodes what alerts ask for: a copy lengthens the stretch that it belongs to, anything else begins a new one. */
import { CONFIRMED_AFTER_MS, SILENT_MS } from './admission.ts';
import type { AlertSpan, AskedByAlert } from './alert-span.ts';
import { isOfResolved } from './cause.ts';
import type { Intent } from './intent.ts';

/** What a stretch is told apart by. Times are milliseconds since the epoch. */
export interface Stretch extends Pick<AlertSpan, 'since' | 'until' | 'end' | 'heard'> {
  /** Equal for equal asks. */
  readonly asks: string;
  /** As the sender wrote it, which may be ahead of our clock. Absent where it does not date its alerts. */
  readonly startsAt?: number;
  /** When a copy first came after the end. It may be an old one. */
  readonly againAt?: number;
}

/** One copy of an alert that asks for something. */
export type HeardAsk = Pick<Stretch, 'asks' | 'since' | 'startsAt'>;

/** A sign that an alert does not ask for something any more. */
export interface HeardEnd {
  readonly startsAt?: number;
  /** Absent where the sender does not say. */
  readonly at?: number;
}

/** @param known the latest stretch of this alert. @returns the latest one after this copy, and the one that it has replaced */
export function hearAsk(
  known: Stretch | undefined,
  heard: HeardAsk,
  now: number,
): { readonly replaced?: Stretch; readonly latest: Stretch } {
  const fresh: Stretch = { ...heard, until: now, end: 'firing', heard: 1 };
  if (known === undefined) return { latest: fresh };
  const isNew = beginsAnew(known, heard.startsAt, now);
  if (known.end === 'firing') {
    if (!isNew && known.asks === heard.asks)
      return { latest: { ...known, until: Math.max(known.until, now), heard: known.heard + 1 } };
    // An alert that was changed has asked for the other thing until now.
    return { replaced: { ...known, end: 'unheard' }, latest: isNew ? fresh : { ...fresh, since: now } };
  }
  if (isNew) return { replaced: known, latest: fresh };
  const { againAt = now } = known;
  // Senders in a cluster may be late by some seconds.
  if (now - againAt < CONFIRMED_AFTER_MS) return { latest: { ...known, againAt, heard: known.heard + 1 } };
  return { replaced: known, latest: { ...fresh, since: againAt } };
}

/** @returns the stretch as it is then: unchanged where the sign is about one that was not heard, or that is over for long */
export function hearEnd(known: Stretch, { startsAt, at }: HeardEnd, now: number): Stretch {
  const end = Math.min(at ?? now, now);
  const isOther = end < known.since || (startsAt !== undefined && beginsAnew(known, startsAt, now));
  if (isOther) return known;
  const { againAt, ...rest } = known;
  const heard = known.heard + 1;
  if (known.end === 'firing') return { ...rest, heard, end: 'resolved', until: end };
  // The copies after the first end were no old ones if this one is said to be later.
  const isLater = againAt !== undefined && at !== undefined && end > known.until;
  return { ...rest, heard, until: isLater ? end : known.until };
}

/** Servers that watch the same see it begin at different moments, so what has begun before the latest copy is the same stretch. */
function beginsAnew(known: Stretch, startsAt: number | undefined, now: number): boolean {
  if (startsAt === undefined || known.startsAt === undefined)
    return known.end !== 'firing' || now - known.until > SILENT_MS;
  return startsAt !== known.startsAt && startsAt > known.until;
}

export function askedBy(intent: Intent): AskedByAlert {
  const { verb, target, client, dryRun, region, account, vpc, leaseMs } = intent;
  return {
    verb,
    target,
    client,
    dryRun,
    ...(region === undefined ? {} : { region }),
    ...(account === undefined ? {} : { account }),
    ...(vpc === undefined ? {} : { vpc }),
    ...(leaseMs === undefined ? {} : { leaseMs }),
    ...(isOfResolved(intent.cause) ? { resolved: true } : {}),
  };
}
