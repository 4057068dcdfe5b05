/** The machines of a benchmark by their number, and the alerts about them. */

export const REGION = 'eu-central-1';

/** What an AWS client needs besides the endpoint; the sandbox takes any key. */
export const CREDENTIALS = { accessKeyId: 'AKIASANDBOX000000000', secretAccessKey: 'sandbox' } as const;

export function idOf(machine: number): string {
  return `i-${machine.toString(16).padStart(17, '0')}`;
}

export function addressOf(machine: number): string {
  return bytesOf(machine).join('.');
}

/** A name in EC2's own form: the operator reads the address from it, so that no resolver is part of what is measured. */
export function nameOf(machine: number): string {
  return `ip-${bytesOf(machine).join('-')}.${REGION}.compute.internal`;
}

function bytesOf(machine: number): readonly number[] {
  return [10, (machine >> 16) & 255, (machine >> 8) & 255, machine & 255];
}

/** The numbers from `first`, so many of them. */
export function numbers(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

export interface Wanted {
  readonly verb: 'start' | 'stop';
  readonly client: 'native' | 'cli';
}

/** One delivery as Alertmanager sends it, with an alert for each machine. */
export function deliveryFor(machines: readonly number[], { verb, client }: Wanted): Buffer {
  const startsAt = new Date(Date.now() - 600_000).toISOString();
  const alerts = machines.map((machine) => ({
    status: 'firing',
    labels: {
      alertname: 'UnusedGPU',
      severity: 'warning',
      hostname: nameOf(machine),
      action: verb,
      client,
      dryrun: 'false',
    },
    annotations: { summary: `GPU of ${nameOf(machine)} has been idle for 30 minutes` },
    startsAt,
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus.example/graph?g0.expr=gpu_utilization+%3C+1&g0.tab=1',
    fingerprint: machine.toString(16).padStart(16, '0'),
  }));
  const delivery = {
    receiver: 'ec2-operator',
    status: 'firing',
    alerts,
    groupLabels: { alertname: 'UnusedGPU' },
    commonLabels: { alertname: 'UnusedGPU', severity: 'warning' },
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example',
    version: '4',
    groupKey: '{}:{alertname="UnusedGPU"}',
    truncatedAlerts: 0,
  };
  return Buffer.from(JSON.stringify(delivery));
}
