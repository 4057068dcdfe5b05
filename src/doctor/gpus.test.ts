import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertingRule } from '../prometheus/rule.ts';
import { checkGpus } from './gpus.ts';

function reads(query: string): AlertingRule {
  const rule = {
    group: 'g',
    name: 'Idle',
    forMs: 300_000,
    labels: {},
    health: 'ok',
    intervalMs: 15_000,
    keepFiringMs: 0,
    active: [],
  };
  return { ...rule, query };
}

test('a rule that ignores MIG slices is a warning where there are some', () => {
  const rules = ['DCGM_FI_DEV_GPU_UTIL < 2', 'nvidia_smi_utilization_gpu_ratio < 0.02', 'node_load1 < 1'].map(reads);
  const seeing = ['DCGM_FI_PROF_GR_ENGINE_ACTIVE < 0.02', 'nvidia_smi_mig_sm_activity_ratio < 0.02'].map(reads);
  const found = checkGpus({ mig: ['gpu-1:9400', 'gpu-2:9400'], unread: [] }, [...rules, ...seeing]);
  assert.deepEqual(
    found.map(({ severity, check, about }) => [severity, check, about]),
    [
      ['warning', 'prometheus.rule', 'g/Idle'],
      ['warning', 'prometheus.rule', 'g/Idle'],
    ],
  );
  assert.match(found[0]?.evidence ?? '', /^does not look at MIG slices, and gpu-1:9400, gpu-2:9400 have some/);
  assert.deepEqual(checkGpus({ mig: [], unread: [] }, rules), []);
});

test('GPUs and slices without readings are named, with one finding for each machine', () => {
  const found = checkGpus(
    {
      mig: [],
      unread: [
        { instance: 'gpu-2:9835', uuid: 'b' },
        { instance: 'gpu-1:9400', UUID: 'a', GPU_I_ID: '7' },
        { instance: 'gpu-1:9400', UUID: 'a' },
      ],
    },
    [],
  );
  assert.deepEqual(
    found.map(({ about, evidence }) => [about, evidence.split(':')[0]]),
    [
      ['gpu-1:9400', 'no reading of the use of GPU a, MIG slice 7 of GPU a'],
      ['gpu-2:9835', 'no reading of the use of GPU b'],
    ],
  );
});
