import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLoginLimit, type LoginLimit } from './login-limit.ts';

function start(): { readonly limit: LoginLimit; readonly pass: (ms: number) => void } {
  let now = 1_000;
  return { limit: createLoginLimit(() => now), pass: (ms) => (now += ms) };
}

function fail(limit: LoginLimit, address: string, times: number): void {
  for (let time = 0; time < times; time += 1) limit.failed(address);
}

test('ten failures are borne, and then one more every six seconds', () => {
  const { limit, pass } = start();
  fail(limit, '10.0.0.1', 9);
  assert.equal(limit.waitFor('10.0.0.1'), undefined);
  fail(limit, '10.0.0.1', 1);
  assert.equal(limit.waitFor('10.0.0.1'), 6);
  pass(5_001);
  assert.equal(limit.waitFor('10.0.0.1'), 1);
  pass(1_000);
  assert.equal(limit.waitFor('10.0.0.1'), undefined);
  fail(limit, '10.0.0.1', 1);
  assert.equal(limit.waitFor('10.0.0.1'), 6);
});

test('a failure that was none after all is taken back, and no other', () => {
  const { limit } = start();
  fail(limit, '10.0.0.1', 10);
  limit.forgive('10.0.0.2');
  assert.equal(limit.waitFor('10.0.0.1'), 6);
  limit.forgive('10.0.0.1');
  assert.equal(limit.waitFor('10.0.0.1'), undefined);
  fail(limit, '10.0.0.1', 1);
  assert.equal(limit.waitFor('10.0.0.1'), 6);
});

test('tokens that are being proved count as failures until then, copies of one as one', () => {
  const { limit } = start();
  const ends = Array.from({ length: 10 }, (_, guess) => limit.proving('10.0.0.1', `guess ${guess}`));
  assert.equal(limit.waitFor('10.0.0.1'), 6);
  assert.equal(limit.waitFor('10.0.0.2'), undefined);
  ends[0]?.();
  ends[0]?.();
  const copies = Array.from({ length: 50 }, () => limit.proving('10.0.0.1', 'guess 1'));
  assert.equal(limit.waitFor('10.0.0.1'), undefined);
  fail(limit, '10.0.0.1', 1);
  assert.equal(limit.waitFor('10.0.0.1'), 6);
  for (const end of [...copies.slice(1), ...ends]) end();
  fail(limit, '10.0.0.1', 8);
  assert.equal(limit.waitFor('10.0.0.1'), 6, 'one copy is left');
  copies[0]?.();
  assert.equal(limit.waitFor('10.0.0.1'), undefined);
});

test('after a minute all is forgiven', () => {
  const { limit, pass } = start();
  fail(limit, '10.0.0.1', 10);
  pass(60_000);
  assert.equal(limit.waitFor('10.0.0.1'), undefined);
  fail(limit, '10.0.0.1', 9);
  assert.equal(limit.waitFor('10.0.0.1'), undefined);
});

test('a burst of guesses delays no address for more than a minute', () => {
  const { limit, pass } = start();
  fail(limit, '10.0.0.1', 1_000);
  assert.equal(limit.waitFor('10.0.0.1'), 60);
  pass(60_000);
  assert.equal(limit.waitFor('10.0.0.1'), undefined);
});

test('a right token is remembered where it was right, and the table is bounded', () => {
  const { limit } = start();
  limit.succeeded('2001:db8:0:1::1', 'token');
  assert.equal(limit.hasSucceeded('2001:db8:0:1::2', 'token'), true);
  assert.equal(limit.hasSucceeded('2001:db8:0:2::1', 'token'), false);
  assert.equal(limit.hasSucceeded('2001:db8:0:1::1', 'other'), false);
  for (let other = 0; other < 10_000; other += 1) limit.succeeded(`other-${other}`, 'token');
  assert.equal(limit.hasSucceeded('2001:db8:0:1::1', 'token'), false);
});

test('others do not suffer', () => {
  const { limit } = start();
  fail(limit, '10.0.0.1', 20);
  assert.equal(limit.waitFor('10.0.0.2'), undefined);
});

test('a network of IPv6 is one sender, whatever its address', () => {
  const { limit } = start();
  for (let host = 1; host <= 10; host += 1) limit.failed(`2001:db8:0:1::${host}`);
  assert.equal(limit.waitFor('2001:db8:0:1:ffff::1'), 6);
  assert.equal(limit.waitFor('2001:db8:0:2::1'), undefined);
});

test('the table is bounded: who failed longest ago is forgotten first', () => {
  const { limit } = start();
  fail(limit, 'first', 10);
  fail(limit, 'second', 10);
  limit.failed('first');
  for (let other = 0; other < 9_999; other += 1) limit.failed(`other-${other}`);
  assert.equal(limit.waitFor('second'), undefined);
  assert.notEqual(limit.waitFor('first'), undefined);
  limit.failed('one more');
  assert.equal(limit.waitFor('first'), undefined);
});
