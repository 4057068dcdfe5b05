import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBuckets, THROTTLE_RULES } from '../sandbox/buckets.ts';
import { createQuota, UNLIMITED } from './quota.ts';

test('the instances of a call come out of the bucket, and the next call may name the rest', async () => {
  const quota = createQuota(1, () => 0);
  assert.equal(await quota.admit({}, 'start', 900), 900);
  // One less than EC2's thousand: half a second of refill is held back.
  assert.equal(await quota.admit({}, 'start', 900), 99);
});

test('the share applies to the instances of a bucket', async () => {
  const quota = createQuota(0.5, () => 0);
  assert.equal(await quota.admit({}, 'stop', 1_000), 495);
});

test('places and actions have buckets of their own', async () => {
  const quota = createQuota(1, () => 0);
  assert.equal(await quota.admit({ region: 'eu-central-1' }, 'start', 1_000), 999);
  assert.equal(await quota.admit({ region: 'us-east-1' }, 'start', 1_000), 999);
  assert.equal(await quota.admit({ region: 'eu-central-1' }, 'stop', 1_000), 990);
});

test('a call waits for a token', async () => {
  let now = 0;
  const quota = createQuota(1, () => now);
  await quota.admit({}, 'start', 999);
  for (let call = 0; call < 3; call += 1) {
    now += 500;
    assert.equal(await quota.admit({}, 'start', 5), 1);
  }
  const waiting = quota.admit({}, 'start', 5);
  // The timer of the waiting call is real; the clock that it reads afterwards is ours.
  now += 500;
  assert.equal(await waiting, 1);
});

test('a throttle empties the requests and gives half of the instances back', async () => {
  let now = 0;
  const quota = createQuota(1, () => now);
  assert.equal(await quota.admit({}, 'stop', 500), 500);
  quota.throttled({}, 'stop', 500);
  const next = quota.admit({}, 'stop', 1_000);
  now += 1_000;
  // (490 + 500) / 2, and a second's refill at half the pace.
  assert.equal(await next, 505);
});

test('spare calls leave half of the share to the others, and wait for it', async () => {
  let now = 0;
  const quota = createQuota(1, () => now);
  // Of 90 tokens: half a second of refill is held back.
  for (let call = 0; call < 46; call += 1) await quota.admitSpare({}, 'describe');
  let admitted = false;
  const takeSpare = async (): Promise<void> => {
    await quota.admitSpare({}, 'describe');
    admitted = true;
  };
  const spare = takeSpare();
  for (let call = 0; call < 44; call += 1) assert.equal(await quota.admit({}, 'describe', 200), 200);
  assert.equal(admitted, false);
  now += 10_000;
  await spare;
});

test('close rejects waiting calls', async () => {
  const quota = createQuota(1, () => 0);
  await quota.admit({}, 'start', 999);
  const waiting = quota.admit({}, 'start', 1);
  quota.close();
  await assert.rejects(waiting);
});

test('thousands of instances are never throttled by a bucket of the same size', async () => {
  let now = 0;
  const clock = (): number => now;
  const buckets = createBuckets();
  const quota = createQuota(1, clock);
  const { resource, request } = THROTTLE_RULES.StopInstances;
  let stopped = 0;
  while (stopped < 3_000) {
    const pending = quota.admit({}, 'stop', 3_000 - stopped);
    now += 1_000;
    const granted = await pending;
    // The network's delay.
    const arrives = now + 40;
    assert.ok(buckets.take('requests', request, 1, arrives), `requests after ${stopped}`);
    assert.ok(buckets.take('instances', resource, granted, arrives), `instances after ${stopped}`);
    stopped += granted;
  }
  const bound = ((3_000 - resource.max) / resource.refillPerSecond) * 1_000;
  assert.ok(now <= bound * 1.05, `${now} ms, where the bucket allows ${bound} ms`);
});

test('without rate limits a call names any number of instances', async () => {
  for (let call = 0; call < 100; call += 1) assert.equal(await UNLIMITED.admit({}, 'start', 1_000), 1_000);
  UNLIMITED.throttled({}, 'start', 1);
  assert.equal(await UNLIMITED.admit({}, 'start', 1_000), 1_000);
});

test('the levels show the tokens left now in every used bucket', async () => {
  let now = 0;
  const quota = createQuota(1, () => now);
  assert.deepEqual(quota.levels(), []);
  await quota.admit({ region: 'eu-central-1' }, 'start', 900);
  await quota.admit({}, 'describe', 200);
  now += 500;
  assert.deepEqual(quota.levels(), [
    { place: { region: 'eu-central-1' }, action: 'start', requests: 4, instances: 100 },
    { place: {}, action: 'describe', requests: 90 },
  ]);
  assert.deepEqual(UNLIMITED.levels(), []);
});
