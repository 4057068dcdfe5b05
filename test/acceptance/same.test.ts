/** The lines at the end of pages are pasted into a shell: they do what the page shows, whatever stands in its filter. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';

const run = promisify(execFile);
const PROGRAM = path.join(import.meta.dirname, '..', '..', 'bin', 'ec2-operator.mjs');
const HOSTILE = 'it\'s $(exit 3) `exit 4` "&b=c';

const ENTITIES: Readonly<Record<string, string>> = {
  '&quot;': '"',
  '&#39;': "'",
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
};

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

  /** The lines at the end of the page. */
  async function linesOf(page: string): Promise<readonly [api: string, cli: string]> {
    const { status, text } = await operator.request(page);
    assert.equal(status, 200, text);
    const [, footer = ''] = /<footer>(.*)<\/footer>/s.exec(text) ?? [];
    const [api = '', cli = ''] = [...footer.matchAll(/<code>(.*?)<\/code>/gs)].map(([, code = '']) =>
      code.replaceAll(/&(?:quot|#39|lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity),
    );
    return [api, cli];
  }

  async function callApi(line: string): Promise<string> {
    const [, method = '', where = '', body] = /^(GET|POST) (\S+)(?: (\{.*\}))?$/.exec(line) ?? [];
    const answer = await operator.request(where, body === undefined ? { method } : json(JSON.parse(body)));
    assert.ok(answer.status < 300, `${line}: ${answer.text}`);
    return answer.text;
  }

  async function paste(line: string): Promise<string> {
    // No name of a function has a hyphen.
    const start = `operator() { "${process.execPath}" "${PROGRAM}" "$@"; }`;
    const env = { ...process.env, EC2_OPERATOR_URL: operator.url, EC2_OPERATOR_TOKEN: 'none' };
    const { stdout } = await run('sh', ['-c', `${start}\n${line.replace(/(?<=^|\| )ec2-operator /, 'operator ')}`], {
      env,
    });
    return stdout;
  }

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
      const [api, cli] = await linesOf(page);
      for (const [line, answer] of [
        [api, await callApi(api)],
        [cli, await paste(cli)],
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
      const [api, cli] = await linesOf(page);
      assert.match(await callApi(api), /"(?:operations|notices)":\[\]/);
      assert.equal(await paste(cli), '');
    });

  test('what the pages that ask would do', async () => {
    const [keepByApi, keepByCli] = await linesOf(`/machines/${idOf(2)}/keep`);
    await callApi(keepByApi);
    assert.match(await paste(keepByCli), /"holder":"anyone/);
    const [stopByApi, stopByCli] = await linesOf(`/machines/${idOf(2)}/stop`);
    await callApi(`${stopByApi}&wait=20s`);
    const [, startByCli] = await linesOf(`/machines/${idOf(2)}/start`);
    assert.match(await paste(startByCli), /"state":"succeeded"/);
    assert.match(await paste(stopByCli), /"state":"succeeded"/);
  });
});
