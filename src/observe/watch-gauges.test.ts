import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { createInstruments } from './instruments.ts';
import { createWatchGauges } from './watch-gauges.ts';

const here = { region: 'eu-central-1' };
const there = { region: 'us-east-1', account: 'other' };

async function shown(registry: Registry): Promise<readonly string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#') && !line.endsWith(' 0')).toSorted();
}

test('a place is as old as its last whole look, and nothing is shown by a replica that does not watch', async () => {
  const registry = new Registry();
  let now = 0;
  const gauges = createWatchGauges(
    createInstruments(registry),
    () => assert.fail('too many places'),
    () => now,
  );
  gauges.watchBegan([here, there]);
  now = 30_000;
  gauges.watched(here, ['running', 'running', 'stopped']);
  gauges.watchLooked({ outcome: 'failed' });
  now = 700_000;
  gauges.refresh();
  assert.deepEqual(await shown(registry), [
    'ec2_operator_machines{region="eu-central-1",account="",state="running"} 2',
    'ec2_operator_machines{region="eu-central-1",account="",state="stopped"} 1',
    'ec2_operator_watch_age_seconds{region="eu-central-1",account=""} 670',
    'ec2_operator_watch_age_seconds{region="us-east-1",account="other"} 700',
    'ec2_operator_watch_looks_total{outcome="failed"} 1',
    'ec2_operator_watch_looks_total{outcome="whole"} 1',
  ]);
  gauges.watched(here, ['stopped']);
  gauges.watchEnded();
  gauges.refresh();
  assert.deepEqual(await shown(registry), [
    'ec2_operator_watch_looks_total{outcome="failed"} 1',
    'ec2_operator_watch_looks_total{outcome="whole"} 2',
  ]);
});
