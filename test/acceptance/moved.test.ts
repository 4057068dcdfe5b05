/** An operation belongs to the machine that its target first led to, wherever the target leads by the time EC2 is asked. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SandboxMachine } from '../../src/sandbox/machine.ts';
import { alert, minutesAgo } from '../support/alerts.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator, type OperatorOptions } from '../support/operator.ts';

const NAME = 'gpu.example.internal';
const ELASTIC = '198.51.100.1';
/** Of one RunInstances: they have the same launch time. */
const LAUNCHED = Date.parse(minutesAgo(60 * 24));

interface Site {
  readonly operator: Operator;
  /** Where the name leads; nowhere when empty. */
  readonly lead: (...addresses: readonly string[]) => void;
  /** How often the name has been looked up. */
  readonly lookups: () => number;
}

async function build(stack: AsyncDisposableStack, options: OperatorOptions = {}): Promise<Site> {
  const names: Record<string, readonly string[]> = { [NAME]: [addressOf(1)] };
  let lookups = 0;
  const operator = stack.use(
    await startOperator({
      machines: [machine(1), machine(2)],
      names: new Proxy(names, {
        get: (known, name) => {
          lookups += 1;
          return typeof name === 'string' ? known[name] : undefined;
        },
      }),
      config: 'addresses: { public: true }',
      ...options,
    }),
  );
  for (const number of [1, 2]) operator.sandbox.set(idOf(number), { launchTime: LAUNCHED });
  return {
    operator,
    lead: (...addresses) => {
      if (addresses.length === 0) delete names[NAME];
      else names[NAME] = addresses;
    },
    lookups: () => lookups,
  };
}

function withPublic(
  { interfaces: [primary, ...others] }: SandboxMachine,
  publicIp: string | undefined,
): Pick<SandboxMachine, 'interfaces'> {
  const { publicIp: _, ...rest } = primary;
  return { interfaces: [{ ...rest, ...(publicIp === undefined ? {} : { publicIp }) }, ...others] };
}

function give(operator: Operator, number: number, publicIp: string | undefined): void {
  operator.sandbox.set(idOf(number), withPublic(operator.sandbox.instance(idOf(number)), publicIp));
}

async function ask(operator: Operator, hostname: string, verb: 'start' | 'stop'): Promise<string | undefined> {
  return (await operator.post('/operateHostname', [alert({ hostname, action: verb })]))[0]?.operation;
}

/** A stop that waits, with machine 1 known to it. */
async function waitingStop(operator: Operator, hostname: string): Promise<string | undefined> {
  operator.sandbox.set(idOf(1), { state: 'pending' });
  const stop = await ask(operator, hostname, 'stop');
  await operator.waiting(stop, 'transition');
  operator.sandbox.set(idOf(1), { state: 'running', launchTime: LAUNCHED });
  return stop;
}

async function expectMoved(operator: Operator, id: string | undefined, ...named: readonly string[]): Promise<void> {
  const { state, reason, message = '', instance } = await operator.end(id);
  assert.deepEqual([state, reason], ['refused', 'moved'], message);
  for (const one of named) assert.ok(message.includes(one), message);
  assert.equal(instance?.id, idOf(1), 'the record stays with the machine that was meant');
  assert.deepEqual(operator.changes(), []);
}

describe('while a stop waits', { concurrency: true }, () => {
  test('its name moves to another machine: neither is stopped, and both are named', async () => {
    await using stack = new AsyncDisposableStack();
    const { operator, lead } = await build(stack);
    const stop = await waitingStop(operator, NAME);
    lead(addressOf(2));
    await expectMoved(operator, stop, idOf(1), idOf(2), NAME);
  });

  test('nor is the other one stopped when Alertmanager sends the alert again; an alert that begins anew may', async () => {
    await using stack = new AsyncDisposableStack();
    const { operator, lead } = await build(stack);
    const stop = await waitingStop(operator, NAME);
    lead(addressOf(2));
    await expectMoved(operator, stop, idOf(1), idOf(2), NAME);
    const again = await ask(operator, NAME, 'stop');
    assert.notEqual(again, stop);
    await expectMoved(operator, again, idOf(1), idOf(2), NAME);
    const [anew] = await operator.post('/operateHostname', [
      alert({ hostname: NAME, action: 'stop' }, { startsAt: minutesAgo(5) }),
    ]);
    assert.equal((await operator.end(anew?.operation)).instance?.id, idOf(2));
  });

  test('its name loses its address, while the machine still runs', async () => {
    await using stack = new AsyncDisposableStack();
    const { operator, lead } = await build(stack);
    const stop = await waitingStop(operator, NAME);
    lead();
    await expectMoved(operator, stop, idOf(1), 'no instance');
  });

  test('its name comes to lead to both machines', async () => {
    await using stack = new AsyncDisposableStack();
    const { operator, lead } = await build(stack);
    const stop = await waitingStop(operator, NAME);
    lead(addressOf(1), addressOf(2));
    assert.equal((await operator.end(stop)).reason, 'ambiguous');
    assert.deepEqual(operator.changes(), []);
  });

  test('its Elastic IP moves to another machine', async () => {
    await using stack = new AsyncDisposableStack();
    const { operator } = await build(stack);
    give(operator, 1, ELASTIC);
    const stop = await waitingStop(operator, ELASTIC);
    give(operator, 1, undefined);
    give(operator, 2, ELASTIC);
    await expectMoved(operator, stop, idOf(1), idOf(2));
  });

  test('its public address is gone because somebody has stopped the machine: there is nothing left to do', async () => {
    await using stack = new AsyncDisposableStack();
    const { operator } = await build(stack);
    give(operator, 1, ELASTIC);
    const stop = await waitingStop(operator, ELASTIC);
    give(operator, 1, undefined);
    operator.sandbox.set(idOf(1), { state: 'stopped' });
    assert.equal((await operator.end(stop)).reason, 'already_in_state');
  });
});

