/** List prices over the wire: the promises of src/pricing/port.ts by both clients, and how they are kept. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPriceKeeper } from '../../src/engine/keep-prices.ts';
import { createPrices, priceOf } from '../../src/domain/price.ts';
import type { Ec2Settings } from '../../src/ec2/accounts.ts';
import { Ec2Error } from '../../src/ec2/port.ts';
import { createPricing } from '../../src/pricing/clients.ts';
import type { PriceQuestion } from '../../src/pricing/port.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { createClock } from '../support/clock.ts';
import { fleetOf, machine } from '../support/fleet.ts';
import { temporaryDirectory } from '../support/operator.ts';
import { EMPTY_HOME, findAdapters } from './ec2-adapters.ts';
import { sighting } from './store/machine-samples.ts';

const DAY = 86_400_000;
const LINUX: PriceQuestion = { region: 'eu-central-1', type: 'g5.xlarge', usage: 'RunInstances', tenancy: 'default' };
const BILLING = { usage: 'RunInstances:0002', system: 'Windows', tenancy: 'default' };

async function start(accounts: Readonly<Record<string, unknown>> = {}): Promise<Sandbox> {
  return startSandbox({ fleet: fleetOf([machine(1), machine(2, { region: 'us-east-1' })], accounts) });
}

function settingsFor(sandbox: Sandbox, path = process.env['PATH']): Ec2Settings {
  return {
    accounts: [],
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 5_000,
    cliConcurrency: 1,
    environment: {
      PATH: path,
      HOME: EMPTY_HOME,
      AWS_ENDPOINT_URL: sandbox.url,
      AWS_ACCESS_KEY_ID: 'AKIASANDBOX000000000',
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      AWS_REGION: 'eu-west-1',
    },
  };
}

for (const { name, kind, path, isFurther } of findAdapters().adapters)
  describe(`the Pricing API by ${name}`, () => {
    test('tells the price by region, system, licence and tenancy, from an endpoint that has prices', async () => {
      await using sandbox = await start();
      const pricing = createPricing(kind, settingsFor(sandbox, path));
      const asked: readonly (readonly [Partial<PriceQuestion>, string | undefined])[] = [
        [{}, '1.1318'],
        [{ region: 'us-east-1' }, '1.0060'],
        [{ usage: 'RunInstances:0010' }, '1.2449'],
        [{ usage: 'RunInstances:0006' }, '2.2635'],
        [{ tenancy: 'dedicated' }, '1.2110'],
        // AWS lists no such machine.
        [{ type: 'x9.huge' }, undefined],
        [{ usage: 'RunInstances:ffff' }, undefined],
        [{ region: 'eu-central-1-ham-1' }, undefined],
      ];
      // A process of aws takes a second.
      for (const [question, expected] of kind === 'native' ? asked : asked.slice(1, 3)) {
        const told = await pricing.ask({ ...LINUX, ...question });
        assert.equal(told?.toFixed(4), expected, JSON.stringify(question));
      }
      const regions = new Set(sandbox.calls.map(({ region }) => region));
      assert.deepEqual([...regions].toSorted(), ['eu-central-1', 'us-east-1']);
      pricing.close();
    });

    if (isFurther) return;
    test('reads all pages: the price may be on a later one', async () => {
      await using sandbox = await start();
      const pricing = createPricing(kind, settingsFor(sandbox, path));
      const told = await pricing.ask({ ...LINUX, type: 'p4d.24xlarge' });
      assert.equal(told?.toFixed(4), '24.7023');
      assert.equal(sandbox.counts.get('GetProducts'), 2);
      pricing.close();
    });

    test('fails by name where it is not permitted, or throttles', async () => {
      await using sandbox = await start({ '123456789012': { unauthorized: ['GetProducts'] } });
      const pricing = createPricing(kind, settingsFor(sandbox, path));
      const codeOf = async (): Promise<string> =>
        pricing.ask(LINUX).then(String, (error: unknown) => (error instanceof Ec2Error ? error.code : String(error)));
      assert.equal(await codeOf(), 'AccessDeniedException');
      sandbox.faults.add({ action: 'GetProducts', kind: 'throttle', times: 1 });
      assert.equal(await codeOf(), 'ThrottlingException');
      pricing.close();
    });
  });

describe('list prices', () => {
  test('are asked for once a day by the replica that watches, and a failure keeps the old ones with their dates', async () => {
    await using stack = new AsyncDisposableStack();
    const sandbox = stack.use(await start());
    const clock = createClock();
    const store = await openSqliteStore(await temporaryDirectory(stack));
    stack.defer(async () => store.close());
    const windows = { place: {}, billing: BILLING, availabilityZone: 'eu-central-1a', at: clock.now() };
    const spot = sighting(2, { ...windows, lifecycle: 'spot' });
    await store.recordSeen([sighting(1, windows), spot, sighting(3, windows)], clock.now());
    const [prices, others] = [createPrices(), createPrices()];
    const warnings: string[] = [];
    let isChosen = false;
    const pricing = createPricing('native', settingsFor(sandbox));
    stack.defer(() => pricing.close());
    const parts = {
      store,
      clock: clock.now,
      log: { warn: (_fields: object, message: string) => void warnings.push(message) },
      observer: { fault: (what: string, error: unknown) => assert.fail(`${what}: ${String(error)}`) },
    };
    const { tick } = createPriceKeeper({ ...parts, prices, pricing, isChosen: () => isChosen });
    const reader = createPriceKeeper({ ...parts, prices: others, isChosen: () => false });
    const { signal } = new AbortController();
    const machineOfWindows = { type: 'g5.xlarge', ...windows };
    const asked = (): number => sandbox.counts.get('GetProducts') ?? 0;

    await tick(signal);
    assert.deepEqual([asked(), priceOf(machineOfWindows, prices)], [0, undefined]);
    isChosen = true;
    await tick(signal);
    await tick(signal);
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    const told = priceOf(machineOfWindows, prices);
    assert.deepEqual(
      [asked(), told?.perHour.toFixed(4), told?.listed],
      [1, '1.6976', { region: 'eu-central-1', date: day }],
    );
    await reader.tick(signal);
    assert.deepEqual(priceOf(machineOfWindows, others), told, 'another replica knows it from the store');

    clock.advance(DAY);
    sandbox.faults.add({ action: 'GetProducts', kind: 'throttle', times: 1 });
    await tick(signal);
    await tick(signal);
    assert.equal(asked(), 2, 'it backs off');
    assert.deepEqual(priceOf(machineOfWindows, prices), told);
    assert.equal(warnings.length, 1);
    clock.advance(60_000);
    await tick(signal);
    assert.equal(asked(), 3);
    assert.notEqual(priceOf(machineOfWindows, prices)?.listed?.date, day);
  });
});
