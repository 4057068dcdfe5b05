import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from './problem.ts';
import { parseQuery } from './query.ts';
import { operateQuerySchema, operationsQuerySchema } from './schemas.ts';

function detailOf(schema: typeof operateQuerySchema | typeof operationsQuerySchema, query: string): string {
  try {
    parseQuery(schema, new URLSearchParams(query));
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    assert.equal(error.problem.status, 400);
    return error.problem.detail;
  }
  return '';
}

test('what is missing or empty has its default', () => {
  assert.equal(parseQuery(operateQuerySchema, new URLSearchParams('wait=&action=stop')).wait, 10_000);
  assert.equal(parseQuery(operationsQuerySchema, new URLSearchParams('')).limit, 100);
});

test('unknown names are ignored', () => {
  assert.equal(detailOf(operateQuerySchema, 'hostname=x&colour=red&__proto__=1'), '');
});

test('every parameter that is wrong is named, with what came', () => {
  const detail = detailOf(operationsQuerySchema, 'limit=many&state=done&cursor=1');
  for (const expected of [/limit: .*got "many"/, /state: .*got "done"/, /cursor: .*got "1"/])
    assert.match(detail, expected);
});

test('a duration has a unit, and is at most a minute', () => {
  for (const wait of ['10', '61s', '2m', 'x', '-1s'])
    assert.match(detailOf(operateQuerySchema, `wait=${wait}`), /wait: expected a duration/);
  assert.equal(parseQuery(operateQuerySchema, new URLSearchParams('wait=1m')).wait, 60_000);
});

test('one that is said twice is refused, whatever it says', () => {
  assert.match(detailOf(operateQuerySchema, 'dryrun=true&dryrun=false'), /"dryrun" once/);
  assert.match(detailOf(operateQuerySchema, 'hostname=a&hostname=a'), /"hostname" once/);
});
