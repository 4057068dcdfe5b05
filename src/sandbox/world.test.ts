import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultFleet } from './fleet.ts';
import { stop } from './transitions.ts';
import { createWorld } from './world.ts';

const gpu1 = 'i-0a1b2c3d4e5f60001';
const timings = { startMs: 3000, stopMs: 5000, checksMs: 0 };

function worldAt(start: number) {
  let now = start;
  const world = createWorld(defaultFleet(start), timings, () => now);
  const machine = () => {
    const found = world.find(gpu1);
    assert.ok(found);
    return found;
  };
  return { world, machine, pass: (ms: number) => (now += ms) };
}

test('each account sees its own machines in one region', () => {
  const { world } = worldAt(0);
  const names = (account: string, region: string) => world.visible(account, region).map(({ tags }) => tags['Name']);
  assert.deepEqual(names('210987654321', 'us-east-1'), ['research-1']);
  assert.deepEqual(names('210987654321', 'eu-central-1'), []);
  assert.deepEqual(names('123456789012', 'us-east-1'), ['sweep-spot', 'legacy-store', 'notebook-us']);
});

test('transitions happen by the clock of the world', () => {
  const { world, machine, pass } = worldAt(0);
  world.put([stop(machine(), 0, timings, false)]);
  assert.equal(machine().state, 'stopping');
  pass(5000);
  assert.equal(machine().state, 'stopped');
  world.close();
});

test('waiting conditions are checked when a transition is due', async () => {
  const world = createWorld(defaultFleet(Date.now()), { startMs: 1, stopMs: 1, checksMs: 0 }, Date.now);
  const running = world.find(gpu1);
  assert.ok(running);
  world.put([stop(running, Date.now(), world.timings, false)]);
  await world.conditions.until(() => world.find(gpu1)?.state === 'stopped');
  world.close();
});

test('a forced state stays; other properties can be set with it', () => {
  const { world, machine, pass } = worldAt(0);
  world.set(gpu1, { state: 'stopping', launchTime: -5 });
  pass(3_600_000);
  assert.equal(machine().state, 'stopping');
  assert.equal(machine().launchTime, -5);
  assert.throws(() => world.set('i-00000000', {}), /Expected the id of a machine/);
});

test('a terminated machine is visible for an hour', () => {
  const { world, pass } = worldAt(0);
  world.set(gpu1, { state: 'terminated' });
  const seen = () => world.visible('123456789012', 'eu-central-1').some(({ id }) => id === gpu1);
  pass(3_600_000);
  assert.equal(seen(), true);
  pass(1);
  assert.equal(seen(), false);
});

test('during the lag, the old machine is shown', () => {
  const { world, machine, pass } = worldAt(0);
  world.put([stop(machine(), 0, timings, false)], () => 1000);
  assert.equal(machine().state, 'stopping');
  assert.equal(world.shown(machine()).state, 'running');
  pass(1000);
  assert.equal(world.shown(machine()).state, 'stopping');
  world.put([{ ...machine(), state: 'stopped' }], () => 1000);
  world.set(gpu1, { state: 'running' });
  assert.equal(world.shown(machine()).state, 'running');
  world.close();
});
