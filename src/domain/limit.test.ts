import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BY_PERSON, GUARD_SETTINGS, instanceWith, intentWith, NOON } from '../../test/support/operation.ts';
import type { GuardSettings } from './guard-settings.ts';
import { tellReached, fleetKey, freeAt, ledgerEntries, waitFor } from './limit.ts';

describe('when a limit has room again', () => {
  const limit = { count: 2, perMs: 1_000 };

  test('now, as long as there are fewer acts than it allows', () => {
    assert.equal(freeAt(limit, [], NOON), undefined);
    assert.equal(freeAt(limit, [NOON - 1], NOON), undefined);
    assert.equal(freeAt(limit, [NOON - 1_000, NOON - 1], NOON), undefined, 'the first one is forgotten at this moment');
  });

  test('once so many are forgotten that one more fits in', () => {
    assert.equal(freeAt(limit, [NOON - 999, NOON - 1], NOON), NOON + 1);
    assert.equal(freeAt(limit, [NOON - 900, NOON - 800, NOON - 700], NOON), NOON + 200, 'there were too many already');
  });

  test('then there is room indeed', () => {
    const times = [NOON - 999, NOON - 500, NOON - 500, NOON];
    const until = freeAt(limit, times, NOON);
    assert.ok(until !== undefined);
    assert.equal(freeAt(limit, times, until), undefined);
    assert.notEqual(freeAt(limit, times, until - 1), undefined);
  });

  test('acts of a clock that is ahead count, too', () => {
    assert.equal(freeAt(limit, [NOON + 5, NOON + 10], NOON), NOON + 1_005);
  });
});

describe('what an act is counted as', () => {
  const instance = instanceWith({ tags: { team: 'ml', stage: 'dev' } });
  const settings: GuardSettings = {
    ...GUARD_SETTINGS,
    fleetLimits: [
      ...GUARD_SETTINGS.fleetLimits,
      { count: 3, perMs: 5, only: { stage: 'dev', team: 'ml' } },
      { count: 4, perMs: 6, only: { team: 'web' } },
    ],
  };

  test("an automatic stop: as the machine's, as the fleet's, and as that of each selector that chooses it", () => {
    assert.deepEqual(ledgerEntries(intentWith(), instance, settings), [
      { key: 'stop i-00000000000000001' },
      { key: 'fleet', limit: { count: 25, perMs: 600_000 } },
      {
        key: 'fleet [["stage","dev"],["team","ml"]]',
        limit: { count: 3, perMs: 5, only: { stage: 'dev', team: 'ml' } },
      },
    ]);
  });

  test("an automatic start: as the machine's", () => {
    assert.deepEqual(ledgerEntries(intentWith({ verb: 'start' }), instance, settings), [
      { key: 'start i-00000000000000001' },
    ]);
  });

  test('what a person asks for, and a dry run: as nothing', () => {
    assert.deepEqual(ledgerEntries(intentWith({ cause: BY_PERSON }), instance, settings), []);
    assert.deepEqual(ledgerEntries(intentWith({ dryRun: true }), instance, settings), []);
  });

  test("with the limit turned off: as the machine's alone", () => {
    const off = new Set(['fleet_limit']);
    assert.deepEqual(ledgerEntries(intentWith(), instance, { ...settings, off }), [
      { key: 'stop i-00000000000000001' },
    ]);
  });
});

test('a selector has the same key in whichever order its tags are written, and none has that of the fleet', () => {
  assert.equal(fleetKey({ a: '1', b: '2' }), fleetKey({ b: '2', a: '1' }));
  assert.notEqual(fleetKey({ a: '1' }), fleetKey(undefined));
});

test('limits are described for people', () => {
  assert.equal(tellReached({ count: 25, perMs: 600_000 }), 'the limit of 25 automatic stops in 10m is reached');
  assert.equal(
    tellReached({ count: 3, perMs: 90_000, only: { team: 'ml' } }),
    'the limit of 3 automatic stops in 1m 30s of machines with "team"="ml" is reached',
  );
});

test('a limit that is about to have room is not looked at before five seconds have gone by', () => {
  const limit = { count: 1, perMs: 60_000 };
  assert.equal(waitFor(limit, [], NOON), undefined);
  assert.equal(waitFor(limit, [NOON - 59_999], NOON), NOON + 5_000);
  assert.equal(waitFor(limit, [NOON - 10_000], NOON), NOON + 50_000);
});
