import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BY_ALERT, BY_PERSON, HOUR, NOON, intentWith } from '../../test/support/operation.ts';
import type { Cause } from './cause.ts';
import { findOverruling } from './precedence.ts';
import { tellWord, wordOfCancel, wordOfRequest, type Word } from './word.ts';

const ID = 'i-00000000000000001';
const KEEP: Word = { instance: ID, verb: 'stop', kind: 'cancel', at: NOON, who: 'anna' };
const RESOLVED: Cause = { by: 'alert', fingerprint: 'f1', alertname: 'UnusedGPU', beganAt: NOON, resolved: true };
const began = (beganAt: number) => ({ ...BY_ALERT, beganAt });

describe('a word', () => {
  test('overrules the alerts that began before it, and the one that began with it', () => {
    assert.equal(findOverruling([KEEP], ID, intentWith()), KEEP);
    assert.equal(findOverruling([KEEP], ID, intentWith({ cause: began(NOON) })), KEEP);
    assert.equal(findOverruling([KEEP], ID, intentWith({ cause: began(NOON + 1) })), undefined);
  });

  test('overrules what is asked because an alert has ended before it', () => {
    assert.equal(findOverruling([KEEP], ID, intentWith({ cause: RESOLVED })), KEEP);
  });

  test('is about one verb and one machine', () => {
    assert.equal(findOverruling([KEEP], ID, intentWith({ verb: 'start' })), undefined);
    const id = 'i-00000000000000002';
    const other = intentWith({ target: { kind: 'instance', id, text: id } });
    assert.equal(findOverruling([KEEP], id, other), undefined);
  });

  test('applies to the same name while the machine is unknown', () => {
    const named = intentWith({ target: { kind: 'name', name: 'gpu-7.example', text: 'gpu-7.example:9400' } });
    const word = wordOfCancel(undefined, named, 'anna', NOON);
    assert.deepEqual(word, { ...KEEP, instance: 'gpu-7.example' });
    assert.ok(word);
    assert.equal(findOverruling([word], ID, named), word);
    assert.equal(findOverruling([word], ID, intentWith()), undefined);
  });

  test('overrules what another person asked for before it, and not what she asks for later', () => {
    const asked = (beganAt: number) => intentWith({ cause: { ...BY_PERSON, beganAt } });
    assert.equal(findOverruling([KEEP], ID, asked(NOON - HOUR)), KEEP);
    assert.equal(findOverruling([KEEP], ID, asked(NOON)), undefined);
    assert.equal(findOverruling([KEEP], ID, asked(NOON + 1)), undefined);
  });

  test('does not overrule a dry run', () => {
    assert.equal(findOverruling([KEEP], ID, intentWith({ dryRun: true })), undefined);
  });

  test('of several the newest is told', () => {
    const newer: Word = { ...KEEP, kind: 'request', at: NOON + 1 };
    assert.equal(findOverruling([KEEP, newer], ID, intentWith()), newer);
    assert.equal(findOverruling([newer, KEEP], ID, intentWith()), newer);
  });

  test("a person's start speaks against stops, and her stop against starts; an alert and a dry run say nothing", () => {
    const word = { instance: ID, kind: 'request', at: NOON, who: 'anna' };
    assert.deepEqual(wordOfRequest(ID, intentWith({ verb: 'start', cause: BY_PERSON })), { ...word, verb: 'stop' });
    assert.deepEqual(wordOfRequest(ID, intentWith({ cause: BY_PERSON })), { ...word, verb: 'start' });
    assert.equal(wordOfRequest(ID, intentWith()), undefined);
    assert.equal(wordOfRequest(ID, intentWith({ cause: BY_PERSON, dryRun: true })), undefined);
  });

  test('a cancellation speaks against the verb of what it cancels', () => {
    assert.deepEqual(wordOfCancel(ID, intentWith(), 'anna', NOON), KEEP);
    assert.equal(wordOfCancel(ID, intentWith({ dryRun: true }), 'anna', NOON), undefined);
  });

  test('is told with who, when, and what follows', () => {
    assert.equal(
      tellWord(KEEP),
      'anna cancelled a stop of it at 2026-11-22T12:00:00.000Z: alerts that began before then do nothing',
    );
    assert.match(tellWord({ ...KEEP, kind: 'request' }), /^anna asked to start it at 2026-/);
  });
});
