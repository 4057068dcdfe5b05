import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { openFlow, sealFlow, type Flow } from './flow.ts';

const NOW = Date.UTC(2026, 10, 27, 14);
const KEY = 'a-key-that-all-replicas-share';
const FLOW: Flow = { state: 's', nonce: 'n', verifier: 'v', next: '/machines?owner=ann', expiresAt: NOW + 1 };

test('a login that is under way comes back as it was, until its time is over', () => {
  const sealed = sealFlow(FLOW, KEY);
  assert.match(sealed, /^[\w.-]+$/);
  assert.deepEqual(openFlow(sealed, KEY, NOW), FLOW);
  assert.equal(openFlow(sealed, KEY, NOW + 1), undefined);
});

test('nothing else is a login: not a changed one, not one of another key, not what the key signs for others', () => {
  const sealed = sealFlow(FLOW, KEY);
  const [payload = '', mac = ''] = sealed.split('.');
  const altered = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('/machines', '//evil'));
  const otherwise = createHmac('sha256', KEY).update(payload).digest('base64url');
  const forged = ['', '.', payload, `${payload}.`, `${sealed}.`, `${sealed}A`, `.${mac}`];
  forged.push(`${altered.toString('base64url')}.${mac}`, `${payload}.${otherwise}`, sealFlow(FLOW, 'another-key'));
  for (const text of forged) assert.equal(openFlow(text, KEY, NOW), undefined, text);
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = `${sealed.slice(0, index)}${sealed[index] === 'B' ? 'C' : 'B'}${sealed.slice(index + 1)}`;
    assert.equal(openFlow(changed, KEY, NOW), undefined, `character ${index}`);
  }
});
