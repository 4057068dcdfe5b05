/** `npm run bench`: measures the operator against baselines in the same run, on EC2's sandbox. */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { readOptions, type Options } from './options.ts';
import { startParts, type Parts } from './parts.ts';
import { measureLive } from './live.ts';
import { measureQuota } from './quota.ts';
import { showLive, showQuota, showResults, showSavings, showStores, showTargets } from './report.ts';
import { runScenarios } from './run.ts';
import { measureSavings } from './savings.ts';
import { fullScenarios, quickScenarios, withAtMost, type Scenario } from './scenarios.ts';
import { measureStores } from './store.ts';
import { judgeLive, judgeQuota, judgeResults, judgeSavings, judgeStores, type Target } from './targets.ts';

interface Outcome {
  readonly text: string;
  readonly targets: readonly Target[];
  /** For the JSON file. */
  readonly figures: object;
}

const RUNS: Readonly<Record<Options['command'], (parts: Parts, options: Options) => Promise<Outcome>>> = {
  alerts: runAlerts,
  quota: runQuota,
  store: runStore,
  live: runLive,
  savings: runSavings,
};

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  // With an exit code alone, the hook of the embedded PostgreSQL would end this process with 0.
  process.exit(1);
}

async function main(options: Options): Promise<void> {
  await using parts = await startParts(process.env['PATH'] ?? '');
  const outcome = await RUNS[options.command](parts, options);
  const skipped = parts.skipped.map(({ what, why }) => `skipped: everything with ${what}: ${why}`);
  process.stdout.write(`\n${[outcome.text, showTargets(outcome.targets), ...skipped].join('\n\n')}\n`);
  if (options.json === undefined) return;
  const machine = { node: process.version, platform: process.platform, cores: availableParallelism() };
  const report = { at: new Date(), machine, ...outcome.figures, targets: outcome.targets, skipped: parts.skipped };
  await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
}

async function runAlerts(parts: Parts, options: Options): Promise<Outcome> {
  const scenarios = (options.quick ? quickScenarios() : fullScenarios())
    .filter(({ name }) => name.includes(options.only))
    .filter((scenario) => canRun(parts, scenario))
    .map((scenario) => withAtMost(options.alerts, scenario));
  const { rounds, alerts: baselineAlerts, profileDirectory } = options;
  const results = await runScenarios(parts, scenarios, {
    rounds,
    baselineAlerts,
    tell,
    ...(profileDirectory === undefined ? {} : { profileDirectory }),
  });
  return { text: showResults(results), targets: judgeResults(results), figures: { rounds, results } };
}

async function runQuota(parts: Parts, { scale }: Options): Promise<Outcome> {
  const quota = await measureQuota(parts, scale, tell);
  return { text: showQuota(quota), targets: judgeQuota(quota), figures: { scale, quota } };
}

async function runStore(parts: Parts, { operations }: Options): Promise<Outcome> {
  const stores = await measureStores(parts, operations, tell);
  return { text: showStores(stores), targets: judgeStores(stores), figures: { stores } };
}

async function runLive(parts: Parts, options: Options): Promise<Outcome> {
  const live = await measureLive(parts, { ...options, machines: Math.min(options.alerts, 1_000) }, tell);
  return { text: showLive(live), targets: judgeLive(live), figures: { live } };
}

async function runSavings(parts: Parts, options: Options): Promise<Outcome> {
  const savings = await measureSavings(parts, { ...options, machines: Math.min(options.alerts, 1_000) }, tell);
  return { text: showSavings(savings), targets: judgeSavings(savings), figures: { savings } };
}

function canRun(parts: Parts, { store, client }: Scenario): boolean {
  return (store === 'sqlite' || parts.postgres !== undefined) && (client === 'native' || parts.aws !== undefined);
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
