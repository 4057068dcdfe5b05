/** The doctor on PostgreSQL, which it does not change. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { expectedAccount } from '../../src/doctor/expected-account.ts';
import { checkStore } from '../../src/doctor/store.ts';
import { openStore } from '../../src/store/open.ts';
import { PASSWORD, query, startCluster, type Cluster } from '../support/postgres.ts';
import { expectFinding } from './examined.ts';

const cluster = await startCluster().catch((error: unknown) => String(error));

if (typeof cluster === 'string') {
  test('the store is PostgreSQL', { skip: cluster });
} else {
  describe('the store is PostgreSQL', () => describeOn(cluster));
}

function describeOn(running: Cluster): void {
  let url: string;
  before(async () => {
    url = await running.createDatabase();
  });
  after(async () => running[Symbol.asyncDispose]());
  const look = async (database: string) => checkStore(loadConfig({ DATABASE_URL: database }));

  test('it can be written to, and nothing was', async () => {
    expectFinding(await look(url), 'ok', 'store', /version \d+, can be written to/);
    const tables = await query(url, "select 1 from information_schema.tables where table_schema = 'public'");
    assert.deepEqual(tables, []);
  });

  test('it knows whose the credentials must be, unless the configuration says so', async () => {
    const database = await running.createDatabase();
    const config = loadConfig({ DATABASE_URL: database });
    assert.equal(await expectedAccount(config), undefined);
    const store = await openStore(database, '');
    await store.writeSettingOnce('aws_account', '123456789012');
    await store.close();
    assert.deepEqual(await expectedAccount(config), { account: '123456789012', by: 'the database' });
    const stated = loadConfig({ DATABASE_URL: database }, 'aws: { account: "210987654321" }');
    assert.deepEqual(await expectedAccount(stated), { account: '210987654321', by: 'aws.account' });
  });

  test('it is read only, or this user may not create tables', async () => {
    await query(url, `create role reader login password '${PASSWORD}'`);
    const reader = url.replace('postgres://postgres:', 'postgres://reader:');
    expectFinding(await look(reader), 'error', 'store', /may not create tables/);
    await query(url, 'alter role reader set default_transaction_read_only = on');
    expectFinding(await look(reader), 'error', 'store', /is read only/);
  });

  test('a wrong password, and no server: neither shows the password', async () => {
    const wrong = await look(url.replace(PASSWORD, 'mistaken'));
    expectFinding(wrong, 'error', 'store', /password authentication failed/);
    await running.stop();
    const away = await look(url);
    expectFinding(away, 'error', 'store', /ECONNREFUSED/);
    assert.ok(!JSON.stringify([wrong, away]).includes(PASSWORD));
    assert.ok(!JSON.stringify([wrong, away]).includes('mistaken'));
  });
}
