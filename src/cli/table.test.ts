import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from './screen.ts';
import { layOut, type Column } from './table.ts';

const COLUMNS: readonly Column[] = [
  { heading: 'ID', cells: [{ text: 'one' }, { text: 'three' }] },
  { heading: 'NAME', cells: [{ text: 'a\u001Bb' }, { text: '' }], goes: 2 },
  { heading: 'WHY', cells: [{ text: 'x'.repeat(40) }, { text: 'short' }], goes: 1, least: 24 },
];

function lay(width?: number): readonly string[] {
  return layOut(COLUMNS, width).map((line) => render(line, false));
}

test('columns stand under their headings, as wide as what is shown of them', () => {
  assert.deepEqual(lay(), ['ID     NAME      WHY', `one    a\\u{1b}b  ${'x'.repeat(40)}`, 'three            short']);
});

test('the last column is cut, then columns go', () => {
  const wide: Column = { heading: 'HOST', cells: [{ text: 'h'.repeat(30) }], least: 10 };
  const reason: Column = { heading: 'REASON', cells: [{ text: 'r'.repeat(20) }], least: 12 };
  const cutDown = (width: number): string => render(layOut([wide, reason], width)[1] ?? [], false);
  assert.equal(cutDown(52), `${'h'.repeat(30)}  ${'r'.repeat(20)}`);
  assert.equal(cutDown(46), `${'h'.repeat(30)}  ${'r'.repeat(13)}…`);
  assert.equal(cutDown(30), `${'h'.repeat(15)}…  ${'r'.repeat(11)}…`);
  assert.equal(lay(42)[1], `one    a\\u{1b}b  ${'x'.repeat(24)}…`);
  for (const line of lay(42)) assert.ok(line.length <= 42);
  assert.deepEqual(lay(30), ['ID     NAME', 'one    a\\u{1b}b', 'three  ']);
  assert.deepEqual(lay(12), ['ID', 'one', 'three']);
  assert.deepEqual(lay(3), ['ID', 'one', 'th…'], 'something has to stay');
});
