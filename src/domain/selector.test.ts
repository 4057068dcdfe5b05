import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSelected, selectorKey } from './selector.ts';

test('every tag must be there, with that very value', () => {
  const tags = { team: 'ml', stage: 'dev' };
  assert.ok(isSelected({ team: 'ml' }, { tags }));
  assert.ok(isSelected({ team: 'ml', stage: 'dev' }, { tags }));
  assert.ok(isSelected({}, { tags }));
  assert.ok(!isSelected({ team: 'ML' }, { tags }));
  assert.ok(!isSelected({ team: 'ml', stage: 'prod' }, { tags }));
  assert.ok(!isSelected({ owner: '' }, { tags }));
  assert.ok(!isSelected({ constructor: '' }, { tags: {} }));
});

test('the order in which tags are written makes no difference', () => {
  assert.equal(selectorKey({ a: '1', b: '2' }), selectorKey({ b: '2', a: '1' }));
  assert.notEqual(selectorKey({ a: '1' }), selectorKey({ a: '2' }));
});
