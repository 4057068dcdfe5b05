/** What the document says about scopes is what the server does. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { stringify } from 'yaml';
import * as z from 'zod';
import { SCOPES, type Scope } from '../../src/domain/scope.ts';
import { openapi } from '../../src/http/openapi.ts';
import { startOperator } from '../support/operator.ts';

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ security: z.array(z.record(z.string(), z.array(z.string()))) })),
  ),
});

test('the scopes in openapi.json', async (t) => {
  const tokens = SCOPES.map((scope) => ({
    name: scope,
    scopes: [scope],
    sha256: createHash('sha256').update(secretOf(scope)).digest('hex'),
  }));
  await using operator = await startOperator({ environment: { AUTH: 'token' }, config: stringify({ tokens }) });
  const { paths } = documentSchema.parse(openapi());
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { security }] of Object.entries(methods)) {
      const scopes = security.flatMap((way) => way['bearer'] ?? []);
      await t.test(`${method.toUpperCase()} ${path}: ${scopes.join(' or ') || 'none'}`, async () => {
        const admitted = await Promise.all(SCOPES.map(async (scope) => isAdmitted(method, path, scope)));
        const expected = SCOPES.map((scope) => scopes.length === 0 || scopes.includes(scope) || scope === 'admin');
        assert.deepEqual(admitted, expected);
      });
    }
  }

  async function isAdmitted(method: string, path: string, scope: Scope): Promise<boolean> {
    const url = path.replace('{id}', '00000000-0000-4000-8000-000000000000').replace('{name}', 'nobody');
    const hasBody = method === 'post' || method === 'put';
    const { status } = await operator.request(url, {
      method: method.toUpperCase(),
      headers: { authorization: `Bearer ${secretOf(scope)}`, 'content-type': 'application/json' },
      ...(hasBody ? { body: '{"alerts":[]}' } : {}),
    });
    return status !== 401 && status !== 403;
  }
});

function secretOf(scope: Scope): string {
  return `the-token-of-${scope}`;
}
