/** Measures every scenario beside its baselines, round by round, and keeps the medians. */
import { measureBarePair, measureBareSdk, measureTrivial } from './baselines.ts';
import type { Parts } from './parts.ts';
import type { Scenario } from './scenarios.ts';
import { median } from './statistics.ts';
import { measureSubject, type Sample } from './subject.ts';

/** Medians over the rounds. Ratios are made within a round, where subject and baseline met the same machine. */
export interface Result extends Scenario, Sample {
  readonly ec2CallsPerAlert: number;
  readonly awsProcessesPerAlert: number;
  /** Alerts per second of one bare SDK describe + stop, or with `cli` of one bare pair of `aws` processes, per alert. */
  readonly bareAlertsPerSecond: number;
  readonly timesBare: number;
  /** Requests per second of a server that parses the POST and commits a row. For single alerts only. */
  readonly trivialPerSecond?: number;
  readonly timesTrivial?: number;
}

export interface RunOptions {
  readonly rounds: number;
  /** The most alerts in a baseline. */
  readonly baselineAlerts: number;
  readonly profileDirectory?: string;
  readonly tell: (line: string) => void;
}

interface Round {
  readonly sample: Sample;
  readonly bare: number;
  readonly trivial: number;
}

export async function runScenarios(
  parts: Parts,
  scenarios: readonly Scenario[],
  options: RunOptions,
): Promise<readonly Result[]> {
  const rounds = new Map<Scenario, Round[]>(scenarios.map((scenario) => [scenario, []]));
  let run = 0;
  for (let round = 1; round <= options.rounds; round += 1) {
    const baselines = baselinesOf(parts, options);
    for (const [scenario, measured] of rounds) {
      run += 1;
      const bare = await baselines.bare(scenario);
      const trivial = await baselines.trivial(scenario);
      const sample = await measureSubject(parts, scenario, {
        run,
        // It takes seconds, gives the same every time, and is asked only where calls are few.
        toTheEnd: round === 1 && (scenario.group > 1 || scenario.client === 'cli'),
        ...(options.profileDirectory === undefined ? {} : { profileDirectory: options.profileDirectory }),
      });
      measured.push({ sample, bare, trivial });
      const rate = `${sample.alertsPerSecond.toFixed(1)} alerts/s, bare ${bare.toFixed(1)}`;
      options.tell(`round ${round} of ${options.rounds}: ${scenario.name}: ${rate}`);
    }
  }
  return [...rounds].map(([scenario, measured]) => summarise(scenario, measured));
}

/** Each baseline is measured once a round, right before the first scenario that it stands beside. */
function baselinesOf(parts: Parts, { baselineAlerts }: RunOptions) {
  const known = new Map<string, number>();
  const once = async (key: string, measure: () => Promise<number>): Promise<number> => {
    const value = known.get(key) ?? (await measure());
    known.set(key, value);
    return value;
  };
  return {
    bare: async ({ client, delayMs, bareConcurrency: concurrency }: Scenario) => {
      // Long enough to mean something, short enough where each alert takes two slow calls one after the other.
      const alerts = Math.min(baselineAlerts, delayMs > 0 ? concurrency * 10 : 100 + concurrency * 5);
      const baseline = { concurrency, delayMs, alerts };
      return client === 'cli'
        ? once(`pair ${delayMs}`, async () => measureBarePair(parts, baseline))
        : once(`sdk ${delayMs} ${concurrency}`, async () => measureBareSdk(parts, baseline));
    },
    trivial: async (scenario: Scenario) => {
      if (!isBesideTrivial(scenario)) return Number.NaN;
      const { concurrency, delayMs } = scenario;
      const alerts = Math.min(baselineAlerts, concurrency > 1 ? 2_000 : 500);
      return once(`trivial ${concurrency}`, async () => measureTrivial(parts, { concurrency, delayMs, alerts }));
    },
  };
}

/** It commits a row per POST and calls nobody: only the fastest way through the operator is comparable. */
function isBesideTrivial({ group, client }: Scenario): boolean {
  return group === 1 && client === 'native';
}

function summarise(scenario: Scenario, rounds: readonly Round[]): Result {
  const over = (value: (round: Round) => number): number => median(rounds.map(value));
  type Optional = 'ec2CallsToTheEnd' | 'awsProcessesToTheEnd' | 'warnedSeconds';
  const sample = (key: Exclude<keyof Sample, Optional>): number => over((round) => round.sample[key]);
  const [first] = rounds;
  return {
    ...scenario,
    seconds: sample('seconds'),
    alertsPerSecond: sample('alertsPerSecond'),
    p50Ms: sample('p50Ms'),
    p99Ms: sample('p99Ms'),
    ec2Calls: sample('ec2Calls'),
    awsProcesses: sample('awsProcesses'),
    ec2CallsPerAlert: sample('ec2Calls') / scenario.alerts,
    awsProcessesPerAlert: sample('awsProcesses') / scenario.alerts,
    ...(first === undefined ? {} : toTheEnd(first.sample)),
    ...(first?.sample.warnedSeconds === undefined
      ? {}
      : { warnedSeconds: over((round) => round.sample.warnedSeconds ?? NaN) }),
    rssMiB: sample('rssMiB'),
    startUpMs: sample('startUpMs'),
    idleRssMiB: sample('idleRssMiB'),
    bareAlertsPerSecond: over(({ bare }) => bare),
    timesBare: over((round) => round.sample.alertsPerSecond / round.bare),
    ...(!isBesideTrivial(scenario)
      ? {}
      : {
          trivialPerSecond: over(({ trivial }) => trivial),
          timesTrivial: over((round) => round.sample.alertsPerSecond / round.trivial),
        }),
  };
}

function toTheEnd({ ec2CallsToTheEnd, awsProcessesToTheEnd }: Sample) {
  return ec2CallsToTheEnd === undefined || awsProcessesToTheEnd === undefined
    ? {}
    : { ec2CallsToTheEnd, awsProcessesToTheEnd };
}
