/** The operator that the fuzzing goes at, and what must hold of it whatever comes. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import { startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { addressOf, fleetOf, idOf, machine } from '../support/fleet.ts';
import { sandboxEnvironment, temporaryDirectory } from '../support/operator.ts';
import { bearer } from '../support/tokens.ts';
import { AT_ONCE, LIMIT_MS, LONG, ROUND } from './form.ts';
import { createNamed, type Named } from './named.ts';

const TOKEN = 'the-token-of-the-fuzzing';
export const AUTHORIZED = bearer(TOKEN);

/** Machines that valid alerts beside hostile ones name. */
export const NEIGHBOURS = 20;
/** Machines that are only ever named in ways that must not count. */
export const FIRST_BAIT = 64;
const BAIT = 8;
/** One of them that no alert clearly wants to stop. */
export const DRY_BAIT = FIRST_BAIT + 4;

/** What the resolver knows. */
const NAMES = { 'gpu-1.example.com': [addressOf(1)] };

const SHORT = 2_500;
/** What fails is made smaller, for so long. */
const GIVE_UP_MS = 30_000;
const MAX_RSS_BYTES = 1024 * 1024 * 1024;
/** A call is for many machines, but a stop is also verified, again and again. */
const KEEP_CALLS = 50 * ROUND;

export interface Site extends AsyncDisposable {
  readonly url: string;
  readonly named: Named;
  /** Hands a request to the application, checks what is true of every answer, and gives it. */
  readonly answer: (request: Request, remote?: string) => Promise<Answered>;
  /** Checks EC2's calls since the last time, and that nothing went wrong outside of requests. */
  readonly check: () => void;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
}

export async function startSite(): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const numbers = Array.from({ length: FIRST_BAIT + BAIT }, (_, index) => index + 1);
  const fleet = fleetOf(numbers.map((number) => machine(number, { ipv6: [`2001:db8::${number.toString(16)}`] })));
  const sandbox = stack.use(await startSandbox({ fleet, timings: { startMs: 1, stopMs: 1 }, keepCalls: KEEP_CALLS }));
  const environment = {
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: await temporaryDirectory(stack),
    AUTH_TOKEN: TOKEN,
    LOG_LEVEL: 'silent',
    ...sandboxEnvironment(sandbox),
  };
  // Hostile alerts must not be held back by what has nothing to do with how they name machines.
  const config = JSON.stringify({
    guards: { fleet_limit: 'off', flapping: 'off', min_uptime: 'off', stale_alert: 'off' },
    aws: { rate_limits: 'none' },
  });
  const app = stack.use(
    await startApp({
      config: loadConfig(environment, config),
      environment,
      // The watch asks EC2 about machines that no request names.
      watch: false,
      lookUpName: async (name) => {
        const addresses = Object.entries(NAMES).find(([known]) => known === name)?.[1];
        return Promise.resolve(addresses === undefined ? { answer: 'unknown' } : { answer: 'addresses', addresses });
      },
    }),
  );
  const faults: unknown[] = [];
  const onFault = (error: unknown): void => void faults.push(error);
  process.on('unhandledRejection', onFault);
  stack.defer(() => void process.off('unhandledRejection', onFault));

  const named = createNamed(NAMES);
  const addresses = new Map(
    numbers.flatMap((number) => [[idOf(number), [addressOf(number), `2001:db8::${number.toString(16)}`]]]),
  );
  let seen = 0;
  const countOf = (): number => [...sandbox.counts.values()].reduce((sum, count) => sum + count, 0);
  const running = stack.move();
  return {
    url: app.url,
    named,
    answer: async (request, remoteAddress = '127.0.0.1') => {
      const response = await app.fetch(request, { incoming: { socket: { remoteAddress } } });
      const text = await response.text();
      const { status, headers } = response;
      assert.ok(status < 500, `${request.method} ${request.url.slice(0, 200)}: ${status} ${text.slice(0, 500)}`);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      if (isPage(request)) return { status, text };
      assert.doesNotMatch(headers.get('content-type') ?? '', /html/);
      if (status >= 300) {
        assert.ok(status >= 400, 'never a redirect');
        // An operation that was refused by the time is told as such.
        const isOperation = text.startsWith('{"operation":{"id":') && (status === 404 || status === 409);
        assert.equal(headers.get('content-type'), isOperation ? 'application/json' : 'application/problem+json');
        assert.ok(isOperation || text.length < SHORT, `a problem of ${text.length} characters: ${text.slice(0, 200)}`);
      }
      return { status, text };
    },
    check: () => {
      const fresh = countOf() - seen;
      assert.ok(fresh <= KEEP_CALLS, `${fresh} calls at once`);
      for (const { action, instanceIds, filters, dryRun } of sandbox.calls.slice(sandbox.calls.length - fresh)) {
        const values = filters.flatMap((filter) => filter.values);
        assert.ok(values.length + instanceIds.length > 0, `${action} without any machine`);
        for (const value of [...values, ...instanceIds]) {
          const pass =
            dryRun || action === 'DescribeInstances' ? 'describe' : action.startsWith('Stop') ? 'stop' : 'start';
          const spellings = [value, ...(addresses.get(value) ?? [])];
          assert.ok(
            spellings.some((spelling) => named.has(pass, spelling)),
            `${action} of ${value}, which nobody named`,
          );
        }
      }
      seen += fresh;
      assert.deepEqual(faults, []);
      assert.ok(process.memoryUsage.rss() < MAX_RSS_BYTES, `${process.memoryUsage.rss()} bytes of memory`);
    },
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

/** Pages for people have tests of their own. */
const PAGES = ROUTES.filter(({ forPeople }) => forPeople === true).map(
  ({ path }) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]*')}/?$`),
);

function isPage(request: Request): boolean {
  const { pathname } = new URL(request.url);
  return PAGES.some((form) => form.test(pathname));
}

/** Lets so many inputs loose on a site, many at a time, and looks at EC2's calls now and then. */
export async function throwAt<T>(
  site: Site,
  t: TestContext,
  input: fc.Arbitrary<T>,
  count: number,
  one: (input: T) => Promise<void>,
): Promise<void> {
  let sent = 0;
  const endsAt = performance.now() + LIMIT_MS;
  const volley = fc.array(input, { minLength: AT_ONCE, maxLength: AT_ONCE });
  await fc.assert(
    fc.asyncProperty(volley, async (inputs) => {
      if (performance.now() > endsAt) return;
      await Promise.all(inputs.map(one));
      sent += inputs.length;
      if (sent % ROUND < inputs.length) site.check();
    }),
    { numRuns: Math.ceil(count / AT_ONCE), ...(LONG ? {} : { interruptAfterTimeLimit: GIVE_UP_MS }) },
  );
  site.check();
  t.diagnostic(`${sent} sent, ${Math.round(process.memoryUsage.rss() / 1024 / 1024)} MiB of memory`);
}
