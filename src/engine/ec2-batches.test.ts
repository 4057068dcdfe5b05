/** With the real client, over the wire, on the sandbox. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sandboxEnvironment } from '../../test/support/operator.ts';
import { fleetOf, idOf, machine, REGION, type MachineEntry } from '../../test/support/fleet.ts';
import { createEc2 } from '../ec2/client.ts';
import { Ec2Error } from '../ec2/port.ts';
import { UNLIMITED, type Quota } from '../ec2/quota.ts';
import { startSandbox } from '../sandbox/server.ts';
import { createEc2Batches } from './ec2-batches.ts';
import type { Send } from './last-look.ts';

const PLACE = { region: REGION };

/** Nothing but the requests themselves speaks against a call. */
const askEach: Send = async (requests) =>
  Promise.resolve(
    requests.map(({ whyNot }) => {
      const why = whyNot(undefined);
      return why === undefined ? { outcome: 'go', sentAt: 1 } : { outcome: 'held_back', why };
    }),
  );

async function build(entries: readonly MachineEntry[], quota: Quota = UNLIMITED) {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(
    await startSandbox({ fleet: fleetOf(entries), timings: { startMs: 60_000, stopMs: 60_000 } }),
  );
  const environment = sandboxEnvironment(sandbox);
  const settings = { accounts: [], connectTimeoutMs: 5_000, requestTimeoutMs: 5_000, cliConcurrency: 1, environment };
  const ec2 = stack.adopt(createEc2(settings), async (opened) => opened.close());
  const batches = createEc2Batches((client) => ec2.client(client), quota, askEach);
  const all = stack.move();
  const change = async (
    verb: 'start' | 'stop',
    numbers: readonly number[],
    dryRun = false,
  ): Promise<readonly string[]> => {
    const results = await Promise.allSettled(
      numbers.map(async (number) =>
        batches.act('native', PLACE, {
          verb,
          id: idOf(number),
          dryRun,
          whyUnwanted: async () => Promise.resolve(undefined),
          toSend: () => ({ id: idOf(number), instance: idOf(number), whyNot: () => undefined }),
          onSent: () => undefined,
          since: performance.now(),
          onLeftOpen: () => undefined,
        }),
      ),
    );
    return results.map((result) => {
      if (result.status === 'fulfilled') return result.value.outcome === 'accepted' ? 'ok' : 'held_back';
      assert.ok(result.reason instanceof Ec2Error, String(result.reason));
      return result.reason.code;
    });
  };
  const stops = () => sandbox.calls.filter(({ action }) => action === 'StopInstances');
  return { sandbox, batches, change, stops, [Symbol.asyncDispose]: async () => all.disposeAsync() };
}

