import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenidDoor, type DoorParts, type OpenidDoor } from './door.ts';
import { LoginError } from './login-error.ts';
import type { Openid } from './provider.ts';

const NOW = Date.UTC(2026, 10, 27, 14);

/** The provider's part alone: that it checks answers is proved elsewhere. */
function openid(state = 'a-state'): Openid {
  return {
    begin: async (next) =>
      Promise.resolve({
        url: new URL('https://login.example.com/authorize'),
        flow: { state, nonce: 'n', verifier: 'v', next, expiresAt: NOW + 600_000 },
      }),
    finish: async () => Promise.resolve({ name: 'ann@example.org', groups: [], lacksGroups: false }),
  };
}

function doorOf(more: Partial<DoorParts> = {}): { readonly door: OpenidDoor; readonly time: { now: number } } {
  const time = { now: NOW };
  const parts = {
    openid: openid(),
    issuer: 'https://login.example.com',
    publicUrl: 'https://ops.example.com',
    store: { writeSettingOnce: async () => Promise.resolve('the-key-of-all-replicas') },
    clock: () => time.now,
    ...more,
  };
  return { door: createOpenidDoor(parts), time };
}

function withCookies(...cookies: readonly string[]): Headers {
  return new Headers({ cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') });
}

const ANSWER = new URLSearchParams({ state: 'a-state', code: 'c' });

async function isStale(promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof LoginError && error.fault === 'stale');
}

const never = (): void => assert.fail('the provider is not asked for a stale answer');

test('the cookie of a login is short-lived, for this host alone, and out of reach of scripts', async () => {
  const { door } = doorOf();
  const { cookie, to } = await door.begin('/machines');
  assert.match(cookie, /^__Host-ec2op_login=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600; Secure$/);
  assert.equal(to, 'https://login.example.com/authorize');
  assert.equal(door.forget, '__Host-ec2op_login=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure');
  const { door: plain } = doorOf({ publicUrl: 'http://127.0.0.1:8080' });
  assert.match((await plain.begin('/')).cookie, /^ec2op_login=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/);
});

test('any replica finishes what another one began, once', async () => {
  const { cookie } = await doorOf().door.begin('/machines');
  const { door } = doorOf();
  const headers = withCookies('other=1', cookie);
  const { person, next } = await door.finish(headers, ANSWER, () => undefined);
  assert.deepEqual([person.name, next], ['ann@example.org', '/machines']);
  await isStale(door.finish(headers, ANSWER, never));
});

test('an answer that has to wait because too many others have failed counts afterwards', async () => {
  const { door } = doorOf();
  const headers = withCookies((await door.begin('/machines')).cookie);
  const wait = (): void => {
    throw new Error('try again in 6 s');
  };
  await assert.rejects(door.finish(headers, ANSWER, wait), /try again in 6 s/);
  assert.equal((await door.finish(headers, ANSWER, () => undefined)).next, '/machines');
});

test('an answer without its login, of another one, or too late is nobody', async () => {
  const { door, time } = doorOf();
  const { cookie } = await door.begin('/');
  await isStale(door.finish(new Headers(), ANSWER, never));
  await isStale(door.finish(withCookies('__Host-ec2op_login=x.y'), ANSWER, never));
  await isStale(door.finish(withCookies(cookie, '__Host-ec2op_login=planted'), ANSWER, never));
  await isStale(door.finish(withCookies(`\u00a0${cookie}`), ANSWER, never));
  await isStale(door.finish(withCookies(cookie), new URLSearchParams({ code: 'c' }), never));
  await isStale(door.finish(withCookies(cookie), new URLSearchParams({ code: 'c', state: 'guessed' }), never));
  assert.equal(await door.wanted(withCookies((await door.begin('/machines')).cookie)), '/machines');
  assert.equal(await door.wanted(withCookies('__Host-ec2op_login=x.y')), '/');
  time.now += 600_000;
  await isStale(door.finish(withCookies(cookie), ANSWER, never));
});
