import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isZone } from './zone.ts';

test('a zone is what times of day can be counted in', () => {
  for (const name of ['UTC', 'Europe/Berlin', 'asia/kolkata', 'America/Argentina/Buenos_Aires', '+02:00'])
    assert.ok(isZone(name), name);
  for (const name of ['IST', 'PST8PDT4', 'CET+1', 'Mars/Olympus', '', ' UTC', 'local', 'AST4ADT'])
    assert.ok(!isZone(name), name);
});

test('every zone that is said to be one can be counted with', () => {
  for (const name of Intl.supportedValuesOf('timeZone')) assert.ok(isZone(name), name);
});
