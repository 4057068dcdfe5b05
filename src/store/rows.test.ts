import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertOf } from '../domain/cause.ts';
import { intentWith } from '../../test/support/operation.ts';
import { toIntent } from './rows.ts';

test('the labels that speak for a machine are not lost where an older version wrote them', () => {
  const { cause, ...intent } = intentWith({});
  const older = JSON.stringify({ ...intent, cause, witness: { instanceId: 'i-0123456789abcdef0' } });
  const read = toIntent(older)?.cause;
  assert.deepEqual(read === undefined ? undefined : alertOf(read)?.witness, { instanceId: 'i-0123456789abcdef0' });
  assert.deepEqual(toIntent(JSON.stringify({ ...intent, cause })), { ...intent, cause });
});