const ordinary = (count: number) => Array.from({ length: count }, (_, index) => machine(index + 1));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('an act', { concurrency: true }, () => {
  test('of many machines is one call', async () => {
    await using site = await build(ordinary(40));
    assert.deepEqual(new Set(await site.change('stop', upTo(40))), new Set(['ok']));
    assert.equal(site.stops().length, 1);
  });

  test('of one machine twice names it once', async () => {
    await using site = await build(ordinary(2));
    assert.deepEqual(await site.change('stop', [1, 1, 2]), ['ok', 'ok', 'ok']);
    assert.deepEqual(
      site.stops().map(({ instanceIds }) => instanceIds.length),
      [2],
    );
  });

  test('goes on without the instance that EC2 names', async () => {
    await using site = await build([...ordinary(9), machine(10, { protected: true })]);
    const answers = await site.change('stop', upTo(10));
    assert.deepEqual(answers, [...upTo(9).map(() => 'ok'), 'OperationNotPermitted']);
    assert.equal(site.stops().length, 2);
  });

  test('goes on without the instances that do not exist', async () => {
    await using site = await build(ordinary(3));
    assert.deepEqual(await site.change('stop', [1, 98, 2, 99, 3]), [
      'ok',
      'InvalidInstanceID.NotFound',
      'ok',
      'InvalidInstanceID.NotFound',
      'ok',
    ]);
  });

  test('finds by halves the instance that EC2 does not name', async () => {
    await using site = await build(upTo(8).map((number) => machine(number, { state: 'stopped' })));
    site.sandbox.faults.add({ kind: 'capacity', instance: idOf(5) });
    const answers = await site.change('start', upTo(8));
    assert.deepEqual(
      answers,
      upTo(8).map((number) => (number === 5 ? 'InsufficientInstanceCapacity' : 'ok')),
    );
    const pending = site.sandbox.instances().filter(({ state }) => state === 'pending');
    assert.equal(pending.length, 7);
  });

  test('goes on without the one that a policy denies, though EC2 does not name it', async () => {
    await using site = await build([...ordinary(19), machine(20, { unauthorized: ['StopInstances'] })]);
    const answers = await site.change('stop', upTo(20));
    assert.deepEqual(answers, [...upTo(19).map(() => 'ok'), 'UnauthorizedOperation']);
  });

  for (const code of ['ReservationCapacityExceeded', 'SomethingThatNobodyKnows', 'InvalidParameterCombination']) {
    test(`goes on without the one that fails with ${code}`, async () => {
      await using site = await build(upTo(8).map((number) => machine(number, { state: 'stopped' })));
      const action = 'StartInstances';
      site.sandbox.faults.add({ kind: 'error', code, status: 400, message: 'no', action, instance: idOf(3) });
      const answers = await site.change('start', upTo(8));
      assert.deepEqual(
        answers,
        upTo(8).map((number) => (number === 3 ? code : 'ok')),
      );
    });
  }

  test('that is denied for all of a thousand does not cost a call for each', async () => {
    await using site = await build(ordinary(1_000));
    site.sandbox.faults.add({ kind: 'unauthorized', action: 'StopInstances' });
    assert.deepEqual(new Set(await site.change('stop', upTo(1_000))), new Set(['UnauthorizedOperation']));
    assert.ok(site.stops().length < 40, `${site.stops().length} calls`);
  });

  test('that is denied for eight in a row reaches the others all the same', async () => {
    const denied = { unauthorized: ['StopInstances'] };
    await using site = await build(upTo(16).map((number) => machine(number, number <= 8 ? denied : {})));
    const answers = await site.change('stop', upTo(16));
    assert.deepEqual(
      answers,
      upTo(16).map((number) => (number <= 8 ? 'UnauthorizedOperation' : 'ok')),
    );
  });

  test('does not ask again for instances that a failed batch has changed all the same', async () => {
    await using site = await build([machine(1), machine(2, { protected: true }), machine(3)]);
    site.sandbox.faults.add({ kind: 'slow', ms: 300, action: 'StopInstances', times: 1 });
    const answers = site.change('stop', [1, 2, 3]);
    await site.sandbox.until(() => site.stops().length === 1);
    site.sandbox.set(idOf(1), { state: 'stopping' });
    assert.deepEqual(await answers, ['ok', 'OperationNotPermitted', 'ok']);
    assert.deepEqual(site.stops()[1]?.instanceIds, [idOf(3)]);
  });

  test('keeps the answers of one half when the other half cannot be described', async () => {
    await using site = await build(upTo(4).map((number) => machine(number, { state: 'stopped' })));
    site.sandbox.faults.add({
      kind: 'error',
      code: 'InsufficientInstanceCapacity',
      action: 'StartInstances',
      times: 1,
    });
    const first = site.change('start', upTo(4));
    await site.sandbox.until(() => site.sandbox.counts.get('StartInstances') === 2);
    site.sandbox.faults.add({ kind: 'throttle', action: 'DescribeInstances' });
    assert.deepEqual(await first, ['ok', 'ok', 'RequestLimitExceeded', 'RequestLimitExceeded']);
  });

  test('ends for all when the error blames the call', async () => {
    await using site = await build(ordinary(3));
    site.sandbox.faults.add({ kind: 'throttle', action: 'StopInstances' });
    assert.deepEqual(new Set(await site.change('stop', [1, 2, 3])), new Set(['RequestLimitExceeded']));
    assert.equal(site.stops().length, 1);
  });

  test('that is a dry run is never in a call with one that is not', async () => {
    await using site = await build(ordinary(2));
    await Promise.all([site.change('stop', [1], true), site.change('stop', [2])]);
    assert.equal(site.sandbox.instance(idOf(1)).state, 'running');
    assert.equal(site.sandbox.instance(idOf(2)).state, 'stopping');
    assert.deepEqual(new Set(site.stops().map(({ dryRun }) => dryRun)), new Set([false, true]));
  });

  test('of hundreds goes on without the one that EC2 blames by name', async () => {
    await using site = await build([...ordinary(249), machine(250, { protected: true })]);
    const answers = await site.change('stop', upTo(250));
    assert.deepEqual(
      answers.slice(0, 249),
      upTo(249).map(() => 'ok'),
    );
    assert.equal(answers[249], 'OperationNotPermitted');
  });

  test('is made only for the instances that the last look still finds right', async () => {
    // Long enough to change a machine before the call, and after the question for it has been asked.
    const slow: Quota = {
      ...UNLIMITED,
      admit: async (_place, action, wanted) => delay(action === 'stop' ? 200 : 0, wanted),
    };
    await using site = await build(ordinary(2), slow);
    const stop = async (number: number, why?: string) =>
      site.batches.act('native', PLACE, {
        verb: 'stop',
        id: idOf(number),
        dryRun: false,
        since: performance.now(),
        onLeftOpen: () => undefined,
        whyUnwanted: async () => Promise.resolve(undefined),
        toSend: (seen) => {
          assert.equal(seen?.id, idOf(number));
          assert.equal(seen.tags['seen'], 'late');
          return { id: idOf(number), instance: idOf(number), whyNot: () => why };
        },
        onSent: () => undefined,
      });
    const both = Promise.all([stop(1), stop(2, 'it is busy')]);
    for (const number of [1, 2]) site.sandbox.set(idOf(number), { tags: { seen: 'late' } });
    const [right, wrong] = await both;
    assert.equal(right.outcome, 'accepted');
    assert.deepEqual(wrong, { outcome: 'held_back', why: 'it is busy' });
    assert.deepEqual(
      site.stops().flatMap(({ instanceIds }) => instanceIds),
      [idOf(1)],
    );
  });

  test('is not made, and nothing is described for it, when it is not wanted any more', async () => {
    await using site = await build(ordinary(1));
    const stop = site.batches.act('native', PLACE, {
      verb: 'stop',
      id: idOf(1),
      dryRun: false,
      whyUnwanted: async () => Promise.resolve('it is busy'),
      toSend: () => assert.fail('nothing is to be sent'),
      onSent: () => undefined,
      since: performance.now() - 10_000,
      onLeftOpen: () => undefined,
    });
    assert.deepEqual(await stop, { outcome: 'held_back', why: 'it is busy' });
    assert.deepEqual(site.sandbox.calls, []);
  });

  test('of more than a thousand takes more than one call', async () => {
    await using site = await build([]);
    const answers = await site.change('stop', upTo(1_001), true);
    assert.ok(answers.every((code) => code === 'InvalidInstanceID.NotFound'));
    assert.ok(site.stops().every(({ instanceIds }) => instanceIds.length <= 1_000));
  });
});

