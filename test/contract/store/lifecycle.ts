import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { workKey } from '../../../src/domain/intent.ts';
import type { CreateDatabase, TestDatabase } from './database.ts';
import { T0, act, deliveryOf, enqueue, idOf, instanceId, move, request, resolvedOf, take, record } from './samples.ts';

export function describeLifecycle(create: CreateDatabase): void {
  describe('the database', () => {
    test('what was written is there after a restart', async (t) => {
      const database = await create(t);
      const before = await database.open();
      const acting = await move(before, await take(before, request(1)), act(1));
      await before.writeSettingOnce('token', 'kept');
      await before.close();
      const after = await database.open();
      assert.deepEqual(await after.find(idOf(1)), acting);
      assert.equal((await after.trail(idOf(1))).length, 2);
      assert.equal(await after.readSetting('token'), 'kept');
      assert.deepEqual(await enqueue(after, [request(2)], T0), [{ outcome: 'joined', operation: idOf(1) }]);
    });

    test('one that a newer version has migrated is refused with a sentence that says what to do', async (t) => {
      const database = await create(t);
      await (await database.open()).close();
      await database.sql(
        `insert into kysely_migration (name, timestamp) values ('999-later', '2030-01-01T00:00:00.000Z')`,
      );
      await assert.rejects(
        async () => database.open(),
        /belongs to a newer version.* 999-later,.*Run the newer version/,
      );
      await database.sql(`delete from kysely_migration where name = '999-later'`);
      await (await database.open()).check();
    });

    test('one of the first version is brought to this one, and nothing of its trails is lost', async (t) => {
      const database = await create(t);
      await database.makeFirstVersion();
      const { intent } = request(1);
      await insertRow(database, {
        work_key: `'${workKey(intent)}'`,
        target: `'${instanceId(1)}'`,
        intent: `'${JSON.stringify(intent)}'`,
      });
      const queued = { at: T0, event: 'state', state: 'queued' } as const;
      const guard = 'windows';
      const message = 'said "verdict":"passed"';
      const asked = { at: T0, event: 'state', verdicts: [{ guard, verdict: 'passed', message }] } as const;
      const overridden = { ...asked, verdicts: [{ guard, verdict: 'overridden', message }] } as const;
      const joined = { at: T0 + 1, event: 'joined', message: 'said "event":"state"' } as const;
      for (const entry of [queued, asked, joined])
        await database.sql(
          `insert into trail (operation_id, at, entry) values ('${idOf(1)}', ${entry.at}, '${JSON.stringify(entry)}')`,
        );
      const key = intent.cause.by === 'alert' ? intent.cause.episode : '';
      await database.sql(`insert into episode (key, operation_id, seen_at) values ('${key}', '${idOf(1)}', ${T0})`);
      const store = await database.open();
      assert.deepEqual(await store.trail(idOf(1)), [queued, overridden, joined]);
      assert.deepEqual(
        (await store.audit({ limit: 10 })).map(({ event, operation }) => [event, operation]),
        [
          ['joined', idOf(1)],
          ['state', idOf(1)],
          ['state', idOf(1)],
        ],
      );
      assert.deepEqual(await enqueue(store, [request(2)], T0), [{ outcome: 'joined', operation: idOf(1) }]);
      const { cancelled } = await record(store, [{ ...deliveryOf([]), members: [resolvedOf(request(3))] }], T0 + 2);
      assert.equal(cancelled.length, 1, 'episodes of before are resolved like any other');
      assert.equal((await store.trail(idOf(1))).length, 5);
    });

    const bad: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      'a state that there is not': { state: `'dreaming'` },
      'a verb that there is not': { verb: `'hibernate'` },
      'an end without a time': { state: `'failed'`, reason: `'deadline'` },
      'an end without a reason': { state: `'failed'`, ended_at: '1' },
      'a time of end without an end': { ended_at: '1', reason: `'deadline'` },
      'acting on an unknown instance': { state: `'acting'`, acted: `'{}'` },
      'verifying without a memory of the instance before': { state: `'verifying'`, instance_id: `'i-1'` },
      'no work key': { work_key: 'null' },
      'a second open operation for the same work': { work_key: `'taken'` },
    };
    for (const [what, columns] of Object.entries(bad)) {
      test(`refuses ${what}, whatever the code thinks`, async (t) => {
        const database = await create(t);
        await (await database.open()).close();
        await insertRow(database, { id: `'there'`, work_key: `'taken'` });
        await assert.rejects(async () => insertRow(database, columns), /constraint|duplicate key/i);
      });
    }

    test('refuses a trail without its operation', async (t) => {
      const database = await create(t);
      await (await database.open()).close();
      await assert.rejects(
        async () =>
          database.sql(`insert into audit (operation_id, at, event, entry) values ('nobody', 1, 'state', '{}')`),
        /foreign key/i,
      );
    });
  });
}

/** A row that is fine, but for the given columns. Values are SQL. */
async function insertRow(database: TestDatabase, columns: Readonly<Record<string, string>>): Promise<void> {
  const row = {
    id: `'${idOf(1)}'`,
    work_key: `'free'`,
    state: `'queued'`,
    verb: `'stop'`,
    target: `'i-1'`,
    intent: `'{}'`,
    attempts: '0',
    created_at: '1',
    available_at: '1',
    ...columns,
  };
  await database.sql(
    `insert into operation (${Object.keys(row).join(', ')}) values (${Object.values(row).join(', ')})`,
  );
}
