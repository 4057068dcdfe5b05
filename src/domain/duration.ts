/** Durations as people write them in configuration files and query parameters: `500ms`, `30s`, `10m`, `6h`, `2d`. */

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A hundred years, so that any date of today plus a duration is still a date. */
export const LONGEST_MS = 36_500 * UNIT_MS.d;

const FORM = /^(?<amount>\d{1,9}(?:\.\d{1,3})?)(?<unit>ms|s|m|h|d)$/;

/**
 * Reads one duration.
 *
 * @returns milliseconds; undefined for other text and above `LONGEST_MS`. A bare number is refused, because guessing its unit
 * would turn a wait of minutes into none.
 */
export function parseDuration(text: string): number | undefined {
  const match = FORM.exec(text.trim());
  const unit = match?.groups?.['unit'];
  const amount = match?.groups?.['amount'];
  if (amount === undefined || !isUnit(unit)) return undefined;
  const ms = Math.round(Number(amount) * UNIT_MS[unit]);
  return ms <= LONGEST_MS ? ms : undefined;
}

/** Writes milliseconds in the two largest units that matter: `1h 5m`, `12s`, `350ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))}ms`;
  const parts: string[] = [];
  let rest = Math.round(ms / 1_000) * 1_000;
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = Math.floor(rest / UNIT_MS[unit]);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * UNIT_MS[unit];
  }
  return parts.slice(0, 2).join(' ');
}

function isUnit(unit: string | undefined): unit is keyof typeof UNIT_MS {
  return unit !== undefined && Object.hasOwn(UNIT_MS, unit);
}
