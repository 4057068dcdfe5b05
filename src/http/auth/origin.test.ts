import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOrigins } from './origin.ts';
import { ProblemError } from '../problem.ts';

/** Whether a change with what browsers send along by themselves is taken from a page of this origin. */
function takes(publicUrl: string | undefined, origin: string, host = new URL(origin).host): boolean {
  try {
    return createOrigins(publicUrl, false).requireOwn(new Headers({ origin, host })) === origin;
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.problem.status, 403);
    return false;
  }
}

const PUBLIC = 'https://ec2.example.com';

test('DNS rebinding: with a public URL, another name changes nothing, though Origin and Host are the same', () => {
  for (const origin of [
    'http://evil.example',
    'http://evil.example:8080',
    'https://ec2.example.com.evil.example',
    'http://localhost.evil.example:8080',
    'http://127.0.0.1.evil.example',
    'http://ec2.example.com',
    'https://ec2.example.com:8443',
  ])
    assert.equal(takes(PUBLIC, origin), false, origin);
  assert.equal(takes(PUBLIC, 'null', 'null'), false);
});

test('with a public URL, its origin counts under any Host, and addresses and localhost where Host says the same', () => {
  assert.ok(takes(PUBLIC, PUBLIC, 'ec2-operator:8080'));
  for (const origin of ['http://127.0.0.1:8080', 'https://10.0.0.5', 'http://[::1]:8080', 'http://localhost:8080']) {
    assert.ok(takes(PUBLIC, origin), origin);
    assert.equal(takes(PUBLIC, origin, 'ec2-operator:8080'), false, origin);
  }
});

/** Whether a request is refused that only a token, or nothing, speaks for. */
function refuses(publicUrl: string | undefined, origin: string, more: Readonly<Record<string, string>> = {}): boolean {
  const headers = new Headers({ host: new URL(origin).host, origin, ...more });
  try {
    createOrigins(publicUrl, false).refuseForeign(headers);
    return false;
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    return true;
  }
}

test('DNS rebinding: nor does another name where no token is asked for; who sends one may have opened another name', () => {
  assert.ok(refuses(PUBLIC, 'http://evil.example:8080'));
  assert.ok(!refuses(PUBLIC, 'http://ec2-operator:8080', { authorization: 'Bearer x' }));
  for (const origin of [PUBLIC, 'http://127.0.0.1:8080', 'http://localhost:8080'])
    assert.ok(!refuses(PUBLIC, origin), origin);
});

test('without a public URL, the name in Host is all that is known', () => {
  assert.ok(takes(undefined, 'http://ec2-operator:8080'));
  assert.ok(!refuses(undefined, 'http://ec2-operator:8080'));
  assert.equal(takes(undefined, 'http://evil.example', 'ec2-operator:8080'), false);
  assert.ok(refuses(undefined, 'http://evil.example', { host: 'ec2-operator:8080' }));
});
