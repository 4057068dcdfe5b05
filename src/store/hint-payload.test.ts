import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_HINTED } from '../domain/hint.ts';
import { readPayload, toPayload } from './hint-payload.ts';

const idOf = (number: number): string => `i-${number.toString(16).padStart(17, '0')}`;

test('the other replicas read what one sends, and it skips its own', () => {
  for (const hint of [{ machines: [] }, { machines: [idOf(1), idOf(2)] }, { all: true }] as const) {
    const payload = toPayload('mine', hint);
    assert.deepEqual(readPayload('other', payload), hint);
    assert.equal(readPayload('mine', payload), undefined);
  }
});

test('the largest hint fits into a notification', () => {
  const machines = Array.from({ length: MOST_HINTED }, (_, index) => idOf(index));
  const payload = toPayload('mine', { machines });
  assert.ok(Buffer.byteLength(payload) < 8_000);
  assert.deepEqual(readPayload('other', payload), { machines });
});

test('ids that are too long, or none, become all', () => {
  const long = Array.from({ length: 160 }, (_, index) => `i-${String(index).padStart(55, '0')}`);
  assert.equal(toPayload('mine', { machines: long }), 'mine *');
  assert.equal(toPayload('mine', { machines: ['i-1', 'i-2 i-3'] }), 'mine *');
  assert.equal(toPayload('mine', { machines: ["'; drop table operation; --"] }), 'mine *');
});

test('a payload of a stranger is no more than "all"', () => {
  const many = Array.from({ length: MOST_HINTED + 1 }, () => 'i-1').join(' ');
  for (const payload of ['*', 'x <script>', 'x  i-1', `x ${'i'.repeat(61)}`, 'x i-1\ni-2', `x ${many}`])
    assert.deepEqual(readPayload('mine', payload), { all: true }, payload);
});
