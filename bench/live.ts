/** The cost of open pages: processor and memory of the operator with and without them, while a hundred moves are made each second. */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { restartSandbox } from './ask-sandbox.ts';
import { measureChange, measureUsable } from './browser.ts';
import { monotonicMs } from './clock.ts';
import { measureFirstPage, type FirstPage } from './first-page.ts';
import { openLivePage, type LivePage } from './live-page.ts';
import { keepActing } from './keep-acting.ts';
import { numbers } from './machines.ts';
import { startOperator, type Operator, type OperatorOptions } from './operator.ts';
import type { Parts } from './parts.ts';
import { median } from './statistics.ts';

export interface LiveResult {
  readonly machines: number;
  readonly pages: number;
  readonly movesPerSecond: number;
  /** Processor time of the operator in milliseconds a second. */
  readonly cpuWithout: number;
  readonly cpuWith: number;
  /** Each measurement with pages, against the two without them around it. */
  readonly timesCpu: number;
  /** Reads and compressed bytes of one page in a second. */
  readonly readsPerPage: number;
  readonly bytesPerPage: number;
  readonly rssWithoutMiB: number;
  readonly rssWithMiB: number;
  /** With `--minutes`: the pages are open for so long. */
  readonly stay?: { readonly minutes: number; readonly beforeMiB: number; readonly mostMiB: number };
  readonly first: FirstPage;
  /** Absent without Chromium. */
  readonly browser?: {
    /** Until the first page of a server that has just started can be used there. */
    readonly usableMs: number;
    /** From an alert until an open page shows it, beside the others and the load: the longest time. */
    readonly changeMs: number;
  };
}

export interface LiveForm {
  readonly machines: number;
  readonly pages: number;
  readonly rounds: number;
  /** Whole minutes: the watch looks once a minute, and within 15 s the opening of the pages weighed as much as the pages. */
  readonly seconds: number;
  readonly minutes: number;
  readonly profileDirectory?: string;
}

interface Measured {
  readonly cpu: number;
  readonly rss: number;
}

interface MeasuredPages extends Measured {
  readonly bytes: number;
  readonly reads: number;
}

/** An alert makes four moves: asked for, sent, accepted, reached. */
const MOVES = 4;
/** The load and the pages run on, but the first seconds do not count: 50 pages that open at once leave work that is caught up on. */
const SETTLE_MS = 6_000;
const PATIENCE_MS = 60_000;
/** So many machines are left out of the load: their alerts are looked for in the browser. */
const WATCHED = 5;
/** How often memory is looked at while pages stay open. */
const LOOK_EVERY_MS = 5_000;

export async function measureLive(parts: Parts, form: LiveForm, tell: (line: string) => void): Promise<LiveResult> {
  const { machines, pages, rounds, profileDirectory } = form;
  const endpoint = await restartSandbox(parts.sandbox, { machines, asPeopleHaveThem: true });
  const options: OperatorOptions = {
    directory: path.join(parts.directory, 'live'),
    endpoint,
    aws: { quota_share: 1 },
    settings: { guards: { fleet_limit: 'off', flapping: 'off', min_uptime: 'off' } },
    path: parts.path,
    ...(profileDirectory === undefined ? {} : { profileDirectory }),
  };
  const without: Measured[] = [];
  const withPages: MeasuredPages[] = [];
  let stay: LiveResult['stay'];
  let changeMs = NaN;
  let moves = 0;
  {
    await using operator = await startOperator(options);
    await watched(operator, machines);
    const acting = Math.max(1, machines - WATCHED);
    await using load = keepActing(operator, acting);
    // Each of these machines is stopped once: by then the code is compiled, and every row has an operation.
    while (load.alerts() < acting) {
      load.requireRunning();
      await delay(LOOK_EVERY_MS / 10);
    }
    // A server becomes quicker for minutes: what is between two measurements without pages is compared with both of them.
    without.push(await measure(operator, form.seconds));
    for (let round = 0; round < rounds; round += 1) {
      withPages.push(await measureWithPages(operator, form));
      await delay(SETTLE_MS);
      without.push(await measure(operator, form.seconds));
      load.requireRunning();
      tell(`round ${round + 1}: ${[without.at(-2), withPages.at(-1), without.at(-1)].map(shownCpu).join(', ')}`);
    }
    if (parts.chromium !== undefined) {
      await using _ = await openPages(operator, pages);
      changeMs = await measureChange(parts.chromium, operator, numbers(acting + 1, machines - acting));
    }
    if (form.minutes > 0) stay = await measureStay(operator, form, tell);
    moves = (MOVES * load.alerts()) / load.seconds();
    load.requireRunning();
  }
  return {
    machines,
    pages,
    movesPerSecond: moves,
    cpuWithout: median(without.map(({ cpu }) => cpu)),
    cpuWith: median(withPages.map(({ cpu }) => cpu)),
    timesCpu: median(withPages.map(({ cpu }, round) => cpu / around(without, round))),
    readsPerPage: median(withPages.map(({ reads }) => reads)),
    bytesPerPage: median(withPages.map(({ bytes }) => bytes)),
    rssWithoutMiB: Math.max(...without.map(({ rss }) => rss)),
    rssWithMiB: Math.max(...withPages.map(({ rss }) => rss)),
    ...(stay === undefined ? {} : { stay }),
    first: await measureFirstPage(options, machines, rounds),
    ...(parts.chromium === undefined
      ? {}
      : { browser: { changeMs, usableMs: await measureUsable(parts.chromium, options, machines, rounds) } }),
  };
}

