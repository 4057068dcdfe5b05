/** Pages of machines that are open: what they read again is made once for all of them, and no change escapes them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { eventually } from '../support/eventually.ts';
import { names, readEvents } from '../support/event-reader.ts';
import { idOf, machines } from '../support/fleet.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';
import { query, startCluster } from '../support/postgres.ts';
import { as, configWith } from '../support/tokens.ts';

const RIGHTS = { scopes: ['read', 'stop', 'hold'] };
const TEAM = {
  environment: { AUTH: '' },
  config: configWith({ ada: RIGHTS, ben: RIGHTS, eve: { scopes: ['read'] } }),
};

/** How often the store was asked for a page of machines. */
async function reads(operator: Operator): Promise<number> {
  const { text } = await operator.request('/metrics', { headers: as('ada') });
  return Number(/^ec2_operator_store_duration_seconds_count\{operation="machines"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

async function watched(operator: Operator): Promise<void> {
  await eventually('the watch has looked, and the first page is made', async () => {
    const { text } = await operator.request('/', { headers: as('ada') });
    return text.includes(`id="${idOf(2)}"`) || undefined;
  });
}

async function hold(operator: Operator, target: string): Promise<void> {
  const { headers, ...asked } = json({ target, for: '1h' });
  const held = await operator.request('/api/v1/holds', {
    ...asked,
    headers: new Headers([...new Headers(headers), ...Object.entries(as('ada'))]),
  });
  assert.equal(held.status, 201, held.text);
}

/** As a page reads itself again. */
async function readAgain(operator: Operator, who: string): Promise<string> {
  const { status, text } = await operator.request('/', { headers: { ...as(who), 'x-piece': 'shared' } });
  assert.equal(status, 200, text);
  return text;
}

test('pages that read themselves again after a hint are found together, and show to each person what she may do', async () => {
  await using operator = await startOperator({ machines: machines(2), ...TEAM, watch: true });
  await watched(operator);
  await using events = await readEvents(`${operator.url}/api/v1/events`, as('ada'));
  const before = await reads(operator);
  await hold(operator, idOf(1));
  await events.until(names(idOf(1)));
  const people = ['ada', 'ben', 'eve'];
  const texts = await Promise.all([...people, ...people, ...people].map(async (who) => readAgain(operator, who)));
  const times = (await reads(operator)) - before;
  assert.ok(times < texts.length, `${texts.length} pages were found ${times} times`);
  for (const [index, text] of texts.entries()) {
    assert.match(text, /Kept by ada/);
    const who = people[index % people.length];
    assert.equal(text.includes('>Release<'), who === 'ada', `the hold is released by who has it: ${who}`);
    assert.equal(text.includes('>Stop…<'), who !== 'eve', `eve may only read: ${who}`);
    assert.ok(text.includes(`<span>${who}</span>`));
  }
});

test('a page that is read again has the button that ends a session for those alone who have a cookie to give back', async () => {
  await using operator = await startOperator({ machines: machines(1), watch: true });
  const read = async (headers: Readonly<Record<string, string>>) =>
    operator.request('/', { headers: { 'x-piece': 'shared', ...headers } });
  const answers = await Promise.all([{}, { cookie: 'a=b' }, {}, { cookie: 'a=b' }].map(read));
  assert.deepEqual(
    answers.map(({ text }) => text.includes('>Log out<')),
    [false, true, false, true],
  );
});

test('rows that pages read again after a hint are one answer for people who see the same, and for no other', async () => {
  await using operator = await startOperator({ machines: machines(2), ...TEAM, watch: true });
  await watched(operator);
  await using events = await readEvents(`${operator.url}/api/v1/events`, as('ada'));
  await hold(operator, idOf(1));
  await events.until(names(idOf(1)));
  const read = async (who: string) => operator.request(`/machines/rows?id=${idOf(1)},${idOf(2)}`, { headers: as(who) });
  const people = ['ada', 'ben', 'eve'];
  const answers = await Promise.all([...people, ...people].map(read));
  for (const [index, { status, text }] of answers.entries()) {
    assert.equal(status, 200, text);
    assert.deepEqual(
      [...text.matchAll(/<tr id="([^"]+)"/g)].map(([, id]) => id),
      [idOf(1), idOf(2)],
    );
    const who = people[index % people.length];
    assert.equal(text.includes('>Release<'), who === 'ada', `the hold is released by who has it: ${who}`);
    assert.equal(text.includes('>Stop…<'), who !== 'eve', `eve may only read: ${who}`);
  }
  const [first, , , again] = answers.map(({ headers }) => headers.get('etag'));
  assert.equal(again, first);
});

test('a page that is loaded anew shows a change that no hint has told of yet', async () => {
  await using operator = await startOperator({ machines: machines(2), ...TEAM, watch: true });
  await watched(operator);
  for (const number of [1, 2]) {
    await readAgain(operator, 'ben');
    await hold(operator, idOf(number));
    const { text } = await operator.request('/', { headers: as('ben') });
    assert.equal(text.match(/Kept by ada/g)?.length, number);
  }
});

const cluster = await startCluster().catch((error: unknown) => String(error));

test(
  'a page asks for the changes that were told while it was made',
  { skip: typeof cluster === 'string' ? cluster : false },
  async () => {
    assert.ok(typeof cluster !== 'string');
    await using stack = new AsyncDisposableStack();
    stack.use(cluster);
    const url = await cluster.createDatabase();
    const operator = stack.use(
      await startOperator({ machines: machines(2), watch: true, environment: { DATABASE_URL: url } }),
    );
    await watched(operator);
    const events = stack.use(await readEvents(`${operator.url}/api/v1/events`));
    const { id } = await events.next();
    const locker = new pg.Client({ connectionString: url });
    await locker.connect();
    stack.defer(async () => locker.end());
    await locker.query('begin; lock table interval');
    const page = operator.request('/');
    await eventually('the page is read', async () => {
      const waiting = await query(
        url,
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return waiting.length > 0 || undefined;
    });
    const begun = await operator.request('/api/v1/pauses', json({ why: 'the move' }));
    assert.equal(begun.status, 201, begun.text);
    assert.notEqual((await events.next()).id, id);
    await locker.query('rollback');
    assert.equal(/data-live-since="([^"]+)"/.exec((await page).text)?.[1], id);
  },
);
