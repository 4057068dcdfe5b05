import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aggregated, lookedAt } from './presence.ts';

describe('what an expression looks at', () => {
  for (const [expression, looked] of [
    ['jobs > 0', 'jobs'],
    ['max by (hostname) (jobs{queue!="x > 1"}) >= 1', 'max by (hostname) (jobs{queue!="x > 1"})'],
    ['max_over_time(jobs[5m]) * 100 < 2', 'max_over_time(jobs[5m]) * 100'],
    ['0 < sum(jobs)', 'sum(jobs)'],
    ['jobs > bool 0', 'jobs'],
    ['bytes > 2 * 1024 ^ 2', 'bytes'],
    ['last_seen > time() - (10 * 60)', 'last_seen'],
    [' jobs!=-1e3 ', 'jobs'],
  ]) {
    test(`${expression}`, () => {
      assert.equal(lookedAt(expression ?? ''), looked);
    });
  }

  for (const expression of [
    'jobs',
    'absent(jobs)',
    'absent(jobs) == 1',
    'jobs > 0 and up == 1',
    'jobs > 0 or vector(1)',
    'jobs > 0 unless on () maintenance',
    'count by (hostname) (jobs == 1) > 0',
    'sum(jobs > 0) > 0',
    'jobs > 0 OR vector(1)',
    '(sum(jobs) or vector(0)) > 0',
    '(jobs Or on () other) > 0',
    'jobs == on (hostname) wanted',
    'jobs > scalar(least)',
    '1 > 0',
    'jobs) > 0',
    'sum((jobs) > 0',
    '"x > 0"',
    '',
  ]) {
    test(`cannot be told: ${expression}`, () => {
      assert.equal(lookedAt(expression), undefined);
    });
  }
});

describe('what an aggregation is made of', () => {
  for (const [looked, series] of [
    ['jobs', 'jobs'],
    ['max by (hostname) (jobs{queue=")"})', 'jobs{queue=")"}'],
    ['sum(max by (hostname, gpu) (rate(jobs[5m]))) by (hostname)', 'rate(jobs[5m])'],
    ['SUM WITHOUT (gpu)(jobs)', 'jobs'],
    ['max(jobs) + max(others)', 'max(jobs) + max(others)'],
    ['max_over_time(jobs[5m])', 'max_over_time(jobs[5m])'],
  ] as const) {
    test(looked, () => {
      assert.equal(aggregated(looked), series);
    });
  }
});
