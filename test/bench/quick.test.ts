/** The benchmark runs, and measures something in every scenario. What it measures is not looked at: machines differ. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { quickScenarios } from '../../bench/scenarios.ts';

const MAIN = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));

const finite = z.number().nonnegative();
const reportSchema = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      store: z.string(),
      client: z.string(),
      seconds: finite,
      alertsPerSecond: z.number().positive(),
      p50Ms: finite,
      p99Ms: finite,
      ec2CallsPerAlert: z.number().positive(),
      awsProcessesPerAlert: finite,
      rssMiB: z.number().positive(),
      startUpMs: z.number().positive(),
      idleRssMiB: z.number().positive(),
      timesBare: z.number().positive(),
      timesTrivial: z.number().positive().optional(),
    }),
  ),
  targets: z.array(z.object({ what: z.string(), measured: z.string(), reached: z.boolean() })),
  skipped: z.array(z.object({ what: z.string(), why: z.string() })),
});

const storeReportSchema = z.object({
  stores: z.array(
    z.object({
      store: z.string(),
      operations: z.int(),
      asked: z.array(
        z.object({ what: z.string(), p50Ms: z.number().positive(), worstMs: z.number().positive(), cpuMs: finite }),
      ),
      webhookP99Ms: z.number().positive(),
    }),
  ),
  skipped: z.array(z.object({ what: z.string() })),
});

const liveReportSchema = z.object({
  live: z.object({
    machines: z.int(),
    timesCpu: z.number().positive(),
    readsPerPage: z.number().positive(),
    first: z.object({ cpuMs: finite, bytes: z.object({ zstd: z.int(), br: z.int(), gzip: z.int() }) }),
    browser: z.object({ usableMs: z.number().positive(), changeMs: z.number().positive() }).optional(),
  }),
  skipped: z.array(z.object({ what: z.string() })),
});

test('bench --quick yields numbers for every scenario that this machine can run', async (t) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-bench-test-'));
  t.after(async () => rm(directory, { recursive: true, force: true }));
  const file = path.join(directory, 'report.json');

  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, '--quick', '--alerts', '3', '--json', file]);

  const report = reportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const isSkipped = (kind: string): boolean => report.skipped.some(({ what }) => what === kind);
  const expected = quickScenarios().filter(({ store, client }) => !isSkipped(store) && !isSkipped(client));
  assert.deepEqual(
    report.results.map(({ name }) => name),
    expected.map(({ name }) => name),
  );
  for (const { client, awsProcessesPerAlert } of report.results) {
    assert.equal(awsProcessesPerAlert > 0, client === 'cli');
  }
  for (const { what } of [...report.targets, ...report.skipped]) assert.match(stdout, new RegExp(what));
});

test('bench store yields numbers for every list and for webhooks', async (t) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-bench-test-'));
  t.after(async () => rm(directory, { recursive: true, force: true }));
  const file = path.join(directory, 'report.json');
  await promisify(execFile)(process.execPath, [MAIN, 'store', '--operations', '50', '--json', file]);
  const { stores, skipped } = storeReportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const expected = ['sqlite', 'postgres'].filter((one) => !skipped.some(({ what }) => what === one));
  assert.deepEqual(
    stores.map(({ store }) => store),
    expected,
  );
  for (const { operations, asked } of stores) {
    assert.equal(operations, 50);
    assert.ok(asked.length > 5);
  }
});

test('bench live yields numbers for open pages and for the first page', async (t) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-bench-test-'));
  t.after(async () => rm(directory, { recursive: true, force: true }));
  const file = path.join(directory, 'report.json');
  const short = ['--quick', '--seconds', '2', '--alerts', '20', '--pages', '2'];
  await promisify(execFile)(process.execPath, [MAIN, 'live', ...short, '--json', file]);
  const { live, skipped } = liveReportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  assert.equal(live.machines, 20);
  assert.equal(
    live.browser === undefined,
    skipped.some(({ what }) => what === 'chromium'),
  );
  assert.ok(live.first.bytes.zstd > 1_000);
});
