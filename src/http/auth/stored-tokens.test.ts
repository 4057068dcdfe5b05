import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Store } from '../../store/port.ts';
import { openSqliteStore } from '../../store/sqlite.ts';
import { digestOf } from './sender.ts';
import { createStoredTokens, newSecret, type StoredTokens } from './stored-tokens.ts';

const ADA = { name: 'Ada', remote: '10.0.0.9' };

let directory: string;
let store: Store;
let now = 0;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-tokens-'));
  store = await openSqliteStore(directory);
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

/** One replica's view of the store. */
function replica(): StoredTokens {
  return createStoredTokens(
    store,
    () => 1_000,
    () => now,
  );
}

test('a token is found by its text, which is nowhere in the store', async () => {
  const tokens = replica();
  const made = await tokens.create({ name: 'ml', scopes: ['stop'], only: { team: 'ml' } }, ADA);
  assert.match(made?.secret ?? '', /^ec2op_[\w-]{32}$/);
  const digest = digestOf(made?.secret ?? '');
  assert.deepEqual(await tokens.find(digest), {
    name: 'ml',
    scopes: ['stop'],
    only: { team: 'ml' },
    sha256: digest.toString('hex'),
    createdAt: 1_000,
  });
  assert.equal(await tokens.find(digestOf('other')), undefined);
  assert.ok(!JSON.stringify(await store.listTokens()).includes(made?.secret ?? ''));
});

test('here it is known at once, elsewhere a moment later, and not two seconds after its end', async () => {
  const [here, there] = [replica(), replica()];
  // Both have just read the store.
  for (const tokens of [here, there]) await tokens.find(digestOf('x'));
  const made = await here.create({ name: 'a', scopes: ['read'] }, ADA);
  const digest = digestOf(made?.secret ?? '');
  assert.equal((await here.find(digest))?.name, 'a');
  now += 249;
  assert.equal(await there.find(digest), undefined);
  assert.deepEqual(await there.named('a'), []);
  now += 1;
  assert.equal((await there.named('a')).length, 1, 'of its session');
  for (const tokens of [here, there]) assert.equal((await tokens.find(digest))?.name, 'a');
  assert.deepEqual(await here.revoke('a', ADA), { open: 0, moves: [], shared: 0, tooLate: [] });
  assert.equal(await here.find(digest), undefined);
  assert.deepEqual([await here.isName('a'), await here.isName('b')], [true, false], 'records still show it');
  now += 2_000;
  assert.equal(await there.find(digest), undefined);
});

test('many who ask at once read the store once', async () => {
  let reads = 0;
  const counted = { ...store, listTokens: async () => ((reads += 1), store.listTokens()) };
  const tokens = createStoredTokens(counted, () => 0);
  await Promise.all(Array.from({ length: 20 }, async () => tokens.find(digestOf('x'))));
  assert.equal(reads, 1);
});

test('while the store is away no token is known, and afterwards all are', async () => {
  let isAway = true;
  const secret = (await replica().create({ name: 'a', scopes: ['read'] }, ADA))?.secret ?? '';
  const tokens = createStoredTokens(
    { ...store, listTokens: async () => (isAway ? Promise.reject(new Error('away')) : store.listTokens()) },
    () => 0,
  );
  await assert.rejects(tokens.find(digestOf(secret)), /away/);
  isAway = false;
  assert.equal((await tokens.find(digestOf(secret)))?.name, 'a');
});

test('no two secrets are alike', () => {
  assert.equal(new Set(Array.from({ length: 1_000 }, newSecret)).size, 1_000);
});
