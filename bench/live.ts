/** The cost of open pages: processor and memory of the operator with and without them, while a hundred moves are made each second. */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { restartSandbox } from './ask-sandbox.ts';
import { monotonicMs } from './clock.ts';
import { openLivePage, readPage, type LivePage } from './live-page.ts';
import { post } from './load.ts';
import { deliveryFor, numbers } from './machines.ts';
import { startOperator, type Operator } from './operator.ts';
import type { Parts } from './parts.ts';
import { median } from './statistics.ts';

export interface LiveResult {
  readonly machines: number;
  readonly pages: number;
  readonly movesPerSecond: number;
  /** Processor time of the operator in milliseconds a second. */
  readonly cpuWithout: number;
  readonly cpuWith: number;
  readonly timesCpu: number;
  /** Reads and compressed bytes of one page in a second. */
  readonly readsPerPage: number;
  readonly bytesPerPage: number;
  readonly rssWithoutMiB: number;
  readonly rssWithMiB: number;
  /** The first page on a server that has shown none. */
  readonly coldMs: number;
  readonly pageBytes: number;
}

export interface LiveForm {
  readonly machines: number;
  readonly pages: number;
  readonly rounds: number;
  readonly seconds: number;
}

/** An alert makes four moves: asked for, sent, accepted, reached. */
const MOVES = 4;
const ALERTS_PER_SECOND = 25;
const TICK_MS = 1_000 / ALERTS_PER_SECOND;
/** The load and the pages run on, but the first seconds do not count. */
const SETTLE_MS = 2_000;

export async function measureLive(parts: Parts, form: LiveForm, tell: (line: string) => void): Promise<LiveResult> {
  const endpoint = await restartSandbox(parts.sandbox, { machines: form.machines, stopped: 0 });
  await using operator = await startOperator({
    directory: path.join(parts.directory, 'live'),
    endpoint,
    aws: { quota_share: 1 },
    settings: { guards: { fleet_limit: 'off', flapping: 'off', min_uptime: 'off' } },
    path: parts.path,
  });
  await watched(operator, form.machines);
  const cold = await readPage(`${operator.url}/`);
  await using load = keepActing(operator, form.machines);
  const rounds: { readonly without: number; readonly with: number; readonly bytes: number; readonly reads: number }[] =
    [];
  let [rssWithout, rssWith] = [0, 0];
  await delay(SETTLE_MS);
  for (let round = 0; round < form.rounds; round += 1) {
    const without = await cpuOver(operator, form.seconds);
    rssWithout = Math.max(rssWithout, await operator.rssMiB());
    await using stack = new AsyncDisposableStack();
    const pages: LivePage[] = [];
    for (let page = 0; page < form.pages; page += 1) pages.push(stack.use(await openLivePage(operator.url)));
    await delay(SETTLE_MS);
    const before = sumOf(pages);
    const withPages = await cpuOver(operator, form.seconds);
    const after = sumOf(pages);
    rssWith = Math.max(rssWith, await operator.rssMiB());
    const fault = pages.flatMap((page) => page.faults())[0];
    if (fault !== undefined) throw new Error(`a page failed: ${fault}`);
    const perPage = form.pages * form.seconds;
    const bytes = (after.bytes - before.bytes) / perPage;
    const reads = (after.reads - before.reads) / perPage;
    rounds.push({ without, with: withPages, bytes, reads });
    tell(
      `round ${round + 1}: ${without.toFixed(0)} ms a second without pages, ${withPages.toFixed(0)} with ${form.pages}`,
    );
  }
  return {
    machines: form.machines,
    pages: form.pages,
    movesPerSecond: (MOVES * load.alerts()) / load.seconds(),
    cpuWithout: median(rounds.map((one) => one.without)),
    cpuWith: median(rounds.map((one) => one.with)),
    timesCpu: median(rounds.map((one) => one.with / one.without)),
    readsPerPage: median(rounds.map(({ reads }) => reads)),
    bytesPerPage: median(rounds.map(({ bytes }) => bytes)),
    rssWithoutMiB: rssWithout,
    rssWithMiB: rssWith,
    coldMs: cold.ms,
    pageBytes: cold.bytes,
  };
}

function sumOf(pages: readonly LivePage[]): { readonly bytes: number; readonly reads: number } {
  return {
    bytes: pages.reduce((sum, page) => sum + page.bytes(), 0),
    reads: pages.reduce((sum, page) => sum + page.reads(), 0),
  };
}

/** Milliseconds of processor in a second. */
async function cpuOver(operator: Operator, seconds: number): Promise<number> {
  const [begin, before] = [monotonicMs(), await operator.cpuMs()];
  await delay(seconds * 1_000);
  return ((await operator.cpuMs()) - before) / ((monotonicMs() - begin) / 1_000);
}

/** The watch looks right after the start. */
async function watched(operator: Operator, machines: number): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${operator.url}/`)).text();
    if (text.match(/<tr id="i-/g)?.length === machines) return;
    await delay(100);
  }
}

interface Load extends AsyncDisposable {
  readonly alerts: () => number;
  readonly seconds: () => number;
}

/** Stops each machine in turn, then starts each, and so on. */
function keepActing({ url }: Operator, machines: number): Load {
  const ending = new AbortController();
  const all = numbers(1, machines);
  const begin = monotonicMs();
  let alerts = 0;
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const verb = Math.floor(alerts / machines) % 2 === 0 ? 'stop' : 'start';
      const body = deliveryFor([all[alerts % machines] ?? 1], { verb, client: 'native' });
      alerts += 1;
      await post({ url: `${url}/operateHostname`, bodies: [body], concurrency: 1 });
      const due = begin + alerts * TICK_MS - monotonicMs();
      if (due > 0) await delay(due, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    alerts: () => alerts,
    seconds: () => (monotonicMs() - begin) / 1_000,
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await running;
    },
  };
}
