import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookieValues } from './cookie-values.ts';

const NAME = '__Host-a';

test('the values of a name are found among others', () => {
  assert.deepEqual(cookieValues('b=1; __Host-a=2;\t__Host-a=3 ;__Host-ab=4', NAME), ['2', '3']);
  assert.deepEqual(cookieValues(null, NAME), []);
});

test('a name with anything but the white space of HTTP before it is another name, which a neighbouring host may set', () => {
  for (const code of Array.from({ length: 256 }, (_, index) => index)) {
    const before = String.fromCharCode(code);
    const isSpace = [' ', '\t', ';'].includes(before);
    assert.deepEqual(cookieValues(`${before}__Host-a=2`, NAME), isSpace ? ['2'] : [], `byte ${code}`);
  }
});
