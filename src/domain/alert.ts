/** Deliveries and alerts as Alertmanager (0.15 to 0.34), Grafana and similar senders write them. Unknown keys are ignored. */
import * as z from 'zod';
import { parsed, show, unparsed, type Parsed } from './parsed.ts';

/** A webhook POST. Its alerts are parsed one by one, so that a broken one does not affect the others. */
export interface Delivery {
  readonly receiver: string;
  readonly groupKey: string;
  /** How many alerts `max_alerts` cut off. They are lost. */
  readonly truncatedAlerts: number;
  readonly alerts: readonly unknown[];
}

export interface Alert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, unknown>>;
  /** Empty where the sender sent something else. */
  readonly annotations: Readonly<Record<string, unknown>>;
  /** Not parsed yet, like Grafana's `dashboardURL`. */
  readonly generatorURL?: unknown;
  readonly dashboardURL?: unknown;
  /** The sender's, or the one that Alertmanager would compute, where an old version sends none. */
  readonly fingerprint: string;
  /**
   * When this episode began. `text` is in UTC with nanoseconds, which tell two episodes apart; the sender's spelling changes
   * with its time zone. Absent when the sender does not say: such an alert belongs to no episode.
   */
  readonly startsAt?: { readonly text: string; readonly ms: number };
  /** Not parsed yet, because only the end of an alert needs it (`parseEndedAt`). */
  readonly endsAt?: unknown;
}

/** Enough for the log. */
const MAX_TEXT = 200;

const text = z
  .union([z.string(), z.number().transform(String)])
  .transform((given) => given.slice(0, MAX_TEXT))
  .catch('');

const deliverySchema = z.object({
  receiver: text,
  groupKey: text,
  truncatedAlerts: z.coerce.number().int().nonnegative().catch(0),
  alerts: z.array(z.unknown()),
});

/** More than any rule makes. Labels cost time that all other senders wait for. */
const MAX_LABELS = 1_000;

/** Not copied, because only a few labels are read. */
const labelsSchema = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

const alertSchema = z.object({
  status: z.unknown().optional(),
  labels: labelsSchema,
  annotations: labelsSchema.catch({}),
  generatorURL: z.unknown().optional(),
  dashboardURL: z.unknown().optional(),
  startsAt: z.unknown().optional(),
  endsAt: z.unknown().optional(),
  fingerprint: z.unknown().optional(),
});

/** Parses the envelope. The delivery's own `status` is ignored: each alert has one. */
export function parseDelivery(body: unknown): Parsed<Delivery> {
  if (Array.isArray(body)) {
    return unparsed(
      "expected a webhook body, an object with an alerts array, got an array (does the sender expect Alertmanager's own API?)",
    );
  }
  const delivery = deliverySchema.safeParse(body);
  if (delivery.success) return parsed(delivery.data);
  return unparsed('expected a webhook body of Alertmanager or Grafana, an object with an alerts array');
}

/** Parses one entry of `alerts[]`. An alert without a status is refused, never taken for firing. */
export function parseAlert(entry: unknown): Parsed<Alert> & { readonly status?: false } {
  const alert = alertSchema.safeParse(entry);
  if (!alert.success) return unparsed('expected an alert to be an object with labels');
  const { status, labels, annotations, startsAt, endsAt, fingerprint, generatorURL, dashboardURL } = alert.data;
  if (status !== 'firing' && status !== 'resolved') {
    return { ...unparsed(`expected status to be firing or resolved, got ${show(status)}`), status: false };
  }
  const count = Object.keys(labels).length;
  if (count > MAX_LABELS) return unparsed(`expected at most ${MAX_LABELS} labels, got ${count}`);
  const began = parseTime('startsAt', startsAt);
  if (!began.ok) return began;
  return parsed({
    status,
    labels,
    annotations,
    fingerprint: readFingerprint(fingerprint) ?? computeFingerprint(labels),
    ...(began.value === undefined ? {} : { startsAt: began.value }),
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(generatorURL === undefined ? {} : { generatorURL }),
    ...(dashboardURL === undefined ? {} : { dashboardURL }),
  });
}

const labelledSchema = z.object({ labels: labelsSchema.catch({}), fingerprint: z.unknown().optional() });

/** The fingerprint for a receipt, even of an invalid alert. */
export function fingerprintOf(entry: unknown): string {
  const alert = labelledSchema.safeParse(entry);
  if (!alert.success) return '';
  const { fingerprint, labels } = alert.data;
  return readFingerprint(fingerprint) ?? (Object.keys(labels).length > MAX_LABELS ? '' : computeFingerprint(labels));
}

function readFingerprint(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value) ? value : undefined;
}

/**
 * When a resolved alert ended, in milliseconds since the epoch; undefined when the sender does not say. On a firing alert it means
 * nothing: some senders write the time at which the alert would expire.
 */
export function parseEndedAt({ endsAt }: Pick<Alert, 'endsAt'>): Parsed<number | undefined> {
  const ended = parseTime('endsAt', endsAt);
  return ended.ok ? parsed(ended.value?.ms) : ended;
}

/** Go's zero time means that there is none. */
function parseTime(name: 'startsAt' | 'endsAt', value: unknown): Parsed<Alert['startsAt']> {
  if (value === undefined || value === null || value === '') return parsed(undefined);
  // Temporal also reads forms beyond RFC 3339, such as years of six digits, which readers of our answers cannot.
  if (typeof value === 'string' && value.length <= 64 && /^\d{4}-/.test(value)) {
    if (value.startsWith('0001-01-01T00:00:00')) return parsed(undefined);
    try {
      const instant = Temporal.Instant.from(value);
      return parsed({ text: instant.toString(), ms: instant.epochMilliseconds });
    } catch {
      // Told like all else that is no time.
    }
  }
  return unparsed(`expected ${name} to be an RFC 3339 time, got ${show(value)}`);
}

/**
 * FNV-1a over the sorted label set, as Alertmanager computes it (prometheus/common model/labelset.go), so that an alert keeps its
 * identity when the sender is upgraded. Alertmanager's labels are strings.
 */
export function computeFingerprint(labels: Readonly<Record<string, unknown>>): string {
  // Two halves of 32 bits: with big integers, a label of some megabytes would take seconds.
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  const encoder = new TextEncoder();
  const add = (byte: number): void => {
    low = (low ^ byte) >>> 0;
    // FNV's prime is 2^40 + 0x1b3, and multiplying by 2^40 moves the low half 8 bits into the high one.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    low = product >>> 0;
  };
  for (const name of Object.keys(labels).sort(byCodePoint)) {
    for (const part of [name, labels[name]]) {
      for (const byte of encoder.encode(typeof part === 'string' ? part : typeof part)) add(byte);
      add(255);
    }
  }
  return [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');
}

/** Go orders strings by their UTF-8 bytes, which puts surrogate pairs behind all else; JavaScript's own order does not. */
function byCodePoint(left: string, right: string): number {
  let index = 0;
  while (index < left.length && left[index] === right[index]) index += 1;
  return rankAt(left, index) - rankAt(right, index);
}

function rankAt(name: string, index: number): number {
  if (index >= name.length) return -1;
  const unit = name.charCodeAt(index);
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