describe('while a start waits', { concurrency: true }, () => {
  async function waitingStart(operator: Operator, hostname: string): Promise<string | undefined> {
    operator.sandbox.set(idOf(1), { state: 'stopping' });
    const start = await ask(operator, hostname, 'start');
    await operator.waiting(start, 'transition');
    operator.sandbox.set(idOf(1), { state: 'stopped' });
    return start;
  }

  test('the machine loses its public address on the way to stopped: it is started all the same', async () => {
    await using stack = new AsyncDisposableStack();
    const { operator } = await build(stack);
    give(operator, 1, ELASTIC);
    const start = await waitingStart(operator, ELASTIC);
    give(operator, 1, undefined);
    const { state, instance, message } = await operator.end(start);
    assert.deepEqual([state, instance?.id], ['succeeded', idOf(1)], message ?? '');
  });

  test('its name moves to another machine: neither is started', async () => {
    await using stack = new AsyncDisposableStack();
    const { operator, lead } = await build(stack);
    operator.sandbox.set(idOf(2), { state: 'stopped' });
    const start = await waitingStart(operator, NAME);
    lead(addressOf(2));
    await expectMoved(operator, start, idOf(1), idOf(2));
  });
});

describe('once a call was sent', { concurrency: true }, () => {
  for (const when of ['before', 'after'] as const) {
    test(`and its answer lost ${when} EC2 carried it out, only that machine is looked at`, async () => {
      await using stack = new AsyncDisposableStack();
      const { operator, lead, lookups } = await build(stack);
      operator.sandbox.faults.add({ kind: 'reset', when, action: 'StopInstances', times: 1 });
      const asked = operator.sandbox.until(() => operator.changes().length === 1);
      const stop = await ask(operator, NAME, 'stop');
      await asked;
      const before = lookups();
      lead(addressOf(2));
      const { state, instance, message } = await operator.end(stop);
      assert.deepEqual([state, instance?.id], ['succeeded', idOf(1)], message ?? '');
      assert.deepEqual(new Set(operator.changes().flatMap(({ instanceIds }) => instanceIds)), new Set([idOf(1)]));
      assert.equal(operator.sandbox.instance(idOf(2)).state, 'running');
      assert.equal(lookups(), before, 'the name says nothing any more');
    });
  }

  test('a machine that is gone by then has vanished, whatever its name says', async () => {
    await using stack = new AsyncDisposableStack();
    const { operator, lead } = await build(stack);
    operator.sandbox.faults.add({ kind: 'reset', when: 'before', action: 'StopInstances', times: 1 });
    const asked = operator.sandbox.until(() => operator.changes().length === 1);
    const stop = await ask(operator, NAME, 'stop');
    await asked;
    lead();
    operator.sandbox.set(idOf(1), { state: 'terminated' });
    const { state, reason } = await operator.end(stop);
    assert.deepEqual([state, reason], ['failed', 'vanished']);
  });
});

describe('between the guards and the call', { concurrency: true }, () => {
  test('the Elastic IP moves between two machines of one launch', async () => {
    await using stack = new AsyncDisposableStack();
    const { operator } = await build(stack);
    give(operator, 1, ELASTIC);
    // By its private and by its public address.
    const described = operator.sandbox.until(() => operator.sandbox.calls.length > 1);
    const stop = ask(operator, ELASTIC, 'stop');
    await described;
    give(operator, 1, undefined);
    give(operator, 2, ELASTIC);
    await expectMoved(operator, await stop, idOf(1), idOf(2));
  });

  test('the tag Name moves between two machines of one launch', async () => {
    await using stack = new AsyncDisposableStack();
    const { operator } = await build(stack, { config: 'names: { from_tags: true }' });
    const call = (one: string, other: string): void => {
      operator.sandbox.set(idOf(1), { tags: { Name: one } });
      operator.sandbox.set(idOf(2), { tags: { Name: other } });
    };
    call('Trainer', 'Spare');
    const described = operator.sandbox.until(() => operator.sandbox.calls.length > 0);
    const stop = ask(operator, 'Trainer', 'stop');
    await described;
    call('Spare', 'Trainer');
    await expectMoved(operator, await stop, idOf(1), idOf(2));
  });

  test("the name moves while the stop waits for EC2's rate limit", async () => {
    await using stack = new AsyncDisposableStack();
    const { operator, lead } = await build(stack, { config: 'aws: { quota_share: 0.03 }' });
    // It takes the only token there is, and the next one comes after seconds.
    const other = await ask(operator, addressOf(2), 'stop');
    await operator.sandbox.until(() => operator.changes().length === 1);
    const stop = await ask(operator, NAME, 'stop');
    while ((await operator.read(stop, '50ms')).state !== 'acting');
    lead(addressOf(2));
    const { state, reason, message = '' } = await operator.end(stop);
    assert.deepEqual([state, reason], ['refused', 'moved'], message);
    await operator.end(other);
    assert.equal(operator.changes(idOf(1)).length, 0);
  });
});
