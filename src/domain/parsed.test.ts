import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quote, show } from './parsed.ts';

test('quoted text is printable ASCII and short, whatever was sent', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      assert.match(quote(text), /^"[\x20-\x7e]{0,198}"$/);
    }),
  );
});

test('quoted text that is short enough reads back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
      fc.pre(text.length <= 30);
      assert.equal(JSON.parse(quote(text)), text);
    }),
  );
});

for (const [text, expected] of [
  ['gpu-1', '"gpu-1"'],
  ['a\n"b"\\', '"a\\n\\"b\\"\\\\"'],
  ['\u007f\u202e', '"\\u007f\\u202e"'],
  ['\ud800', '"\\ud800"'],
  ['x'.repeat(80), `"${'x'.repeat(80)}"`],
  ['x'.repeat(81), `"${'x'.repeat(80)}..."`],
  ['木'.repeat(31), `"${'\\u6728'.repeat(30)}..."`],
] as const) {
  test(`quotes ${expected}`, () => assert.equal(quote(text), expected));
}

for (const [value, expected] of [
  ['stop', '"stop"'],
  [undefined, 'nothing'],
  [null, 'nothing'],
  [['stop'], 'an array'],
  [{}, 'an object'],
  [1, 'a number'],
  [false, 'a boolean'],
] as const) {
  test(`shows ${JSON.stringify(value)} as ${expected}`, () => assert.equal(show(value), expected));
}
