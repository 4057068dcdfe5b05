import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BY_ALERT, BY_PERSON, intentWith, NOON, queuedWith } from '../../test/support/operation.ts';
import { beats } from './rival.ts';

const person = (beganAt: number, createdAt = beganAt) =>
  queuedWith({ id: 'person', createdAt, intent: intentWith({ cause: { ...BY_PERSON, beganAt } }) });
const alert = (createdAt: number) => queuedWith({ id: 'alert', createdAt });

test('a person beats automation, older or newer', () => {
  for (const createdAt of [NOON - 1, NOON, NOON + 1]) {
    assert.equal(beats(person(createdAt), alert(NOON)), true);
    assert.equal(beats(alert(NOON), person(createdAt)), false);
  }
});

test('among equals the newer beats the older', () => {
  assert.equal(beats(alert(NOON + 1), alert(NOON)), true);
  assert.equal(beats(alert(NOON), alert(NOON + 1)), false);
  assert.equal(beats(person(NOON + 1), person(NOON)), true);
  assert.equal(beats(person(NOON + 2, NOON), person(NOON + 1)), true, 'she has joined an older operation');
});

test('of two different operations exactly one wins', () => {
  const operation = fc
    .record({ id: fc.uuid(), createdAt: fc.integer({ min: NOON, max: NOON + 2 }), byPerson: fc.boolean() })
    .map(({ id, createdAt, byPerson }) =>
      queuedWith({ id, createdAt, intent: intentWith({ cause: byPerson ? BY_PERSON : BY_ALERT }) }),
    );
  fc.assert(
    fc.property(operation, operation, (one, other) => {
      fc.pre(one.id !== other.id);
      assert.notEqual(beats(one, other), beats(other, one));
    }),
  );
});
