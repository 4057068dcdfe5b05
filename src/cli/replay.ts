/** `replay`: what other policies would have done. */
import { setImmediate as turn } from 'node:timers/promises';
import { formatDuration, parseDuration } from '../domain/duration.ts';
import type { PastUse } from '../domain/past-use.ts';
import { POLICIES, replaySteps, type Policy, type Replayed } from '../domain/replay.ts';
import { unaskedSettings, type ReplayGuards } from '../domain/replay-guards.ts';
import { viewOf } from '../domain/replay-view.ts';
import type { Prices } from '../domain/price.ts';
import { readDuration, wantsJson, type Call } from './call.ts';
import { EXIT, usageError } from './command-error.ts';
import { readPastCsv } from './replay-csv.ts';
import { replayLines, type ReplayAnswer } from './replay-lines.ts';
import { readInput } from './server.ts';

/** @returns the exit code */
export async function replayPolicies(call: Call): Promise<number> {
  const { line, screen, signal } = call;
  const json = wantsJson(call);
  const startMs = readDuration(call, 'start', '3m');
  const file = line.values.get('csv');
  if (file === undefined)
    throw usageError('expected --csv FILE with the times in which machines were busy: see ec2-operator replay --help');
  const { guards, prices } = await readChanged(line.values.get('config'));
  const policies = readPolicies(line.lists.get('quiet'), guards);
  const { past, rows } = await readPastCsv(file, signal);
  const found: Replayed[] = [];
  for (const policy of policies) found.push(await inTurns(past, policy, signal));
  const answer: ReplayAnswer = {
    source: sourceOf(file === '-' ? 'standard input' : file, past, rows),
    policies: found.map((one) => viewOf(one, startMs, prices)),
    guards: guards === undefined ? 'none' : 'asked',
    notAsked: guards === undefined ? [] : unaskedSettings(guards, past),
    cannotTell: CANNOT_TELL,
  };
  if (json) screen.json(answer);
  else screen.write(replayLines(answer, formatDuration(startMs), screen.columns()));
  return EXIT.ok;
}

const CANNOT_TELL: readonly string[] = [
  'whether a machine ran between its first start and its last end: it counts as running, and time outside is not looked at',
  'what people would have done after a stop: their next use counts as wanted at the time at which it was',
  'whether people would have kept a machine when they were warned: nobody answers a warning in a replay',
];

/** Ctrl-C works in between. */
async function inTurns(past: readonly PastUse[], policy: Policy, signal: AbortSignal): Promise<Replayed> {
  const steps = replaySteps(past, policy);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await turn(undefined, { signal });
  }
}

interface Changed {
  readonly guards?: ReplayGuards;
  readonly prices: Prices;
}

async function readChanged(file: string | undefined): Promise<Changed> {
  if (file === undefined) return { prices: new Map() };
  const [{ ConfigError, loadConfig }, { engineSettings }] = await Promise.all([
    import('../config/load.ts'),
    import('../settings.ts'),
  ]);
  try {
    const config = loadConfig({}, readInput(file, 'settings in YAML'));
    return { guards: { settings: engineSettings(config).guards }, prices: config.prices };
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

function sourceOf(name: string, past: readonly PastUse[], rows: number): ReplayAnswer['source'] {
  const from = past.reduce((least, { span }) => Math.min(least, span.from), Infinity);
  const until = past.reduce((most, { span }) => Math.max(most, span.until), -Infinity);
  return {
    name,
    rows,
    machines: past.length,
    since: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
  };
}
