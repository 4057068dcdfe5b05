/** GPUs that an idle rule cannot see: GPUs in MIG mode, and GPUs without readings of their use. */
import type { Labels } from '../domain/label-set.ts';
import { nameOfRule, type AlertingRule } from '../prometheus/rule.ts';
import { listSome, report, type Finding } from './finding.ts';

/** MIG slices, and GPUs that are in MIG mode. */
const MIG = `count by (instance) (
  {__name__=~"DCGM_FI_DEV_(GPU_UTIL|GPU_TEMP|POWER_USAGE|FB_USED)|DCGM_FI_PROF_GR_ENGINE_ACTIVE", GPU_I_ID!=""}
  or DCGM_FI_DEV_MIG_MODE == 1
  or nvidia_smi_mig_info
  or nvidia_smi_mig_mode_current == 1
)`;

/** GPUs and slices that DCGM reports without a plausible reading of their use. */
const UNREAD_BY_DCGM = `count by (instance, UUID, GPU_I_ID) (
  {__name__=~"DCGM_FI_DEV_(GPU_UTIL|GPU_TEMP|POWER_USAGE|FB_USED|MIG_MODE)|DCGM_FI_PROF_GR_ENGINE_ACTIVE"}
)
unless on (instance, UUID, GPU_I_ID) (
  (DCGM_FI_DEV_GPU_UTIL{GPU_I_ID=""} >= 0 <= 100 unless on (instance, UUID) DCGM_FI_DEV_MIG_MODE == 1)
  or DCGM_FI_PROF_GR_ENGINE_ACTIVE >= 0 <= 1
)`;

/** The same for nvidia_gpu_exporter. */
const UNREAD_BY_NVIDIA_SMI = `(
  count by (instance, uuid, gpu_instance_id) (
    {__name__=~"nvidia_smi_(utilization_gpu_ratio|gpu_info|temperature_gpu)"} unless on (instance, uuid) nvidia_smi_mig_info
  )
  or count by (instance, uuid, gpu_instance_id) (
    {__name__=~"nvidia_smi_mig_(info|memory_total_bytes|graphics_activity_ratio)"}
  )
)
unless on (instance, uuid, gpu_instance_id) (
  (nvidia_smi_utilization_gpu_ratio >= 0 <= 1 unless on (instance, uuid) nvidia_smi_mig_mode_current == 1)
  or nvidia_smi_mig_graphics_activity_ratio >= 0 <= 1
)`;

export interface GpusSeen {
  /** The exporters that report MIG, by their label `instance`. */
  readonly mig: readonly string[];
  /** The labels of GPUs and slices without readings of their use. */
  readonly unread: readonly Labels[];
}

/** @param query gives the labels of an expression's series at this moment */
export async function readGpus(query: (expression: string) => Promise<readonly Labels[]>): Promise<GpusSeen> {
  const [mig, dcgm, nvidiaSmi] = await Promise.all([MIG, UNREAD_BY_DCGM, UNREAD_BY_NVIDIA_SMI].map(query));
  return {
    mig: (mig ?? []).map(({ instance = '' }) => instance).sort(),
    unread: [...(dcgm ?? []), ...(nvidiaSmi ?? [])],
  };
}

/** @param rules the rules that start or stop machines */
export function checkGpus({ mig, unread }: GpusSeen, rules: readonly AlertingRule[]): readonly Finding[] {
  return [...checkUnread(unread), ...rules.flatMap((rule) => checkMig(rule, mig))];
}

function checkUnread(unread: readonly Labels[]): readonly Finding[] {
  const byInstance = Map.groupBy(unread, ({ instance = '' }) => instance);
  return [...byInstance]
    .sort(byKey)
    .map(([instance, gpus]) =>
      report('prometheus.gpus', instance).warning(
        `no reading of the use of ${listSome(gpus.map(nameGpu).sort(), 3)}: a rule that requires readings never fires for this machine, and any other rule may stop it at work`,
        'find out why the exporter has none; for MIG, let DCGM collect DCGM_FI_PROF_GR_ENGINE_ACTIVE, or use the NVML backend of nvidia_gpu_exporter',
      ),
    );
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

function nameGpu({ UUID, uuid, GPU_I_ID: dcgmSlice, gpu_instance_id: slice = dcgmSlice }: Labels): string {
  const gpu = `GPU ${UUID ?? uuid ?? '(without a uuid)'}`;
  return slice === undefined ? gpu : `MIG slice ${slice} of ${gpu}`;
}

/** Metrics that show the use of a slice. */
const SEES_MIG = /DCGM_FI_PROF_|nvidia_smi_mig_/;

function checkMig(rule: AlertingRule, mig: readonly string[]): readonly Finding[] {
  const readsGpus = /DCGM_FI_|nvidia_smi_/.test(rule.query);
  if (mig.length === 0 || !readsGpus || SEES_MIG.test(rule.query)) return [];
  return [
    report('prometheus.rule', nameOfRule(rule)).warning(
      `does not look at MIG slices, and ${listSome(mig, 3)} ${mig.length === 1 ? 'has' : 'have'} some: a GPU in MIG mode reports a utilisation of 0 or none, whatever runs on it`,
      'look at the slices, too, as deploy/prometheus/rules.yaml does',
    ),
  ];
}
