import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createShare, createShareOfMany } from './shared.ts';

function site() {
  const moment = { hint: 'run.1', now: 0, made: 0 };
  const share = createShare<number>(
    () => moment.hint,
    () => moment.now,
  );
  const ask = async (key: string): Promise<number> => share(key, async () => Promise.resolve((moment.made += 1)));
  return { moment, share, ask };
}

test('many who ask for the same after a hint share one answer', async () => {
  const { ask } = site();
  assert.deepEqual(await Promise.all(['rows', 'rows', 'others', 'rows'].map(ask)), [1, 1, 2, 1]);
});

test('the next hint, and a second, end it', async () => {
  const { moment, ask } = site();
  await ask('rows');
  moment.hint = 'run.2';
  assert.equal(await ask('rows'), 2);
  moment.now = 999;
  assert.equal(await ask('rows'), 2);
  moment.now = 1_000;
  assert.equal(await ask('rows'), 3);
});

test('an answer that failed is asked for again', async () => {
  const { ask, share } = site();
  const failing = ['rows', 'rows'].map(async (key) => share(key, async () => Promise.reject(new Error('away'))));
  for (const one of await Promise.allSettled(failing)) assert.equal(one.status, 'rejected');
  assert.equal(await ask('rows'), 1);
});

test('answers do not pile up, however different they are', async () => {
  const { moment, ask } = site();
  for (let key = 0; key < 100; key += 1) await ask(String(key));
  await ask('0');
  await ask('99');
  assert.equal(moment.made, 101, 'the first ones are kept, and the last ones are not');
});

test('of many keys, those that are known already are not made again', async () => {
  const made: (readonly string[])[] = [];
  const moment = { hint: 'run.1', now: 0 };
  const share = createShareOfMany<string>(
    () => moment.hint,
    () => moment.now,
  );
  const make = async (unknown: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    made.push(unknown);
    return Promise.resolve(new Map(unknown.filter((key) => key !== 'gone').map((key) => [key, key.toUpperCase()])));
  };
  const [first, second] = await Promise.all([share(['a', 'b', 'gone'], make), share(['b', 'gone', 'c'], make)]);
  assert.deepEqual([...first.values()], ['A', 'B']);
  assert.deepEqual([...second.values()], ['B', 'C']);
  assert.deepEqual(made, [['a', 'b', 'gone'], ['c']]);
  moment.hint = 'run.2';
  await share(['a'], make);
  assert.deepEqual(made.at(-1), ['a'], 'the next hint ends it');
  await assert.rejects(share(['a', 'd'], async () => Promise.reject(new Error('away'))));
  await share(['d'], make);
  assert.deepEqual(made.at(-1), ['d'], 'what failed is asked for again');
});
