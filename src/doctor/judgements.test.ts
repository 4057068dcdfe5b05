/** Judgements on states that no test can bring about for real: versions, read-only servers, narrow terminals. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../cli/screen.ts';
import { checkClock } from './clock.ts';
import { judgeVersion } from './aws-cli.ts';
import type { Finding } from './finding.ts';
import { showFindings } from './show.ts';
import { judgePostgres } from './store.ts';

const severities = (findings: readonly Finding[]): readonly string[] => findings.map(({ severity }) => severity);

test('versions of aws', () => {
  const pod = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials' };
  assert.deepEqual(severities(judgeVersion('aws-cli/2.36.4 Python/3.13.2 Linux/6.1', pod)), ['ok']);
  assert.deepEqual(severities(judgeVersion('aws-cli/1.45.11 Python/3.11.7', {})), ['ok']);
  assert.deepEqual(severities(judgeVersion('aws-cli/2.17.0 Python/3.11', pod)), ['warning']);
  assert.deepEqual(severities(judgeVersion('aws-cli/2.9.19 Python/3.11 Linux', pod)), ['warning', 'error']);
  assert.deepEqual(severities(judgeVersion('aws-cli/2.9.19 Python/3.11 Linux', {})), ['warning']);
  assert.deepEqual(severities(judgeVersion('something else', {})), ['warning']);
});

test('answers of PostgreSQL', () => {
  const well = { version: 130_014, isReadOnly: false, mayCreate: true, maxConnections: 100, isPooled: false };
  assert.deepEqual(severities(judgePostgres(well, 'db')), ['ok']);
  assert.deepEqual(severities(judgePostgres({ ...well, isPooled: true }, 'db')), ['ok', 'info']);
  assert.deepEqual(severities(judgePostgres({ ...well, version: 120_022 }, 'db')), ['error']);
  assert.deepEqual(severities(judgePostgres({ ...well, isReadOnly: true, mayCreate: false }, 'db')), [
    'error',
    'error',
  ]);
  assert.deepEqual(severities(judgePostgres({ ...well, maxConnections: 20 }, 'db')), ['warning']);
});

test('the smallest difference of clocks counts: a slow answer is not skew', () => {
  const reading = (ms: number): { local: number; remote: number } => ({ local: 1_000_000, remote: 1_000_000 + ms });
  assert.deepEqual(severities(checkClock([reading(-400_000), reading(2_000)], 'AWS')), ['ok']);
  assert.deepEqual(severities(checkClock([reading(-61_000)], 'AWS')), ['warning']);
  assert.deepEqual(severities(checkClock([reading(300_000)], 'AWS')), ['error']);
  assert.deepEqual(severities(checkClock([reading(300_000)], 'Prometheus')), ['warning']);
  assert.deepEqual(checkClock([], 'AWS'), []);
});

test('findings as text: the worst is last, no line is too long, and the terminal obeys nothing', () => {
  const findings: readonly Finding[] = [
    { severity: 'error', check: 'host', about: 'gpu\u001B[2J', evidence: 'word '.repeat(40).trim(), change: 'mend it' },
    { severity: 'ok', check: 'store', evidence: 'can be written to' },
  ];
  const lines = showFindings(findings, 60).map((line) => render(line, false));
  assert.ok(
    lines.every((line) => line.length <= 60),
    lines.join('\n'),
  );
  assert.match(lines[0] ?? '', /^ok {7}store$/);
  assert.ok(lines.includes('         To do: mend it'));
  assert.ok(lines.some((line) => line.startsWith('ERROR    host  gpu\\u{1b}[2J')));
  assert.equal(lines.at(-1), 'Something would fail: 1 error, 0 warnings, 0 info, 1 ok');
});
