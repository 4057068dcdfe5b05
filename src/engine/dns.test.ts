import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLookUpName, type NameLookup } from './dns.ts';

const lookUpName = createLookUpName();

test('all addresses of a name', async () => {
  const found = await lookUpName('localhost');
  assert.equal(found.answer, 'addresses');
  assert.ok(found.addresses.every((address) => ['127.0.0.1', '::1'].includes(address)));
});

test('a name that cannot be is unknown, or the resolver could not say: never an address', async () => {
  const { answer } = await lookUpName('no-such-name.invalid');
  assert.ok(answer === 'unknown' || answer === 'failed', answer);
});

test('a name is looked up once for all who ask at the same time, and only a few names at a time', async () => {
  const running = new Map<string, (answer: NameLookup) => void>();
  let most = 0;
  const lookUp = createLookUpName(async (name) => {
    const { promise, resolve } = Promise.withResolvers<NameLookup>();
    assert.ok(!running.has(name));
    running.set(name, resolve);
    most = Math.max(most, running.size);
    return promise;
  });
  const names = Array.from({ length: 12 }, (_, index) => `host-${index}`);
  const all = Promise.all([...names, ...names].map(async (name) => lookUp(name)));
  for (let done = 0; done < names.length;) {
    for (const [name, resolve] of running) {
      running.delete(name);
      resolve({ answer: 'addresses', addresses: [name] });
      done += 1;
    }
    await new Promise(setImmediate);
  }
  const answers = await all;
  assert.deepEqual(
    answers.map((found) => (found.answer === 'addresses' ? found.addresses[0] : found.answer)),
    [...names, ...names],
  );
  assert.equal(most, 4);
});
