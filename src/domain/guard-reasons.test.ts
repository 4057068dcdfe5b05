import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { GUARD_NAMES } from './guard.ts';
import { GUARD_REASONS, guardsGiving } from './guard-reasons.ts';

test('every reason in the code of the guards is listed, and no other', () => {
  const sources = globSync('guards/!(*.test).ts', { cwd: import.meta.dirname });
  const given = sources.flatMap((file) => {
    const text = readFileSync(path.join(import.meta.dirname, file), 'utf8');
    return [...text.matchAll(/\b(?:refuse\(|wait\([^']+,\s+)'(\w+)'/g)].map(([, reason]) => reason);
  });
  assert.deepEqual(new Set(given), new Set(Object.values(GUARD_REASONS).flat()));
});

test('a reason leads to the guards that give it, and to none where it comes from elsewhere', () => {
  assert.deepEqual(guardsGiving('managed'), ['managed', 'asg_member']);
  assert.deepEqual(guardsGiving('rival'), []);
});

test('the guide names the reasons of each guard', () => {
  const guide = readFileSync(path.join(import.meta.dirname, '../../docs/guards.md'), 'utf8');
  const rows = [...guide.matchAll(/^\| `(\w+)` +\|[^|]+\| ([^|]+) \|.*\|.*\|.*\|$/gm)];
  const named = rows.map(([, guard, reasons = '']) => [guard, reasons.match(/\w+/g)]);
  assert.deepEqual(
    named,
    GUARD_NAMES.map((guard) => [guard, GUARD_REASONS[guard]]),
  );
});
