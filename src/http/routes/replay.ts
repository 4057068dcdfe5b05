/** `POST /api/v1/replay`: what other rules and guards would have done with the recorded history. */
import { setImmediate as turn } from 'node:timers/promises';
import { ConfigError, loadConfig } from '../../config/load.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { GuardSettings } from '../../domain/guard-settings.ts';
import type { PastUse } from '../../domain/past-use.ts';
import type { Prices } from '../../domain/price.ts';
import { replaySteps, type Policy, type Replayed } from '../../domain/replay.ts';
import { unaskedSettings } from '../../domain/replay-guards.ts';
import { viewOf } from '../../domain/replay-view.ts';
import { tellUnpriced } from '../../domain/unpriced.ts';
import type { Period } from '../../domain/recorded-use.ts';
import { savingsOf } from '../../domain/savings.ts';
import { tellOrigins } from '../../domain/savings-words.ts';
import { engineSettings } from '../../settings.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { readRecorded } from '../read-recorded.ts';
import type { ReplayAnswer, ReplayAsk } from '../replay-schemas.ts';
import type { SenderInput } from '../route.ts';
import { toTime } from '../show-operation.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Replays of all senders that may be under way at once: each takes time and memory. */
const MOST_AT_ONCE = 2;

/** The senders whose replays are under way. */
const UNDER_WAY = new WeakMap<HttpParts['store'], Set<string>>();

export async function replayHistory(
  parts: HttpParts,
  { sender, body }: SenderInput<unknown, unknown, ReplayAsk>,
): Promise<ReplayAnswer> {
  const underWay = UNDER_WAY.get(parts.store) ?? new Set();
  UNDER_WAY.set(parts.store, underWay);
  if (underWay.has(sender.name) || underWay.size >= MOST_AT_ONCE)
    throw new ProblemError(429, 'expected one replay at a time: ask again when the one under way is answered', {
      headers: { 'retry-after': '5' },
    });
  underWay.add(sender.name);
  try {
    return await answer(parts, body, readChanged(body.config));
  } finally {
    underWay.delete(sender.name);
  }
}

async function answer(parts: HttpParts, ask: ReplayAsk, changed: Changed | undefined): Promise<ReplayAnswer> {
  const until = parts.clock();
  const period = { since: until - ask.days * DAY_MS, until };
  const { past, unnamed, startsMs } = await readRecorded(parts, period, ask.ruleWindowNow);
  const startMs = medianOf(startsMs) ?? USUAL_START_MS;
  const inForce = { guards: parts.engine.guards, prices: parts.prices };
  const { guards, prices } = changed ?? inForce;
  const view = async (windowMs: number, settings: GuardSettings, costs: Prices): Promise<ReplayAnswer['asNow']> => {
    const policy = { name: `window ${formatDuration(windowMs)}`, quietMs: windowMs, guards: { settings } };
    return viewOf(await inSlices(past, policy), startMs, costs);
  };
  const policies: ReplayAnswer['asNow'][] = [];
  for (const windowMs of ask.ruleWindows ?? [ask.ruleWindowNow]) policies.push(await view(windowMs, guards, prices));
  return {
    since: toTime(period.since),
    until: toTime(period.until),
    machines: past.length,
    unknownHours: unknownHoursOf(past),
    startMinutes: startMs / MINUTE_MS,
    happened: await happenedIn(parts, period),
    asNow: await view(ask.ruleWindowNow, inForce.guards, inForce.prices),
    policies,
    notPriced: tellUnpriced(past, prices),
    notAsked: unaskedSettings({ settings: guards }, past),
    cannotTell: [
      ...(unnamed === 0 ? [] : [`which machine ${unnamed} alerts were about: nothing has found it`]),
      ...CANNOT_TELL,
    ],
  };
}

const CANNOT_TELL: readonly string[] = [
  'whether a machine would have been used while it was really stopped: it counts as idle until it was wanted again',
  'how long a machine was idle where no alert says so: only the time of alerts that ask for a stop counts, and the window of their rule before it',
  'whether the end of an alert was a use: it counts as one, unless the machine was stopped',
  'whether people would have kept a machine when they were warned: nobody answers a warning in a replay',
  'which tags a machine had then: those that it has now count',
];

/** Where the record has no start. */
const USUAL_START_MS = 3 * MINUTE_MS;

/** Other requests get their turn in between. In milliseconds. */
const SLICE_MS = 20;

async function inSlices(past: readonly PastUse[], policy: Policy): Promise<Replayed> {
  const steps = replaySteps(past, policy);
  for (let begun = performance.now(); ;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - begun < SLICE_MS) continue;
    await turn();
    begun = performance.now();
  }
}

interface Changed {
  readonly guards: GuardSettings;
  readonly prices: Prices;
}

function readChanged(text: string | undefined): Changed | undefined {
  if (text === undefined) return undefined;
  try {
    const config = loadConfig({}, text);
    return { guards: engineSettings(config).guards, prices: config.prices };
  } catch (error) {
    throw error instanceof ConfigError ? new ProblemError(400, `config: ${error.problems.join('; ')}`) : error;
  }
}

async function happenedIn({ savings, zone }: HttpParts, period: Period): Promise<ReplayAnswer['happened']> {
  const query = { ...period, zone, cap: savings.capMs, only: ({ by }: { by: string }) => by === 'alert' };
  const { total, origins } = savingsOf(await savings.stops.read(), query);
  const { stops, savedMs, unpricedMs, atPrice, regrets, waitedMs } = total.automatic;
  return {
    stops,
    savedHours: savedMs / HOUR_MS,
    regrets: { '15m': regrets[15], '30m': regrets[30], '60m': regrets[60] },
    ...(savedMs > unpricedMs
      ? { savedDollars: Math.round(100 * atPrice) / 100, dollarsBasis: tellOrigins(origins) }
      : {}),
    waitedMinutes: waitedMs / MINUTE_MS,
  };
}

function unknownHoursOf(past: readonly PastUse[]): number {
  const ms = past.flatMap(({ unknown = [] }) => unknown.map((at, index) => (index % 2 === 0 ? -at : at)));
  return ms.reduce((sum, one) => sum + one, 0) / HOUR_MS;
}

function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}
