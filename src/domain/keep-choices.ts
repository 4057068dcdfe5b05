/** How long a person can keep a machine with one press, in a message or on a page. */

/** Closed: they stand in links and buttons. */
export const KEEP_CHOICES = ['1h', '4h', 'morning'] as const;
export type KeepChoice = (typeof KEEP_CHOICES)[number];

export interface OfferedKeep {
  readonly choice: KeepChoice;
  /** As a button shows it. */
  readonly label: string;
  readonly until: number;
}

interface Now {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** An IANA time zone. */
  readonly zone: string;
}

const HOUR_MS = 3_600_000;
const LABELS: Readonly<Record<KeepChoice, string>> = {
  '1h': 'Keep 1 h',
  '4h': 'Keep 4 h',
  morning: 'Until tomorrow 9:00',
};

/** @param longestMs how long machines may be held from now: what goes beyond is not offered */
export function offeredKeeps({ now, zone }: Now, longestMs: number): readonly OfferedKeep[] {
  return KEEP_CHOICES.map((choice) => ({
    choice,
    label: LABELS[choice],
    until: keptUntil(choice, { now, zone }),
  })).filter(({ until }) => until - now <= longestMs);
}

export function keptUntil(choice: KeepChoice, { now, zone }: Now): number {
  switch (choice) {
    case '1h':
      return now + HOUR_MS;
    case '4h':
      return now + 4 * HOUR_MS;
    case 'morning':
      return Temporal.Instant.fromEpochMilliseconds(now)
        .toZonedDateTimeISO(zone)
        .add({ days: 1 })
        .withPlainTime('09:00')
        .toInstant().epochMilliseconds;
  }
}
