import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lookedAt } from './presence.ts';

describe('what an expression looks at', () => {
  for (const [expression, looked] of [
    ['jobs > 0', 'jobs'],
    ['max by (hostname) (jobs{queue!="x > 1"}) >= 1', 'max by (hostname) (jobs{queue!="x > 1"})'],
    ['max_over_time(jobs[5m]) * 100 < 2', 'max_over_time(jobs[5m]) * 100'],
    ['0 < sum(jobs)', 'sum(jobs)'],
    ['jobs > bool 0', 'jobs'],
    ['jobs == on (hostname) wanted', 'jobs'],
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
