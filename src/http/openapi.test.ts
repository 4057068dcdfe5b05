import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openapi } from './openapi.ts';
import { ROUTES } from './routes.ts';

test('every route of the table is described, and no other', () => {
  const described = Object.entries(openapi(ROUTES).paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const listed = ROUTES.map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(described.sort(), listed.sort());
});

test('the parameters of each path are those that its schema names', () => {
  for (const { path, params } of ROUTES) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    assert.deepEqual(Object.keys(params?.shape ?? {}), named, path);
  }
});

test('it survives JSON as it is', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(openapi(ROUTES))), openapi(ROUTES));
});
