import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CreateDatabase } from './database.ts';
import { ADA, T0 } from './samples.ts';

const DAY = 24 * 60 * 60_000;

export function describeLinkKeys(create: CreateDatabase): void {
  describe('keys of links', () => {
    test('begin with one, whichever replica comes first, and it is kept', async (t) => {
      const database = await create(t);
      const stores = await database.replicas(3);
      const [keys, ...others] = await Promise.all(stores.map(async (store) => store.linkKeys(T0)));
      assert.deepEqual(others, [keys, keys]);
      assert.equal(keys?.length, 1);
      assert.equal(Buffer.from(keys[0]?.secret ?? '', 'base64url').length, 32);
      await Promise.all(stores.map(async (store) => store.close()));
      assert.deepEqual(await (await database.open()).linkKeys(T0 + 100 * DAY), keys);
    });

    test('are rotated: the new one signs, and the old one verifies as long as a link may be valid', async (t) => {
      const store = await (await create(t)).open();
      const [old] = await store.linkKeys(T0);
      assert.ok(old !== undefined);
      const fresh = await store.rotateLinkKey(T0 + DAY, ADA);
      const retired = { ...old, expiresAt: T0 + 16 * DAY };
      assert.deepEqual(await store.linkKeys(T0 + 16 * DAY - 1), [fresh, retired]);
      assert.deepEqual(await store.linkKeys(T0 + 16 * DAY), [fresh]);
      const entries = await store.audit({ event: 'link_key', limit: 10 });
      assert.deepEqual(
        entries.map(({ at, who }) => [at, who]),
        [[T0 + DAY, ADA.name]],
      );
      const told = JSON.stringify(entries);
      assert.ok(told.includes(fresh.kid) && !told.includes(fresh.secret) && !told.includes(old.secret));
      await store.prune(T0 + 31 * DAY, 100);
      assert.deepEqual(await store.linkKeys(T0 + DAY), [fresh]);
    });

    test('are rotated one after the other by replicas that do so at once', async (t) => {
      const stores = await (await create(t)).replicas(3);
      await stores[0]?.linkKeys(T0);
      const made = await Promise.all(stores.map(async (store) => store.rotateLinkKey(T0 + 1, ADA)));
      const keys = (await stores[0]?.linkKeys(T0 + 2)) ?? [];
      assert.deepEqual(
        keys.filter(({ expiresAt }) => expiresAt === undefined).length,
        1,
        JSON.stringify(keys.map(({ kid }) => kid)),
      );
      assert.equal(keys.length, 4);
      assert.ok(made.every(({ kid }) => keys.some((key) => key.kid === kid)));
    });
  });
}
