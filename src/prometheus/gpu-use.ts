/** Whether machines were at work, minute by minute, as the shipped idle rules see it. */

/** A reading counts for two minutes, as in the rules: scrapes come at least every minute. */
const SEEN = '2m';
/** A GPU that any metric has shown within this time is known. */
const KNOWN = '30m';

/** A word that PromQL takes as a label, so that nothing else comes into an expression. */
export const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,100}$/;

/** The questions about one exporter: together they would take Prometheus twice as long. */
export interface GpuUse {
  /** 1 for work on any GPU of the machine, 0 for none. */
  readonly work: string;
  /** How many of its GPUs and slices are known, and have no valid reading. Without readings of all, no work is no rest. */
  readonly unread: string;
}

/** @param by the label that names the machine @param type the label with its instance type */
export function gpuUse(by: string, type: string): readonly GpuUse[] {
  return [nvidiaSmi(by, type), dcgm(by, type)];
}

function nvidiaSmi(by: string, type: string): GpuUse {
  const gpu = `${by}, uuid, gpu_instance_id`;
  const activity = most(by, type, [
    `nvidia_smi_utilization_gpu_ratio`,
    `nvidia_smi_mig_graphics_activity_ratio`,
    `nvidia_smi_mig_sm_activity_ratio`,
    `nvidia_smi_mig_tensor_activity_ratio`,
  ]);
  const known = `(
    count by (${gpu}) (
      last_over_time({__name__=~"nvidia_smi_(utilization_gpu_ratio|gpu_info|temperature_gpu)"}[${KNOWN}])
      unless on (${by}, uuid) last_over_time(nvidia_smi_mig_info[${KNOWN}])
    )
    or count by (${gpu}) (
      last_over_time({__name__=~"nvidia_smi_mig_(info|memory_total_bytes|graphics_activity_ratio)"}[${KNOWN}])
    )
  )`;
  const read = `(
    (
      last_over_time(nvidia_smi_utilization_gpu_ratio[${SEEN}]) >= 0 <= 1
      unless on (${by}, uuid) nvidia_smi_mig_mode_current == 1
    )
    or last_over_time(nvidia_smi_mig_graphics_activity_ratio[${SEEN}]) >= 0 <= 1
  )`;
  return { work: `${activity} >= bool 0.02`, unread: `count by (${by}) (${known} unless on (${gpu}) ${read})` };
}

function dcgm(by: string, type: string): GpuUse {
  const gpu = `${by}, UUID, GPU_I_ID`;
  const activity = most(
    by,
    type,
    ['DCGM_FI_DEV_GPU_UTIL'],
    [
      'DCGM_FI_PROF_GR_ENGINE_ACTIVE',
      'DCGM_FI_PROF_SM_ACTIVE',
      'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE',
      'DCGM_FI_PROF_DRAM_ACTIVE',
    ],
  );
  const known = `count by (${gpu}) (last_over_time(
    {__name__=~"DCGM_FI_DEV_(GPU_UTIL|GPU_TEMP|POWER_USAGE|FB_USED|MIG_MODE)|DCGM_FI_PROF_GR_ENGINE_ACTIVE"}[${KNOWN}]
  ))`;
  const read = `(
    (
      last_over_time(DCGM_FI_DEV_GPU_UTIL{GPU_I_ID=""}[${SEEN}]) >= 0 <= 100
      unless on (${by}, UUID) DCGM_FI_DEV_MIG_MODE == 1
    )
    or last_over_time(DCGM_FI_PROF_GR_ENGINE_ACTIVE[${SEEN}]) >= 0 <= 1
  )`;
  return { work: `${activity} >= bool 2`, unread: `count by (${by}) (${known} unless on (${gpu}) ${read})` };
}

/** The highest reading, of shares in percent where the others are. */
function most(by: string, type: string, plain: readonly string[], shares: readonly string[] = []): string {
  const label = (value: string, index: number): string => `label_replace(${value}, "of", "${index}", "", "")`;
  const all = [
    ...plain.map((metric) => `max_over_time(${metric}[${SEEN}])`),
    ...shares.map((metric) => `100 * max_over_time(${metric}[${SEEN}])`),
  ];
  return `max by (${by}, ${type}) (${all.map(label).join(' or ')})`;
}

/** The processors of a machine that node_exporter watches: more than half a core is work. */
export const PROCESSOR_USE =
  'max by (instance) (sum by (instance, job) (rate(node_cpu_seconds_total{mode!~"idle|iowait|steal"}[5m]))) > bool 0.5';
