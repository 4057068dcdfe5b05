/** `replay`: what other policies would have done. */
import { setImmediate as turn } from 'node:timers/promises';
import { formatDuration, parseDuration } from '../domain/duration.ts';
import type { PastUse } from '../domain/past-use.ts';
import { POLICIES, replaySteps, type Policy, type Replayed } from '../domain/replay.ts';
import { unaskedSettings, type ReplayGuards } from '../domain/replay-guards.ts';
import { viewOf } from '../domain/replay-view.ts';
import { tellUnpriced } from '../domain/unpriced.ts';
import type { Config } from '../config/schema.ts';
import { createPrices, type Prices } from '../domain/price.ts';
import { readDuration, wantsJson, type Call } from './call.ts';
import { EXIT, usageError } from './command-error.ts';
import { readPastCsv } from './replay-csv.ts';
import { replayLines, type ReplayAnswer } from './replay-lines.ts';
import { readInput } from './server.ts';

/** @returns the exit code */
export async function replayPolicies(call: Call): Promise<number> {
  const { line, screen, signal } = call;
  if (!line.values.has('csv') && !line.flags.has('from-prometheus'))
    return (await import('./replay-record.ts')).replayRecord(call);
  const json = wantsJson(call);
  for (const name of OF_RECORD)
    if (line.values.has(name) || line.lists.has(name))
      throw usageError(`expected --${name} without --csv and --from-prometheus: it is about the record of the server`);
  const startMs = readDuration(call, 'start', '3m');
  const changed = await readChanged(line.values.get('config'));
  const { guards, prices } = changed;
  const policies = readPolicies(line.lists.get('quiet'), guards);
  const { past, source, cannotTell } = await readSource(call, changed);
  const found: Replayed[] = [];
  for (const policy of policies) found.push(await inTurns(past, policy, signal));
  const answer: ReplayAnswer = {
    source: { ...source, ...periodOf(past) },
    policies: found.map((one) => viewOf(one, startMs, prices)),
    guards: guards === undefined ? 'none' : 'asked',
    notPriced: tellUnpriced(past, prices),
    notAsked: guards === undefined ? [] : unaskedSettings(guards, past),
    cannotTell: [...cannotTell, ...CANNOT_TELL],
  };
  if (json) screen.json(answer);
  else screen.write(replayLines(answer, formatDuration(startMs), screen.columns()));
  return EXIT.ok;
}

/** Whatever the source is. */
const CANNOT_TELL: readonly string[] = [
  'what people would have done after a stop: their next use counts as wanted at the time at which it was',
  'whether people would have kept a machine when they were warned: nobody answers a warning in a replay',
];

interface Source {
  readonly past: readonly PastUse[];
  readonly source: Pick<ReplayAnswer['source'], 'name' | 'rows'>;
  readonly cannotTell: readonly string[];
}

/** Options that only one source has. */
const OF_PROMETHEUS = ['prometheus', 'days', 'by', 'type-label'];
const OF_RECORD = ['rule-window', 'rule-window-now'];

async function readSource(call: Call, { config }: Changed): Promise<Source> {
  const { values, flags } = call.line;
  const file = values.get('csv');
  if (file === undefined) return (await import('./replay-prometheus.ts')).readFromPrometheus(call, config);
  if (flags.has('from-prometheus')) throw usageError('expected one of --csv and --from-prometheus, got both');
  const other = OF_PROMETHEUS.find((name) => values.has(name));
  if (other !== undefined) throw usageError(`expected --${other} without --csv: a file has all its rows replayed`);
  const { past, rows } = await readPastCsv(file, call.signal);
  return {
    past,
    source: { name: file === '-' ? 'standard input' : file, rows },
    cannotTell: [
      'whether a machine ran between its first start and its last end: it counts as running, and time outside is not looked at',
    ],
  };
}

/** Ctrl-C works in between. */
async function inTurns(past: readonly PastUse[], policy: Policy, signal: AbortSignal): Promise<Replayed> {
  const steps = replaySteps(past, policy);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await turn(undefined, { signal });
  }
}

export interface Changed {
  readonly config?: Config;
  readonly guards?: ReplayGuards;
  readonly prices: Prices;
}

async function readChanged(file: string | undefined): Promise<Changed> {
  if (file === undefined) return { prices: createPrices() };
  const [{ ConfigError, loadConfig }, { engineSettings }] = await Promise.all([
    import('../config/load.ts'),
    import('../settings.ts'),
  ]);
  try {
    const config = loadConfig({}, readInput(file, 'settings in YAML'));
    return { config, guards: { settings: engineSettings(config).guards }, prices: config.prices };
  } catch (error) {
    throw error instanceof ConfigError ? usageError(`${file}: ${error.problems.join('; ')}`, error) : error;
  }
}

const MOST_POLICIES = 100;

function readPolicies(quiet: readonly string[] | undefined, guards: ReplayGuards | undefined): readonly Policy[] {
  const asked = guards === undefined ? {} : { guards };
  if (quiet === undefined) {
    const listed = POLICIES.filter(({ isWarned }) => guards === undefined || isWarned !== true);
    return listed.map(({ name, quietMs }) => ({ name, quietMs, ...asked }));
  }
  if (quiet.length > MOST_POLICIES)
    throw usageError(`expected --quiet at most ${MOST_POLICIES} times, got it ${quiet.length} times`);
  return quiet.map((text) => {
    const quietMs = parseDuration(text);
    if (quietMs === undefined) throw usageError(`expected a duration such as 36m for --quiet, got "${text}"`);
    return { name: text, quietMs, ...asked };
  });
}

function periodOf(
  past: readonly PastUse[],
): Pick<ReplayAnswer['source'], 'machines' | 'since' | 'until' | 'unknownHours'> {
  let [from, until, unknownMs] = [Infinity, -Infinity, 0];
  for (const { span, unknown = [] } of past) {
    from = Math.min(from, span.from);
    until = Math.max(until, span.until);
    for (let at = 0; at < unknown.length; at += 2) unknownMs += (unknown[at + 1] ?? 0) - (unknown[at] ?? 0);
  }
  const iso = (at: number): string => new Date(at).toISOString();
  return { machines: past.length, since: iso(from), until: iso(until), unknownHours: unknownMs / 3_600_000 };
}