describe('a description', { concurrency: true }, () => {
  test('of many is one call with distinct values, at most 200', async () => {
    await using site = await build(ordinary(250));
    const numbers = [...upTo(250), 1, 2, 3];
    const found = await Promise.all(
      numbers.map(async (number) => site.batches.describe('native', PLACE, 'id', idOf(number))),
    );
    for (const [index, number] of numbers.entries()) assert.ok(found[index]?.some(({ id }) => id === idOf(number)));
    const values = site.sandbox.calls.map(({ filters }) => filters[0]?.values.length ?? 0);
    assert.ok(values.every((count) => count >= 1 && count <= 200));
    assert.equal(values.length, 2);
  });

  test('of known ids is one call for a thousand, unless EC2 has forgotten one of them', async () => {
    await using site = await build(ordinary(250));
    const look = async (count: number) =>
      Promise.all(upTo(count).map(async (number) => site.batches.look('native', PLACE, idOf(number))));
    assert.deepEqual(
      (await look(250)).map((seen) => seen?.id),
      upTo(250).map(idOf),
    );
    assert.equal(site.sandbox.calls.length, 1);
    const seen = await look(251);
    assert.equal(seen[250], undefined);
    assert.equal(seen[249]?.id, idOf(250));
    assert.equal(site.sandbox.calls.length, 1 + 1 + 2);
  });

  test('never mixes places or kinds of value', async () => {
    await using site = await build(ordinary(1));
    await Promise.all([
      site.batches.describe('native', PLACE, 'id', idOf(1)),
      site.batches.describe('native', PLACE, 'private', '10.0.0.1'),
      site.batches.describe('native', { region: 'us-east-1' }, 'id', idOf(1)),
    ]);
    assert.deepEqual(site.sandbox.calls.map(({ filters, region }) => `${region} ${filters[0]?.name}`).sort(), [
      'eu-central-1 instance-id',
      'eu-central-1 private-ip-address',
      'us-east-1 instance-id',
    ]);
  });
});
