import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from './problem.ts';
import { parseQuery } from './query.ts';
import { operateQuerySchema, operationsQuerySchema } from './schemas.ts';

const refuse = (): boolean => false;

function detailOf(
  schema: typeof operateQuerySchema | typeof operationsQuerySchema,
  query: string,
  isIgnored: (name: string) => boolean = refuse,
): string {
  try {
    parseQuery(schema, new URLSearchParams(query), isIgnored);
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    assert.equal(error.problem.status, 400);
    return error.problem.detail;
  }
  return '';
}

test('what is missing or empty has its default', () => {
  assert.equal(parseQuery(operateQuerySchema, new URLSearchParams('wait=&action=stop'), refuse).wait, 10_000);
  assert.equal(parseQuery(operationsQuerySchema, new URLSearchParams(''), refuse).limit, 100);
});

test('unknown names are refused beside the known ones, with what was probably meant', () => {
  assert.equal(
    detailOf(operationsQuerySchema, 'limti=5&__proto__=1&state=done&empty='),
    'expected only the parameters state, verb, dryrun, target, machine, since, limit, cursor; got "limti" (limit?), "__proto__"; ' +
      'state: expected some of queued, waiting, acting, verifying, succeeded, refused, failed, cancelled, separated by commas, got "done"',
  );
  const many = new URLSearchParams(Array.from({ length: 100 }, (_, index) => [`x${index}`, '1'])).toString();
  assert.match(detailOf(operationsQuerySchema, many), /"x4" and more$/);
});

test('unknown names are ignored where the route says so', () => {
  assert.equal(
    detailOf(operateQuerySchema, 'hostname=x&colour=red&__proto__=1', () => true),
    '',
  );
});

test('every parameter that is wrong is named, with what came', () => {
  const detail = detailOf(operationsQuerySchema, 'limit=many&state=done&cursor=1');
  for (const expected of [/limit: .*got "many"/, /state: .*got "done"/, /cursor: .*got "1"/])
    assert.match(detail, expected);
});

test('a duration has a unit, and is at most a minute', () => {
  for (const wait of ['10', '61s', '2m', 'x', '-1s'])
    assert.match(detailOf(operateQuerySchema, `wait=${wait}`), /wait: expected a duration/);
  assert.equal(parseQuery(operateQuerySchema, new URLSearchParams('wait=1m'), refuse).wait, 60_000);
});

test('one that is said twice is refused, whatever it says', () => {
  assert.match(detailOf(operateQuerySchema, 'dryrun=true&dryrun=false'), /"dryrun" once/);
  assert.match(detailOf(operateQuerySchema, 'hostname=a&hostname=a'), /"hostname" once/);
});

test('each of the many names that fit into an address is looked at once: strangers may send them, too', (context) => {
  const getAll = context.mock.method(URLSearchParams.prototype, 'getAll');
  const many = new URLSearchParams(Array.from({ length: 5_000 }, (_, index) => [index.toString(36), '1']));
  parseQuery(operateQuerySchema, many, () => true);
  assert.match(
    detailOf(operateQuerySchema, `${many.toString()}&zz=1`, () => true),
    /"zz" once/,
  );
  assert.ok(getAll.mock.callCount() <= 1, `${getAll.mock.callCount()} times through all of them`);
});
