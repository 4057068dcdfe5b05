/** The numbers to reach, on two cores. They are shown beside what was measured, and never decide the exit code. */
import type { LiveResult } from './live.ts';
import type { QuotaResult } from './quota.ts';
import type { Result } from './run.ts';
import { NAMES } from './scenarios.ts';
import { median } from './statistics.ts';
import type { SavingsResult } from './savings.ts';
import type { StoreResult } from './store.ts';

export interface Target {
  readonly what: string;
  readonly reach: string;
  readonly measured: string;
  readonly reached: boolean;
}

/** Those whose scenarios have been run. */
export function judgeResults(results: readonly Result[]): readonly Target[] {
  const find = (name: string): Result | undefined => results.find((result) => result.name === name);
  const singles = find(NAMES.singles64);
  const slow = find(NAMES.slow64);
  const slowBare = find(NAMES.slow8)?.bareAlertsPerSecond;
  const alone = find(NAMES.singles1);
  const lone = find(NAMES.lone);
  const group = find(NAMES.group1000);
  const kept = find(NAMES.kept64);
  const warned = find(NAMES.warned1000);
  const told = find(NAMES.told1000);
  const cli = find(NAMES.cli);
  return [
    ...(singles === undefined
      ? []
      : [atLeast('singles at concurrency 64, against the bare SDK', 2, singles.timesBare)]),
    ...(singles?.timesTrivial === undefined
      ? []
      : [atLeast('the same, against a trivial server', 0.6, singles.timesTrivial)]),
    ...(slow === undefined || slowBare === undefined
      ? []
      : [
          atLeast(
            'the same at 50 ms a call, against the bare SDK at concurrency 8',
            10,
            slow.alertsPerSecond / slowBare,
          ),
        ]),
    ...(alone === undefined ? [] : [below('alert to EC2 call at concurrency 1, p50 in ms', 8, alone.p50Ms)]),
    ...(lone === undefined ? [] : [below('the same, one alert at a time', 8, lone.p50Ms)]),
    ...(group === undefined
      ? []
      : [
          below('a group of 1000, seconds', 1.5, group.seconds),
          atMost('a group of 1000, EC2 calls, those that verify included', 8, group.ec2CallsToTheEnd ?? NaN),
        ]),
    ...(group === undefined || warned === undefined
      ? []
      : [
          atMost(
            '1000 machines whose warnings end together, against a group of 1000',
            1,
            warned.seconds / group.seconds,
          ),
        ]),
    ...(warned?.warnedSeconds === undefined || told?.warnedSeconds === undefined
      ? []
      : [
          atMost(
            '1000 machines fall idle at once: until all are warned of, with a channel against none',
            1.1,
            told.warnedSeconds / warned.warnedSeconds,
          ),
          atMost('the same: from the end of the warnings to the stops', 1.1, told.seconds / warned.seconds),
        ]),
    ...(singles === undefined || kept === undefined
      ? []
      : [
          atLeast(
            'singles beside 10000 holds and leases, against none',
            0.95,
            kept.alertsPerSecond / singles.alertsPerSecond,
          ),
        ]),
    ...(cli === undefined
      ? []
      : [
          atMost(
            '200 single hostnames with cli, aws processes, those that verify included',
            12,
            cli.awsProcessesToTheEnd ?? NaN,
          ),
          atLeast('the same, against a bare pair of aws processes', 20, cli.timesBare),
        ]),
    ...(results.length === 0
      ? []
      : [
          below('start-up to /ping, ms', 600, median(results.map(({ startUpMs }) => startUpMs))),
          below('RSS before the first native call, MiB', 120, median(results.map(({ idleRssMiB }) => idleRssMiB))),
        ]),
  ];
}

export function judgeQuota({ timesBound, throttledLater }: QuotaResult): readonly Target[] {
  return [
    atMost('quota run, time divided by the bound', 1.05, timesBound),
    atMost('calls lost to throttling after the first second', 0, throttledLater),
  ];
}

export function judgeStores(results: readonly StoreResult[]): readonly Target[] {
  return results.flatMap(({ store, asked, webhookP99Ms, holdP99Ms }) => [
    below(`${store}: the slowest query of a list, p50 in ms`, 20, Math.max(...asked.map(({ queryMs }) => queryMs))),
    below(`${store}: the slowest list or scrape, p50 in ms`, 20, Math.max(...asked.map(({ p50Ms }) => p50Ms))),
    below(`${store}: the same, processor in ms`, 20, Math.max(...asked.map(({ cpuMs }) => cpuMs))),
    below(`${store}: a webhook while a backlog is pruned, p99 in ms`, 100, webhookP99Ms),
    below(`${store}: a hold with the look at its machine, p99 in ms`, 50, holdP99Ms),
  ]);
}

export function judgeSavings(results: readonly SavingsResult[]): readonly Target[] {
  return results.flatMap(({ store, asked, pingMs }) => [
    below(
      `${store}: savings of a year, the slowest answer, p50 in ms`,
      150,
      Math.max(...asked.map(({ p50Ms }) => p50Ms)),
    ),
    below(`${store}: the slowest ping while the first answer is made, ms`, 50, pingMs),
  ]);
}

export function judgeLive(live: LiveResult): readonly Target[] {
  return [
    below(`processor with ${live.pages} open pages, against none`, 1.15, live.timesCpu),
    below('RSS with open pages, MiB more than without', 30, live.rssWithMiB - live.rssWithoutMiB),
    ...(live.stay === undefined
      ? []
      : [
          below(
            `RSS with pages open for ${live.stay.minutes} min, MiB more than before`,
            30,
            live.stay.mostMiB - live.stay.beforeMiB,
          ),
        ]),
    ...(live.browser === undefined
      ? []
      : [
          below('from an alert until a page in Chromium shows it, ms', 2_000, live.browser.changeMs),
          below('the first page on a cold server, until it can be used in Chromium, ms', 1_000, live.browser.usableMs),
        ]),
    below('the first page on a cold server, ms', 150, live.first.ms),
    below('the same, kB by zstd', 60, live.first.bytes.zstd / 1_000),
    below('the same, kB by gzip', 60, live.first.bytes.gzip / 1_000),
  ];
}

function atLeast(what: string, reach: number, measured: number): Target {
  return { what, reach: `>= ${reach}`, measured: shown(measured), reached: measured >= reach };
}

function atMost(what: string, reach: number, measured: number): Target {
  return { what, reach: `<= ${reach}`, measured: shown(measured), reached: measured <= reach };
}

function below(what: string, reach: number, measured: number): Target {
  return { what, reach: `< ${reach}`, measured: shown(measured), reached: measured < reach };
}

function shown(measured: number): string {
  return Number.isInteger(measured) ? String(measured) : measured.toPrecision(3);
}
