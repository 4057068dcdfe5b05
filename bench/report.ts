/** The results as text. */
import { PACKINGS } from './first-page.ts';
import type { LiveResult } from './live.ts';
import type { QuotaResult } from './quota.ts';
import type { Result } from './run.ts';
import type { SavingsResult } from './savings.ts';
import type { StoreResult } from './store.ts';
import { table } from './table.ts';
import type { Target } from './targets.ts';

export function showResults(results: readonly Result[]): string {
  const heads = [
    '',
    'alerts/s',
    'p50 ms',
    'p99 ms',
    'EC2 calls/alert',
    'aws/alert',
    'RSS MiB',
    'bare/s',
    'x bare',
    'trivial/s',
    'x trivial',
  ];
  const rows = results.map((result) => [
    result.name,
    rounded(result.alertsPerSecond),
    rounded(result.p50Ms),
    rounded(result.p99Ms),
    result.ec2CallsPerAlert.toFixed(3),
    result.client === 'cli' ? result.awsProcessesPerAlert.toFixed(3) : '-',
    result.rssMiB.toFixed(0),
    rounded(result.bareAlertsPerSecond),
    result.timesBare.toFixed(2),
    result.trivialPerSecond === undefined ? '-' : rounded(result.trivialPerSecond),
    result.timesTrivial === undefined ? '-' : result.timesTrivial.toFixed(2),
  ]);
  return `${table(heads, rows)}

alerts/s   from the first POST (warned: from the end of the first warning) until EC2 has been told about the last machine
p50, p99   from the POST of an alert until EC2 has answered the call for its machine
bare       native: one bare SDK describe + stop per alert at the same concurrency (groups: 64)
           cli: one bare pair of aws processes per alert, extrapolated from a few pairs, two at once
trivial    a server that parses the same POST and commits one row`;
}

export function showQuota(result: QuotaResult): string {
  const row = (what: string, count: number, seconds: number, bound: number): readonly string[] => [
    what,
    String(count),
    seconds.toFixed(1),
    bound.toFixed(1),
    (seconds / bound).toFixed(3),
  ];
  const { stops, starts, throttled, throttledLater, ec2Calls } = result;
  return `${table(
    ['', 'machines', 'seconds', 'bound', 'x bound'],
    [
      row('stops', stops, result.stopSeconds, result.stopBoundSeconds),
      row('starts', starts, result.startSeconds, result.startBoundSeconds),
      row('all', stops + starts, result.seconds, result.boundSeconds),
    ],
  )}

${ec2Calls} EC2 calls; ${throttled} throttled, ${throttledLater} of them after the first second`;
}

export function showStores(results: readonly StoreResult[]): string {
  const rows = results.flatMap(({ store, asked }) =>
    asked.map(({ what, p50Ms, worstMs, cpuMs, queryMs, queryMeanMs }) => [
      `${store}: ${what}`,
      rounded(p50Ms),
      rounded(worstMs),
      rounded(cpuMs),
      rounded(queryMs),
      rounded(queryMeanMs),
    ]),
  );
  const writes = results.flatMap(({ store, webhookP50Ms, webhookP99Ms, holdP50Ms, holdP99Ms }) => [
    `${store}: webhooks while it is pruned: p50 ${rounded(webhookP50Ms)} ms, p99 ${rounded(webhookP99Ms)} ms`,
    `${store}: holds, with the look at the machine: p50 ${rounded(holdP50Ms)} ms, p99 ${rounded(holdP99Ms)} ms`,
  ]);
  const heads = [`${results[0]?.operations ?? 0} operations`, 'p50 ms', 'worst ms', 'CPU ms', 'query p50 ms', 'mean'];
  return [table(heads, rows), ...writes].join('\n');
}

export function showSavings(results: readonly SavingsResult[]): string {
  const rows = results.flatMap(({ store, asked, coldMs, pingMs }) => [
    [`${store}: the first answer`, '', rounded(coldMs), ''],
    [`${store}: a ping meanwhile`, '', rounded(pingMs), ''],
    ...asked.map(({ what, p50Ms, worstMs, cpuMs }) => [
      `${store}: ${what}`,
      rounded(p50Ms),
      rounded(worstMs),
      rounded(cpuMs),
    ]),
  ]);
  const memory = results.map(
    ({ store, rssMiB }) => `${store}: ${rounded(rssMiB)} MiB more than before the first answer`,
  );
  const sizes = results.map(({ store, sizes: mib }) => {
    const total = Object.values(mib).reduce((sum, one) => sum + one, 0);
    const parts = Object.entries(mib).map(([name, one]) => `${name} ${rounded(one)}`);
    return `${store}: the history takes ${rounded(total)} MiB: ${parts.join(', ')}`;
  });
  return [table([`${results[0]?.stops ?? 0} stops`, 'p50 ms', 'worst ms', 'CPU ms'], rows), ...memory, ...sizes].join(
    '\n',
  );
}

export function showLive(result: LiveResult): string {
  const { machines, pages, movesPerSecond, cpuWithout, cpuWith, readsPerPage, bytesPerPage } = result;
  const { first } = result;
  const sizes = PACKINGS.map((packing) => `${rounded(first.bytes[packing] / 1_000)} kB by ${packing}`).join(', ');
  const row = (what: string, cpu: number, rss: number): readonly string[] => [what, rounded(cpu), rss.toFixed(0)];
  return `${table(
    [`${machines} machines, ${movesPerSecond.toFixed(0)} moves/s`, 'CPU ms/s', 'RSS MiB'],
    [row('no page', cpuWithout, result.rssWithoutMiB), row(`${pages} pages`, cpuWith, result.rssWithMiB)],
  )}

a page reads ${readsPerPage.toFixed(2)} times a second, ${rounded(bytesPerPage / 1_000)} kB
the first page of a cold server, with an operation in every row: ${rounded(first.ms)} ms, ${rounded(first.cpuMs)} ms of its processor; ${sizes}`;
}

export function showTargets(targets: readonly Target[]): string {
  const rows = targets.map(({ what, reach, measured, reached }) => [what, reach, measured, reached ? 'yes' : 'no']);
  return table(['to reach on two cores', 'reach', 'measured', ''], rows);
}

function rounded(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}
