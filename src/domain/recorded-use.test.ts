import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GUARD_SETTINGS } from '../../test/support/operation.ts';
import type { AlertSpan } from './alert-span.ts';
import type { Interval } from './machine.ts';
import { gapsOf } from './past-use.ts';
import { recordedUse, type MachineHistory } from './recorded-use.ts';
import { replay } from './replay.ts';
import type { StopRecord } from './stop-record.ts';

const MIN = 60_000;
const PERIOD = { since: 0, until: 10_000 * MIN };
const WINDOW = 30 * MIN;
const id = 'i-00000000000000001';

function span(since: number, until: number, more: Partial<AlertSpan> = {}): AlertSpan {
  return {
    rule: 'UnusedGPU',
    fingerprint: 'f1',
    asked: { verb: 'stop', target: { kind: 'instance', id, text: id }, client: 'native', dryRun: false },
    instance: id,
    since: since * MIN,
    until: until * MIN,
    end: 'resolved',
    heard: 3,
    ...more,
  };
}

function stop(stoppedAt: number, more: Partial<StopRecord> = {}): StopRecord {
  return {
    operation: 'o',
    instance: id,
    place: {},
    by: 'alert',
    rule: 'UnusedGPU',
    stoppedAt: stoppedAt * MIN,
    ...more,
  };
}

function interval(state: Interval['state'], since: number, until?: number): Interval {
  const end = until === undefined ? {} : { until: until * MIN };
  return { instance: id, state, since: since * MIN, ...end, why: { by: 'before' } };
}

function useOf(history: Partial<MachineHistory>) {
  return recordedUse({ machine: id, spans: [], stops: [], intervals: [], ...history }, PERIOD, WINDOW);
}

function gaps(history: Partial<MachineHistory>) {
  const past = useOf(history);
  return past === undefined ? [] : [...gapsOf(past)].map(({ from, until, end }) => [from / MIN, until / MIN, end]);
}

describe('an alert that asks for a stop', () => {
  test('says that the machine was idle since its window began, until the alert ended', () => {
    assert.deepEqual(gaps({ spans: [span(100, 300)] }), [[70, 300, 'wanted']]);
    assert.deepEqual(gaps({ spans: [span(100, 300), span(400, 500)] }), [
      [70, 300, 'wanted'],
      [370, 500, 'wanted'],
    ]);
  });

  test('and nothing before the machine was launched, or before the period', () => {
    assert.deepEqual(gaps({ spans: [span(100, 300)], intervals: [interval('running', 90)] }), [[90, 300, 'wanted']]);
    assert.deepEqual(gaps({ spans: [span(10, 300)] }), [[0, 300, 'wanted']]);
  });

  test('is followed by a stop of ours: then the machine is idle until somebody wants it', () => {
    const stopped = {
      spans: [span(100, 120)],
      intervals: [interval('running', 0, 121), interval('stopped', 121, 400)],
    };
    const back = { back: { at: 400 * MIN, by: 'person' } } as const;
    assert.deepEqual(gaps({ ...stopped, stops: [stop(121, back)] }), [[70, 400, 'wanted']]);
    assert.deepEqual(gaps({ ...stopped, stops: [stop(121, { ...back, wantedAt: 390 * MIN })] }), [[70, 390, 'wanted']]);
    assert.deepEqual(gaps({ ...stopped, stops: [stop(121)] }), [[70, 10_000, 'over']]);
    assert.deepEqual(gaps({ ...stopped, stops: [stop(121, { lostAt: 900 * MIN })] }), [[70, 900, 'unknown']]);
    assert.deepEqual(gaps(stopped), [[70, 121, 'unknown']], 'somebody else has stopped it');
  });

  test('whose end nobody heard leaves its end unknown, unless it was heard lately', () => {
    assert.deepEqual(gaps({ spans: [span(100, 300, { end: 'unheard' })] }), [[70, 300, 'unknown']]);
    assert.deepEqual(gaps({ spans: [span(100, 300, { end: 'firing' })] }), [[70, 300, 'unknown']]);
    assert.deepEqual(gaps({ spans: [span(100, 9_800, { end: 'firing' })] }), [[70, 10_000, 'over']]);
  });

  test('beside another one: a use that one of them tells of counts', () => {
    assert.deepEqual(gaps({ spans: [span(100, 300), span(150, 400)] }), [
      [70, 300, 'wanted'],
      [300, 400, 'wanted'],
    ]);
  });

  test('is not one that asks for a start, or asks because it was resolved', () => {
    const { asked } = span(1, 2);
    assert.equal(useOf({ spans: [span(100, 300, { asked: { ...asked, verb: 'start' } })] }), undefined);
    assert.equal(useOf({ spans: [span(100, 300, { asked: { ...asked, resolved: true } })] }), undefined);
  });
});

test('a longer window would have avoided a regret, and cost the time by which it is longer', () => {
  const past = useOf({
    spans: [span(100, 110), span(500, 510)],
    stops: [stop(111, { back: { at: 125 * MIN, by: 'person' } }), stop(511, { back: { at: 900 * MIN, by: 'person' } })],
    intervals: [
      interval('running', 0, 111),
      interval('stopped', 111, 125),
      interval('running', 125, 511),
      interval('stopped', 511, 900),
    ],
  });
  assert.ok(past);
  const of = (minutes: number) => {
    const { stops, savedMs, regrets } = replay([past], { name: 'p', quietMs: minutes * MIN }).total;
    return [stops, savedMs / MIN, regrets['30m']];
  };
  assert.deepEqual(
    [of(30), of(60)],
    [
      [2, 25 + 400, 1],
      [1, 370, 0],
    ],
  );
  const guards = { settings: { ...GUARD_SETTINGS, minUptimeMs: 400 * MIN } };
  const { stops, savedMs } = replay([past], { name: 'p', quietMs: 30 * MIN, guards }).total;
  assert.deepEqual([stops, savedMs / MIN], [1, 900 - 525], 'it was launched at 125');
});
