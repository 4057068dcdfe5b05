import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clampTime } from './time.ts';

test('a time that there is stays as it is', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      assert.equal(clampTime(date.getTime()), date.getTime());
    }),
  );
});

test('any other number becomes one that can be written and read everywhere', () => {
  const edges = fc.constantFrom(Infinity, -Infinity, 2 ** 53, 2 ** 63, -(2 ** 63), 8.64e15 + 1, 1e300, 0.5);
  fc.assert(
    fc.property(fc.oneof(edges, fc.double({ noNaN: true })), (ms) => {
      const iso = new Date(clampTime(ms)).toISOString();
      assert.match(iso, /^\d{4}-/);
      assert.ok(Temporal.Instant.from(iso).epochMilliseconds === clampTime(ms));
    }),
  );
});
