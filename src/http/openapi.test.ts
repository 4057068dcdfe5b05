import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { createHttpApp } from './app.ts';
import { openapi } from './openapi.ts';
import type { HttpParts } from './parts.ts';

const document = z.object({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
});

test('every route of the server is described, and no other', () => {
  // The routes are there before any of the parts is used.
  const { routes } = createHttpApp({} as HttpParts, () => '');
  const served = routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  const described = Object.entries(document.parse(openapi()).paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(described.sort(), [...new Set(served)].sort());
});

test('it survives JSON as it is', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(openapi())), openapi());
});
