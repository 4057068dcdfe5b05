/** Parameters that a route does not know: a misspelt filter must not show more than was asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROUTES } from '../../src/http/routes.ts';
import { addressOf, idOf } from '../support/fleet.ts';
import { problemIn, startOperator } from '../support/operator.ts';

const PAGES = ['/', '/machines/rows', '/savings', '/operations', '/notices', '/audit'];
const page = { headers: { accept: 'text/html' } };
const pathOf = (path: string): string => path.replaceAll(/\{\w+\}/g, idOf(1));

test('the API refuses them on every route, and names those that it knows', async () => {
  await using operator = await startOperator();
  const routes = ROUTES.filter(({ path, access }) => path.startsWith('/api/') && access !== 'open');
  assert.ok(routes.length > 25, `${routes.length} routes`);
  for (const { method, path, body } of routes) {
    // A body is read after the parameters.
    const answer = await operator.request(`${pathOf(path)}?perid=30`, {
      method,
      ...(body === undefined ? {} : { body: '{}', headers: { 'content-type': 'application/json' } }),
    });
    assert.match(problemIn(answer, 400), /expected (?:no|only the) parameters.*; got "perid"/, `${method} ${path}`);
  }
  const detail = problemIn(await operator.request('/api/v1/savings.csv?dyas=7'), 400);
  assert.equal(
    detail,
    'expected only the parameters days, since, until, by, owner, mine, machine, rule, zone; got "dyas" (days?)',
  );
});

test('pages refuse them in a sentence, and ignore what mail programs add', async () => {
  await using operator = await startOperator();
  for (const path of PAGES) {
    const refused = await operator.request(`${path}?onwer=ann`, page);
    assert.equal(refused.status, 400, path);
    assert.match(refused.text, /<p>Expected only the parameters .*; got &quot;onwer&quot;/, path);
    const shown = await operator.request(`${path}?utm_source=mail&fbclid=1`, page);
    assert.equal(shown.status, 200, path);
    assert.doesNotMatch(shown.text, /Nothing fits this filter/, path);
  }
});

test('the routes of the original, probes, scrapes and the login ignore them', async () => {
  await using operator = await startOperator();
  for (const path of ['/ping', '/readyz', '/metrics', '/openapi.json'])
    assert.equal((await operator.request(`${path}?perid=30&perid=30`)).status, 200, path);
  assert.equal((await operator.request('/login?code=1', page)).status, 200);
  assert.equal((await operator.ask(`/operateHostname?hostname=${addressOf(1)}&action=stop&colour=red`)).status, 200);
  assert.equal((await operator.ask(`/operateInstance?instance=${idOf(2)}&action=stop&colour=red`)).status, 200);
});
