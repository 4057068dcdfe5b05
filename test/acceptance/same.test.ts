/** The lines at the end of pages are pasted into a shell: they do what the page shows, whatever stands in its filter. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { json, requestsTo, startOperator, type Operator } from '../support/operator.ts';
import { callApi, linesOf, paste } from '../support/same.ts';
import { as, configWith, secretOf } from '../support/tokens.ts';

const HOSTILE = 'it\'s $(exit 3) `exit 4` "&b=c';

describe('the same by API and by command', { concurrency: 2 }, () => {
  const stack = new AsyncDisposableStack();
  let operator: Operator;

  before(async () => {
    operator = stack.use(
      await startOperator({
        machines: [
          machine(1, { name: HOSTILE, launched: '1d ago', tags: { owner: HOSTILE, team: 'ml' } }),
          machine(2, { name: '-x', launched: '1d ago' }),
        ],
        config: JSON.stringify({ zone: 'Europe/Berlin' }),
        watch: true,
      }),
    );
    await eventually('the watch has looked', async () => {
      const { text } = await operator.request('/');
      return text.includes(`id="${idOf(2)}"`) ? true : undefined;
    });
    await operator.request('/api/v1/holds', json({ target: idOf(1), for: '2h' }));
  });
  after(async () => stack.disposeAsync());

  const hostile = encodeURIComponent(HOSTILE);
  const lists: readonly (readonly [page: string, has: string, lacks: string])[] = [
    [`/?text=${hostile}&sort=stops&down=true`, idOf(1), idOf(2)],
    [`/?owner=${hostile}&state=running`, idOf(1), idOf(2)],
    ['/?tag=team%3Dml', idOf(1), idOf(2)],
    ['/?tag=-x', idOf(2), idOf(1)],
    ['/?text=-x&page=1', idOf(2), idOf(1)],
    [`/audit?machine=${idOf(1)}&who=anyone&event=hold&since=2020-01-01T10:00&until=2050-01-01T10:00`, idOf(1), idOf(2)],
    [`/machines/${idOf(1)}`, idOf(1), idOf(2)],
    [`/machines/${idOf(1)}/outlook`, idOf(1), idOf(2)],
    ['/savings?days=7&by=owner', '"', idOf(2)],
    ['/settings', 'Europe/Berlin', idOf(2)],
  ];
  for (const [page, has, lacks] of lists)
    test(`what ${page} shows`, async () => {
      const { api, cli } = await linesOf(operator, page);
      for (const [line, answer] of [
        [api, await callApi(operator, api)],
        [cli, await paste(operator, cli)],
      ] as const) {
        assert.ok(answer.includes(has), `${line}: ${answer}`);
        assert.ok(!answer.includes(lacks), `${line}: ${answer}`);
      }
    });

  for (const page of [
    `/operations?machine=${hostile}&state=failed&verb=stop&dryrun=true`,
    '/operations?dryrun=false',
    `/notices?machine=${hostile}&state=failed&kind=warning`,
    '/notices?machine=-x',
  ])
    test(`what ${page} shows is nothing yet`, async () => {
      const { api, cli } = await linesOf(operator, page);
      assert.match(await callApi(operator, api), /"(?:operations|notices)":\[\]/);
      assert.equal(await paste(operator, cli), '');
    });

  test('what the pages that ask would do', async () => {
    const keep = await linesOf(operator, `/machines/${idOf(2)}/keep`);
    await callApi(operator, keep.api);
    assert.match(await paste(operator, keep.cli), /"holder":"anyone/);
    const stop = await linesOf(operator, `/machines/${idOf(2)}/stop`);
    await callApi(operator, `${stop.api}&wait=20s`);
    const start = await linesOf(operator, `/machines/${idOf(2)}/start`);
    assert.match(await paste(operator, start.cli), /"state":"succeeded"/);
    assert.match(await paste(operator, stop.cli), /"state":"succeeded"/);
  });

  test('what pages ask that offer no time, because the rules allow none of them', async () => {
    await using strict = await startOperator({
      machines: [machine(1, { launched: '1d ago', tags: { stage: 'batch' } })],
      environment: { AUTH: '' },
      config: configWith(
        { pia: { scopes: ['read', 'start'] } },
        { holds: { rules: [{ only: { stage: 'batch' }, longest: '30m' }] } },
      ),
      watch: true,
    });
    const asPia = requestsTo(strict.url, as('pia'));
    await eventually('the watch has looked', async () => {
      const { text } = await asPia.request('/');
      return text.includes(`id="${idOf(1)}"`) ? true : undefined;
    });
    const keep = await linesOf(asPia, `/machines/${idOf(1)}/keep`);
    assert.deepEqual([keep.api, keep.cli], ['', '']);
    const start = await linesOf(asPia, `/machines/${idOf(1)}/start`);
    assert.equal(start.api, `GET /operateInstance?action=start&dryrun=false&instance=${idOf(1)}`);
    assert.match(await paste(strict, start.cli, secretOf('pia')), /"reason":"already_in_state"/);
  });

  test('what the page of a machine shows that the watch has not seen', async () => {
    const unseen = idOf(9);
    const { operation } = await operator.ask(`/operateInstance?action=stop&dryrun=true&instance=${unseen}`);
    const { api, cli } = await linesOf(operator, `/machines/${unseen}`);
    for (const answer of [await callApi(operator, api), await paste(operator, cli)])
      assert.ok(answer.includes(operation.id), answer);
  });
});