/** The processor time of the measurements before and after a round, in the middle. */
function around(without: readonly Measured[], round: number): number {
  return ((without[round]?.cpu ?? NaN) + (without[round + 1]?.cpu ?? NaN)) / 2;
}

function shownCpu(measured: Measured | undefined): string {
  const isWithPages = measured !== undefined && 'reads' in measured;
  return `${(measured?.cpu ?? NaN).toFixed(0)} ms a second ${isWithPages ? 'with' : 'without'} pages`;
}

async function measureWithPages(operator: Operator, form: LiveForm): Promise<MeasuredPages> {
  await using open = await openPages(operator, form.pages);
  await delay(SETTLE_MS);
  const before = open.read();
  const measured = await measure(operator, form.seconds);
  const after = open.read();
  const perPage = form.pages * form.seconds;
  return { ...measured, bytes: (after.bytes - before.bytes) / perPage, reads: (after.reads - before.reads) / perPage };
}

async function measureStay(
  operator: Operator,
  { minutes, pages }: LiveForm,
  tell: (line: string) => void,
): Promise<NonNullable<LiveResult['stay']>> {
  const beforeMiB = await operator.rssMiB();
  await using open = await openPages(operator, pages);
  const end = monotonicMs() + minutes * 60_000;
  const looks: number[] = [];
  while (monotonicMs() < end) {
    await delay(LOOK_EVERY_MS);
    looks.push(await operator.rssMiB());
    open.read();
    if (looks.length % 12 === 0) tell(`open for ${looks.length / 12} min: ${looks.at(-1)?.toFixed(0)} MiB`);
  }
  return { minutes, beforeMiB, mostMiB: Math.max(beforeMiB, ...looks) };
}

interface OpenPages extends AsyncDisposable {
  /** The sums over all pages so far. @throws Error when a page has failed */
  readonly read: () => { readonly bytes: number; readonly reads: number };
}

async function openPages({ url }: Operator, count: number): Promise<OpenPages> {
  await using stack = new AsyncDisposableStack();
  const pages: LivePage[] = [];
  for (let page = 0; page < count; page += 1) pages.push(stack.use(await openLivePage(url)));
  const opened = stack.move();
  return {
    read: () => {
      const fault = pages.flatMap((page) => page.faults())[0];
      if (fault !== undefined) throw new Error(`a page failed: ${fault}`);
      return sumOf(pages);
    },
    [Symbol.asyncDispose]: async () => opened.disposeAsync(),
  };
}

function sumOf(pages: readonly LivePage[]): { readonly bytes: number; readonly reads: number } {
  return {
    bytes: pages.reduce((sum, page) => sum + page.bytes(), 0),
    reads: pages.reduce((sum, page) => sum + page.reads(), 0),
  };
}

async function measure(operator: Operator, seconds: number): Promise<Measured> {
  const [begin, before] = [monotonicMs(), await operator.cpuMs()];
  await delay(seconds * 1_000);
  const cpu = ((await operator.cpuMs()) - before) / ((monotonicMs() - begin) / 1_000);
  return { cpu, rss: await operator.rssMiB() };
}

/** The watch looks right after the start. @throws Error when it has not seen all of them for a while */
async function watched(operator: Operator, machines: number): Promise<void> {
  const end = monotonicMs() + PATIENCE_MS;
  for (;;) {
    const text = await (await fetch(`${operator.url}/`)).text();
    const seen = text.match(/<tr id="i-/g)?.length ?? 0;
    if (seen === machines) return;
    if (monotonicMs() > end)
      throw new Error(`expected ${machines} machines to be watched, got ${seen}\n${operator.tail()}`);
    await delay(100);
  }
}
