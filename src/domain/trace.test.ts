import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTraceId } from './trace.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

test('a traceparent names its trace, also in a version to come', () => {
  assert.equal(parseTraceId(`00-${TRACE}-${PARENT}-01`), TRACE);
  assert.equal(parseTraceId(`01-${TRACE}-${PARENT}-01`), TRACE);
  assert.equal(parseTraceId(`cc-${TRACE}-${PARENT}-01-what-the-future-brings`), TRACE);
});

for (const header of [
  null,
  '',
  `ff-${TRACE}-${PARENT}-01`,
  `00-${TRACE}-${PARENT}-01-more`,
  `00-${TRACE}-${PARENT}`,
  `00-${TRACE.toUpperCase()}-${PARENT}-01`,
  `00-${'0'.repeat(32)}-${PARENT}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE}-${PARENT}-01\n`,
  ` 00-${TRACE}-${PARENT}-01`,
  `00-${TRACE.slice(1)}-${PARENT}-01`,
]) {
  test(`${JSON.stringify(header)} names none`, () => {
    assert.equal(parseTraceId(header), undefined);
  });
}
