/** A list of a page, of the API and of the command line has the same entries, whatever its filter is, and however long it is. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as z from 'zod';
import { alert, delivery } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';
import { callApi, linesOf, paste } from '../support/same.ts';
import { as, configWith, secretOf } from '../support/tokens.ts';

/** More than the command line shows unasked. */
const MANY = 25;

const MACHINES = [
  { tags: { owner: 'Mustermann, Max', team: 'ml', stage: 'dev' } },
  { tags: { owner: 'ada', team: 'ml,vision' } },
  { name: 'größe-日本語', tags: { owner: '-', team: 'ml' } },
  { name: 'x'.repeat(250), tags: { team: 'a=b' } },
  { name: 'warned', launched: '1d ago', tags: { owner: ' lead \\', stage: 'ml' } },
];
/** The one list of an answer; besides it there are numbers and a cursor. */
const listIn = z
  .record(z.string(), z.unknown())
  .transform((answer) => z.array(z.unknown()).parse(Object.values(answer).find((value) => Array.isArray(value))));

/** The marks of an entry on the page, and in an object of the API. */
const ENTRIES: Readonly<Record<string, readonly [onPage: RegExp, inObject: RegExp]>> = {
  '/': [/<tr id="([^"]+)"/g, /^\{"id":"([^"]+)"/],
  '/operations': [/class="what">\s*<p>\s*<a href="[^"]*operations\/([^"]+)"/g, /^\{"id":"([^"]+)"/],
  '/notices': [/<li id="([^"]+)"/g, /^\{"id":"([^"]+)"/],
  '/audit': [/class="at"><time datetime="([^"]+)"/g, /"at":"([^"]+)"/],
};

describe('the entries of lists', { concurrency: 2 }, () => {
  const stack = new AsyncDisposableStack();
  let operator: Operator;
  let asAda: Pick<Operator, 'request'>;

  before(async () => {
    operator = stack.use(
      await startOperator({
        machines: [...MACHINES, ...Array.from({ length: MANY }, () => ({}))].map((entry, index) =>
          machine(index + 1, entry),
        ),
        environment: { AUTH: '' },
        config: configWith(
          { ada: { scopes: ['admin'] } },
          {
            guards: { min_uptime: 'off' },
            warn: { always: true },
            channels: [{ name: 'bus', webhook: { url: 'http://127.0.0.1:9/' } }],
          },
        ),
        watch: true,
      }),
    );
    asAda = {
      request: async (path, init) => operator.request(path, { ...init, headers: { ...as('ada'), ...headersOf(init) } }),
    };
    await eventually('the watch has looked', async () => {
      const { text } = await asAda.request('/');
      return text.includes(`id="${idOf(MACHINES.length + MANY)}"`) ? true : undefined;
    });
    const dryRuns = Array.from({ length: MANY }, (_, index) =>
      alert({ instance: idOf(MACHINES.length + 1 + index), dryrun: 'true' }),
    );
    const { status, text: receipts } = await asAda.request(
      '/operateInstance',
      json(delivery([...dryRuns, alert({ instance: idOf(5) })])),
    );
    assert.equal(status, 200, receipts);
    await eventually('the warning is to be told', async () => {
      const { text } = await asAda.request('/api/v1/notices');
      return text.includes('"state":"pending"') ? true : undefined;
    });
  });
  after(async () => stack.disposeAsync());

  const owner = (name: string): string => `/?owner=${encodeURIComponent(name)}`;
  const lists: readonly (readonly [page: string, entries?: number])[] = [
    ['/', MACHINES.length + MANY],
    [owner('Mustermann, Max'), 1],
    [owner('ADA'), 1],
    [owner('-'), MANY + 1],
    [owner(' lead \\ '), 1],
    ['/?mine=true', 1],
    [`${owner('ADA')}&mine=true`, 1],
    [`${owner('Mustermann, Max')}&mine=true`, 0],
    ['/?tag=team%3Dml%2Cstage%3Ddev', 1],
    ['/?tag=team+%3D+ml', 2],
    ['/?tag=team%3Dml%2Cvision', 1],
    ['/?tag=team%3Da%3Db', 1],
    ['/?tag=ml', 4],
    ['/?text=dev&tag=team%3Dml', 1],
    [`/?text=${'x'.repeat(250)}`, 1],
    [`/?text=${encodeURIComponent('日本語')}`, 1],
    ['/?page=2', 0],
    ['/operations'],
    ['/operations?dryrun=false', 1],
    ['/operations?limit=3', 3],
    ['/operations?since=2126-11-28T00%3A00%3A00Z', 0],
    ['/notices?state=pending', 1],
    ['/notices?state=sent', 0],
    ['/notices?operation=01a2213b-8e16-70a2-a716-bbb08b122a73', 0],
    ['/audit?who=ada'],
    ['/audit?who=ada&limit=4', 4],
  ];
  for (const [page, entries] of lists)
    test(page.slice(0, 80), async () => {
      await expectSame(page, entries);
    });

  for (const list of ['/operations', '/audit'])
    test(`the second part of ${list}`, async () => {
      const { html } = await linesOf(asAda, `${list}?limit=2`);
      const [, next] = /rel="next" href="[^"]*\?([^"]+)"/.exec(html) ?? [];
      assert.ok(next, html);
      await expectSame(`${list}?${next.replaceAll('&amp;', '&')}`, 2);
    });

  async function expectSame(page: string, entries: number | undefined): Promise<void> {
    const { html, api, cli } = await linesOf(asAda, page);
    const [onPage, inObject] = ENTRIES[page.replace(/\?.*/, '')] ?? [/$^/g, /$^/];
    const shown = [...html.matchAll(onPage)].map(([, mark]) => mark);
    if (entries === undefined) assert.ok(shown.length > MANY, html);
    else assert.equal(shown.length, entries, html);
    const found = listIn.parse(JSON.parse(await callApi(asAda, api)));
    const marked = (text: string): string | undefined => inObject.exec(text)?.[1];
    assert.deepEqual(
      found.map((entry) => marked(JSON.stringify(entry))),
      shown,
      api,
    );
    const lines = (await paste(operator, cli, secretOf('ada'))).split('\n').filter((line) => line !== '');
    assert.deepEqual(lines.map(marked), shown, cli);
  }
});

function headersOf(init: RequestInit | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(new Headers(init?.headers ?? {}));
}
