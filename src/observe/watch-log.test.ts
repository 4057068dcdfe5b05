import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from './log.ts';
import { createWatchLog, type LookFailure } from './watch-log.ts';

const here = { region: 'eu-central-1' };
const there = { region: 'us-east-1', account: 'other' };
const denied: LookFailure = { code: 'UnauthorizedOperation', message: 'UnauthorizedOperation: no', throttled: false };
const throttled: LookFailure = { code: 'RequestLimitExceeded', message: 'RequestLimitExceeded: slow', throttled: true };
const otherAccount: LookFailure = { code: 'ClientOtherAccount', message: 'expected others', throttled: false };

test('a place that fails for ever is told once for each error, and when it is over; each look is counted', async () => {
  const lines: string[] = [];
  const counts: string[] = [];
  const write = (text: string): void => {
    const { level, region, account, message } = JSON.parse(text) as Record<string, string>;
    lines.push(`${level} ${account ?? ''} ${region}: ${message}`);
  };
  const log = await createLog({ level: 'info', format: 'json', destination: { write } });
  const watch = createWatchLog(log, {
    watchBegan: () => undefined,
    watchEnded: () => undefined,
    watched: ({ region = '' }, states) => void counts.push(`${region} ${states.length}`),
    watchLooked: ({ outcome }) => void counts.push(outcome),
  });
  watch.watchFailed(here, denied);
  watch.watchFailed(here, denied);
  watch.watchFailed(there, denied);
  watch.watchFailed(here, throttled);
  watch.watched(here, ['running']);
  watch.watched(here, ['running']);
  watch.watchFailed(here, denied);
  watch.watchFailed(here, otherAccount);
  const cannot = 'cannot be looked at, and are shown as they were';
  const once = 'Logged once; see ec2_operator_watch_age_seconds';
  assert.deepEqual(lines, [
    `warn  eu-central-1: the machines in region eu-central-1 ${cannot}: UnauthorizedOperation: no. ${once}`,
    `warn other us-east-1: the machines in account other, region us-east-1 ${cannot}: UnauthorizedOperation: no. ${once}`,
    `warn  eu-central-1: the machines in region eu-central-1 ${cannot}: RequestLimitExceeded: slow. ${once}`,
    'info  eu-central-1: the machines of this place are seen again',
    `warn  eu-central-1: the machines in region eu-central-1 ${cannot}: UnauthorizedOperation: no. ${once}`,
    `error  eu-central-1: the machines in region eu-central-1 ${cannot}: expected others. ${once}`,
  ]);
  assert.deepEqual(counts, [
    'failed',
    'failed',
    'failed',
    'throttled',
    'eu-central-1 1',
    'eu-central-1 1',
    'failed',
    'failed',
  ]);
});
