import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NewToken } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import { T0 } from './samples.ts';

function token(name: string, digit: string, more: Partial<NewToken> = {}): NewToken {
  return { name, scopes: ['stop'], sha256: digit.repeat(64), createdAt: T0, ...more };
}

export function describeTokens(create: CreateDatabase): void {
  describe('tokens', () => {
    test('come back as they were made, oldest first', async (t) => {
      const store = await (await create(t)).open();
      const first = token('first', 'b', { scopes: ['read', 'stop'], only: { team: 'ml' }, expiresAt: T0 + 1 });
      const second = token('second', 'a', { createdAt: T0 + 1 });
      assert.equal(await store.createToken(second), true);
      assert.equal(await store.createToken(first), true);
      assert.deepEqual(await store.listTokens(), [first, second]);
    });

    test('have a name of their own until they are revoked', async (t) => {
      const store = await (await create(t)).open();
      assert.equal(await store.createToken(token('robot', '1')), true);
      assert.equal(await store.createToken(token('robot', '2')), false);
      assert.equal(await store.revokeToken('robot', T0 + 1), true);
      assert.equal(await store.revokeToken('robot', T0 + 2), false);
      assert.equal(await store.revokeToken('nobody', T0 + 2), false);
      assert.equal(await store.createToken(token('robot', '2', { createdAt: T0 + 3 })), true);
      assert.deepEqual(await store.listTokens(), [
        { ...token('robot', '1'), revokedAt: T0 + 1 },
        token('robot', '2', { createdAt: T0 + 3 }),
      ]);
    });

    test('made by several replicas at once with the same name are one', async (t) => {
      const stores = await (await create(t)).replicas(3);
      const made = await Promise.all(stores.map(async (store, index) => store.createToken(token('robot', `${index}`))));
      assert.equal(made.filter((isNew) => isNew).length, 1);
      assert.equal((await stores[0]?.listTokens())?.length, 1);
    });

    test('have no scope that this version does not know', async (t) => {
      const database = await create(t);
      const store = await database.open();
      await store.createToken(token('robot', '1'));
      await store.close();
      await database.sql(`update token set scopes = '["stop","fly"]'`);
      const [robot] = await (await database.open()).listTokens();
      assert.deepEqual(robot?.scopes, ['stop']);
    });
  });
}
