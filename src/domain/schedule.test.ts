import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  earliestStop,
  MARGIN_MS,
  stepTo,
  STRIDE_MS,
  type KeptSchedule,
  type LeaseEnd,
  type ScheduleSettings,
} from './schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse('2026-11-26T12:00:00Z');
const place = { region: 'eu-central-1' };
const settings: ScheduleSettings = { group: 'ec2-operator', roleArnIn: () => 'role' };

function end(earliest: number): LeaseEnd {
  return { instance: 'i-1', place, earliest };
}

function kept(at: number, changes: Partial<KeptSchedule> = {}): KeptSchedule {
  return { instance: 'i-1', place, group: 'ec2-operator', roleArn: 'role', at, isSure: true, ...changes };
}

function putAt(
  ...[of, has, by = settings, now = NOW]: Readonly<[LeaseEnd, KeptSchedule?, ScheduleSettings?, number?]>
): number | string {
  const found = stepTo(of, has, by, now);
  return found.step === 'put' ? found.schedule.at : found.step;
}

describe('the earliest stop', () => {
  const lease = { until: NOW };
  const hold = (hours: number) => ({ until: NOW + hours * HOUR });

  test('is the end of the lease, or of what delays the stop longest', () => {
    assert.equal(earliestStop({ lease, holds: [], pauses: [] }), NOW);
    assert.equal(earliestStop({ lease, holds: [hold(1), hold(3)], pauses: [hold(2)] }), NOW + 3 * HOUR);
    assert.equal(
      earliestStop({ lease, holds: [hold(-1)], pauses: [], stopWaitsUntil: NOW + 4 * HOUR }),
      NOW + 4 * HOUR,
    );
    assert.equal(
      earliestStop({ lease, holds: [], pauses: [], stopWaitsUntil: NOW - HOUR }),
      NOW,
      'it comes in before its end',
    );
  });

  test('never comes under a pause without an end', () => {
    assert.equal(earliestStop({ lease, holds: [], pauses: [hold(1), {}] }), Infinity);
  });
});

describe('the schedule', () => {
  test('stands 30 minutes behind the end, rounded up to the minute', () => {
    assert.equal(putAt(end(NOW + 2 * HOUR)), NOW + 2 * HOUR + MARGIN_MS);
    assert.equal(putAt(end(NOW + 2 * HOUR + 1)), NOW + 2 * HOUR + MARGIN_MS + MINUTE);
  });

  test('stays where it is, and moves with the end of the lease', () => {
    const has = kept(NOW + 2 * HOUR + MARGIN_MS);
    assert.equal(putAt(end(NOW + 2 * HOUR), has), 'keep');
    assert.equal(putAt(end(NOW + 3 * HOUR), has), NOW + 3 * HOUR + MARGIN_MS);
    assert.equal(putAt(end(NOW + HOUR), has), NOW + HOUR + MARGIN_MS);
  });

  test('is set again after an unknown answer, and for another role', () => {
    const at = NOW + 2 * HOUR + MARGIN_MS;
    assert.equal(putAt(end(NOW + 2 * HOUR), kept(at, { isSure: false })), at);
    assert.equal(putAt(end(NOW + 2 * HOUR), kept(at, { roleArn: 'other' })), at);
  });

  test('goes with the lease, with the setting, and where the stop can never be sent', () => {
    const has = kept(NOW + HOUR);
    for (const found of [
      stepTo(undefined, has, settings, NOW),
      stepTo(end(NOW), has, undefined, NOW),
      stepTo(end(Infinity), has, settings, NOW),
    ])
      assert.deepEqual(found, { step: 'remove', schedule: has });
    assert.deepEqual(stepTo(undefined, undefined, settings, NOW), { step: 'keep' });
    assert.deepEqual(stepTo(end(Infinity), undefined, settings, NOW), { step: 'keep' });
  });

  test('is removed from another group or place before there is one here', () => {
    for (const has of [kept(NOW, { group: 'other' }), kept(NOW, { place: { region: 'us-east-1' } })])
      assert.deepEqual(stepTo(end(NOW), has, settings, NOW), { step: 'remove', schedule: has });
  });

  test('of a stop that is put off each minute is moved in strides', () => {
    let has: KeptSchedule | undefined;
    let moves = 0;
    for (let minute = 0; minute < 60; minute += 1) {
      const now = NOW + minute * MINUTE;
      const found = stepTo(end(now + MINUTE), has, settings, now);
      if (found.step !== 'put') continue;
      has = { ...found.schedule, isSure: true };
      moves += 1;
    }
    assert.ok(moves <= 16, `${moves} moves`);
  });
});

test('whatever happens, a schedule that has been set stands 30 minutes or more behind now and the earliest stop', () => {
  const time = fc.integer({ min: -3 * 24 * 60, max: 366 * 24 * 60 }).map((minutes) => NOW + minutes * MINUTE + 7);
  fc.assert(
    fc.property(time, fc.option(time, { nil: undefined }), fc.boolean(), time, (earliest, before, isSure, now) => {
      const has = before === undefined ? undefined : kept(Math.ceil(before / MINUTE) * MINUTE, { isSure });
      const found = stepTo(end(earliest), has, settings, now);
      const at = found.step === 'put' ? found.schedule.at : (has?.at ?? 0);
      assert.notEqual(found.step, 'remove');
      assert.ok(at >= Math.max(now, earliest) + MARGIN_MS, 'no earlier');
      assert.ok(at <= Math.max(now, earliest) + MARGIN_MS + STRIDE_MS, 'nor much later');
      if (found.step !== 'put') return;
      const again = stepTo(end(earliest), { ...found.schedule, isSure: true }, settings, now);
      assert.deepEqual(again, { step: 'keep' }, 'and then it stays');
    }),
  );
});
