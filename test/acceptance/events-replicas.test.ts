/** Three replicas on one PostgreSQL, behind a proxy that takes turns: a page on one hears what another has done. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stopAlert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { concerns, names, readEvents } from '../support/event-reader.ts';
import { idOf, machines } from '../support/fleet.ts';
import { json, requestsTo, startOperator } from '../support/operator.ts';
import { query, startCluster } from '../support/postgres.ts';
import { startWebProxy } from '../support/web-proxy.ts';

const cluster = await startCluster().catch((error: unknown) => String(error));

test(
  'a page hears of every replica, whichever it is connected to',
  {
    skip: typeof cluster === 'string' ? cluster : false,
  },
  async () => {
    assert.ok(typeof cluster !== 'string');
    await using stack = new AsyncDisposableStack();
    stack.use(cluster);
    const environment = { DATABASE_URL: await cluster.createDatabase() };
    const first = stack.use(await startOperator({ machines: machines(4), environment }));
    const replicas = [first];
    for (const _ of [2, 3]) replicas.push(stack.use(await startOperator({ after: first, environment })));
    const proxy = stack.use(await startWebProxy(replicas.map(({ url }) => url)));
    const behind = requestsTo(proxy.url);
    const pages = [];
    for (const _ of replicas) pages.push(stack.use(await readEvents(`${proxy.url}/api/v1/events`)));
    const hold = async (machine: string): Promise<void> => {
      const answer = await behind.request('/api/v1/holds', json({ target: machine, for: '1h' }));
      assert.equal(answer.status, 201, answer.text);
    };
    // A replica that begins to listen tells its pages that all may have changed.
    const listening = `query like 'listen %' and datname = current_database()`;
    await eventually('three listeners', async () => {
      const found = await query(environment.DATABASE_URL, `select 1 from pg_stat_activity where ${listening}`);
      return found.length === 3 || undefined;
    });
    await hold(idOf(4));
    await Promise.all(pages.map(async (page) => page.until(concerns(idOf(4)))));
    await behind.request(`/api/v1/holds/${idOf(4)}`, { method: 'DELETE' });
    // Each replica has one of the pages, and holds one of the machines.
    for (const machine of [1, 2, 3].map(idOf)) {
      await hold(machine);
      await Promise.all(pages.map(async (page) => page.until(names(machine))));
    }
    // Whichever replica an open page reads itself from, and whatever it was told of: while nothing of it has changed, the answer is short.
    const shared = { accept: 'text/html', 'x-piece': 'shared' };
    const etag = (await behind.request('/', { headers: shared })).headers.get('etag') ?? '';
    for (const replica of replicas)
      assert.equal((await replica.request('/', { headers: { ...shared, 'if-none-match': etag } })).status, 304);
    const [receipt] = await behind.post('/operateHostname', [stopAlert(4)]);
    await behind.end(receipt?.operation);
    const last = await Promise.all(pages.map(async (page) => page.until(names(idOf(4)))));
    // A replica that has begun a moment ago does not know what others had told before: a page that comes back there reads everything.
    await using again = await readEvents(`${replicas[1]?.url}/api/v1/events`, { 'last-event-id': last[0]?.id ?? '' });
    assert.deepEqual((await again.next()).data, { all: true });
    // The second change of a second is told a second later. By then its replica has ended.
    for (const machine of [1, 2].map(idOf)) await first.request(`/api/v1/holds/${machine}`, { method: 'DELETE' });
    await first.stop();
    await replicas[1]?.request(`/api/v1/holds/${idOf(3)}`, { method: 'DELETE' });
    for (const page of pages.slice(1)) {
      const told = new Set<string>();
      await page.until(({ data }) => {
        if ('machines' in data) for (const machine of data.machines) told.add(machine);
        return told.has(idOf(3));
      });
      assert.ok(told.has(idOf(2)), 'the changes of its last second are told');
    }
  },
);
