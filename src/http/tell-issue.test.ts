/** Every parameter of every page and list, by the route table: no answer has the words of the library that parses them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from './problem.ts';
import { parseQuery } from './query.ts';
import { ROUTES } from './routes.ts';

/** Wrong for whatever takes no free text. */
const WRONG = ['foo', '0', '-1', '1.5', '99999999999', 'x'.repeat(3_000)];
const FOREIGN = /invalid|too (?:big|small)|NaN|input|received|zod/i;

const refuse = (): boolean => false;

function* asked(): Iterable<readonly [what: string, detail: string]> {
  for (const { method, path, query } of ROUTES) {
    if (query === undefined) continue;
    const names = 'shape' in query ? Object.keys(query.shape) : [];
    for (const name of names)
      for (const value of WRONG)
        try {
          parseQuery(query, new URLSearchParams({ [name]: value }), refuse);
        } catch (error) {
          assert.ok(error instanceof ProblemError, `${path}: ${String(error)}`);
          yield [`${method} ${path}?${name}=${value.slice(0, 20)}`, error.problem.detail];
        }
  }
}

test('what was expected is said in words of ours', () => {
  const answers = [...asked()];
  assert.ok(answers.length > 50, `${answers.length} answers`);
  for (const [what, detail] of answers) {
    assert.match(detail, /expected|there is no/, what);
    assert.doesNotMatch(detail.replaceAll(/got ".*?"/g, ''), FOREIGN, what);
  }
});

test('a list of words names them', () => {
  const machines = ROUTES.find(({ path, method }) => path === '/' && method === 'GET');
  assert.ok(machines?.query !== undefined);
  const { query } = machines;
  assert.throws(
    () => parseQuery(query, new URLSearchParams({ state: 'foo', page: 'x', sort: 'up' }), refuse),
    /state: expected one of pending, running.*got "foo".*sort: expected one of name, state.*page: expected a value that is a number, got "x"/,
  );
});
