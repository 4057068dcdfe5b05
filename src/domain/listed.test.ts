import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { joinListed, splitListed } from './listed.ts';

test('texts come back as they were, whatever stands in them', () => {
  const text = fc.string({ unit: fc.constantFrom(',', '\\', 'a', ' ', 'é') });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), (texts) => {
      assert.deepEqual(splitListed(joinListed(texts)), texts);
    }),
  );
});

test('commas separate, and a backslash before them does not', () => {
  assert.deepEqual(splitListed(String.raw`pia,Mustermann\, Max,a\b,\\,`), [
    'pia',
    'Mustermann, Max',
    String.raw`a\b`,
    '\\',
    '',
  ]);
});
