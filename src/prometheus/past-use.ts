/** Reads from Prometheus when machines were at work: minute by minute, in answers of bounded size. */
import * as z from 'zod';
import { typeOf, type Stretches, type PastUse } from '../domain/past-use.ts';
import { parseHostTarget, targetKey } from '../domain/target.ts';
import { ApiError, getJson, type Api } from '../outgoing/get-json.ts';
import { refuseWarnings } from './client.ts';
import { gpuUse, PROCESSOR_USE } from './gpu-use.ts';

export interface UseQuestion {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly until: number;
  /** The label that names the machine, and the one with its instance type. */
  readonly by: string;
  readonly type: string;
  /** Told after each part, from 0 to 1. */
  readonly progress?: (part: number) => void;
}

export interface SeenUse {
  readonly past: readonly PastUse[];
  /** Series that name no machine: their label is missing or cannot be a host. */
  readonly unnamed: number;
}

const MINUTE_MS = 60_000;
/** 360 values of each machine: Prometheus refuses more than 11,000, and a thousand machines make an answer of 10 MB. */
const PART_MS = 6 * 3_600_000;
/** Parts that are too much for a server are halved, down to this. */
const LEAST_PART_MS = 30 * MINUTE_MS;
const TIMEOUT_MS = 120_000;

const UNKNOWN = 0;
const IDLE = 1;
const BUSY = 2;

interface Seen {
  /** One byte a minute. */
  readonly minutes: Uint8Array;
  readonly types: Set<string>;
}

/** @throws ApiError; Error when an answer is not one of Prometheus, or is incomplete */
export async function readPastUse(api: Api, question: UseQuestion): Promise<SeenUse> {
  const { by, type, progress } = question;
  const since = Math.floor(question.since / MINUTE_MS) * MINUTE_MS;
  const until = Math.floor(question.until / MINUTE_MS) * MINUTE_MS;
  const length = (until - since) / MINUTE_MS + 1;
  const machines = new Map<string, Seen>();
  const hosts = new Map<string, Seen>();
  const unread = new Map<string, Seen>();
  const unnamed = new Set<string>();
  const note = (into: Map<string, Seen>, label: string, series: readonly Series[]): void => {
    for (const { metric, values } of series) {
      const machine = nameOf(metric[label]);
      if (machine === undefined) {
        unnamed.add(JSON.stringify(metric));
        continue;
      }
      let seen = into.get(machine);
      if (seen === undefined) into.set(machine, (seen = { minutes: new Uint8Array(length), types: new Set() }));
      if (metric[type] !== undefined && metric[type] !== '') seen.types.add(metric[type]);
      for (const [at, value] of values) {
        const minute = Math.round((at * 1_000 - since) / MINUTE_MS);
        const state = value === '0' ? IDLE : BUSY;
        if (state > (seen.minutes[minute] ?? BUSY)) seen.minutes[minute] = state;
      }
    }
  };
  for (let from = since; from <= until; from += PART_MS) {
    const to = Math.min(until, from + PART_MS - MINUTE_MS);
    for (const { work, unread: withoutReading } of gpuUse(by, type)) {
      note(machines, by, await ask(api, work, from, to));
      note(unread, by, await ask(api, withoutReading, from, to));
    }
    note(hosts, 'instance', await ask(api, PROCESSOR_USE, from, to));
    progress?.((to - since + MINUTE_MS) / (length * MINUTE_MS));
  }
  for (const [machine, { minutes }] of unread) forgetRest(machines.get(machine)?.minutes, minutes);
  const past = [...machines].flatMap(
    ([machine, seen]) => pastOf(machine, seen, hosts.get(machine)?.minutes, since) ?? [],
  );
  return { past, unnamed: unnamed.size };
}

/** Where a known GPU has no reading, it may have worked. */
function forgetRest(minutes: Uint8Array | undefined, unread: Uint8Array): void {
  if (minutes === undefined) return;
  for (let minute = 0; minute < minutes.length; minute += 1)
    if (minutes[minute] === IDLE && unread[minute] !== UNKNOWN) minutes[minute] = UNKNOWN;
}

/** As an alert with this label names it: without a port, in lower case. */
function nameOf(label: string | undefined): string | undefined {
  const target = label === undefined ? undefined : parseHostTarget(label);
  return target?.ok === true ? targetKey(target.value) : undefined;
}

/** Undefined without anything known. Each value is about the minute before it. */
function pastOf(
  machine: string,
  { minutes, types }: Seen,
  processors: Uint8Array | undefined,
  since: number,
): PastUse | undefined {
  const uses: number[] = [];
  const unknown: number[] = [];
  let [first, last] = [-1, -1];
  for (let minute = 0; minute < minutes.length; minute += 1) {
    const state = together(minutes[minute] ?? UNKNOWN, processors?.[minute]);
    if (state !== UNKNOWN) {
      if (first < 0) first = minute;
      last = minute;
    }
    if (first < 0 || state === IDLE) continue;
    extend(state === BUSY ? uses : unknown, since + (minute - 1) * MINUTE_MS, since + minute * MINUTE_MS);
  }
  if (first < 0) return undefined;
  const span = { from: since + (first - 1) * MINUTE_MS, until: since + last * MINUTE_MS };
  return { machine, uses, unknown: within(unknown, span.until), span, ...typeOf(types) };
}

/** Work of the processors counts; where they are watched, a minute without their readings is not known to be idle. */
function together(gpus: number, processors: number | undefined): number {
  if (processors === undefined || gpus === BUSY || gpus === UNKNOWN) return gpus;
  return processors === UNKNOWN ? UNKNOWN : processors;
}

function extend(stretches: number[], from: number, until: number): void {
  if (stretches.at(-1) === from) stretches[stretches.length - 1] = until;
  else stretches.push(from, until);
}

/** The unknown time behind the span is not a part of it. */
function within(unknown: Stretches, until: number): Stretches {
  return (unknown.at(-2) ?? -Infinity) >= until ? unknown.slice(0, -2) : unknown;
}

const matrix = z.object({
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});
type Series = z.output<typeof matrix>['data']['result'][number];

/** Too many samples (422), an answer that is too long or comes too late: half of the time may be possible. */
async function ask(api: Api, query: string, from: number, to: number): Promise<readonly Series[]> {
  try {
    const range = { start: String(from / 1_000), end: String(to / 1_000), step: '60' };
    const { value } = await getJson(api, 'api/v1/query_range', { query, ...range }, TIMEOUT_MS);
    refuseWarnings(value);
    const answer = matrix.safeParse(value);
    if (!answer.success) throw new Error(`expected a matrix of Prometheus: ${z.prettifyError(answer.error)}`);
    return answer.data.data.result;
  } catch (error) {
    const isTooMuch =
      error instanceof ApiError && (error.status === undefined || [422, 503, 504].includes(error.status));
    // A server that is away stays away: the first part is not asked again and again.
    if (!isTooMuch || isAway(error) || to - from < LEAST_PART_MS) throw error;
    const middle = from + Math.floor((to - from) / 2 / MINUTE_MS) * MINUTE_MS;
    return [...(await ask(api, query, from, middle)), ...(await ask(api, query, middle + MINUTE_MS, to))];
  }
}

function isAway({ brief }: ApiError): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT'].includes(brief);
}
