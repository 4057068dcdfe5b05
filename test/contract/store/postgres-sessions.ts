/** What the tests of the store on PostgreSQL do beside it: stores and sessions that end with the test, and locks. */
import type { TestContext } from 'node:test';
import pg from 'pg';
import type { Store } from '../../../src/store/port.ts';
import { TIMEOUTS } from '../../../src/store/postgres-pool.ts';
import { openPostgresStore } from '../../../src/store/postgres.ts';
import { query } from '../../support/postgres.ts';

/** Opens a store that is closed when the test is over. */
export async function openStore(t: TestContext, url: string, timeouts = TIMEOUTS): Promise<Store> {
  const store = await openPostgresStore(url, timeouts);
  t.after(async () => store.close());
  return store;
}

/** A session of its own, ended when the test is over. */
export async function openSession(t: TestContext, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.after(async () => client.end());
  return client;
}

const WAITING = `from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

/** Resolves when so many sessions wait for a lock. */
export async function untilLocked(url: string, count: number): Promise<void> {
  for (;;) {
    const [found] = await query(url, `select count(*) ${WAITING}`);
    if (Number(found?.['count']) >= count) return;
  }
}

/** Ends the sessions that wait for a lock. */
export async function terminateLocked(url: string): Promise<void> {
  await query(url, `select pg_terminate_backend(pid) ${WAITING}`);
}
