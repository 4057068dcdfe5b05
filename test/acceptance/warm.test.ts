/** What the operator makes before anybody asks for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { startOperator } from '../support/operator.ts';

test('the page of machines is made once after the start, without a request for it', async () => {
  await using operator = await startOperator({});
  const line = await eventually('the page was read', async () => {
    const { text } = await operator.request('/metrics');
    return /^ec2_operator_store_duration_seconds_count\{operation="machines"\} [1-9].*$/m.exec(text)?.[0];
  });
  assert.match(line, / 1$/);
});
