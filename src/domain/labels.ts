/** Which label means what. `ec2_*` names come first, because many senders use `region`, `account` and `client` otherwise. */
import type { Alert } from './alert.ts';
import { CLIENTS, isUnset, type RawRequest, type Route } from './intent.ts';
import { isLoopback } from './loopback.ts';
import { INSTANCE_ID } from './target.ts';
import type { Witness } from './witness.ts';

/** Labels that are read only where the configuration, or for `client` the value, says so. */
export const SHARED_LABELS = ['region', 'account', 'client'] as const;
export type SharedLabel = (typeof SHARED_LABELS)[number];

/** Further labels for `ec2_region`, `ec2_account` and `ec2_client`. */
export interface LabelSettings extends Readonly<Partial<Record<SharedLabel, string>>> {
  /** Exporters in pods use the addresses of their machines. */
  readonly hostNetwork?: true;
}

export interface ReadLabels {
  /** Without the verb, which depends on the status of the alert. */
  readonly request: Omit<RawRequest, 'action'>;
  /** Absent where no label speaks of the machine. */
  readonly witness?: Witness;
  /** Labels that are set but not read. */
  readonly ignored: readonly SharedLabel[];
}

export function readLabels(labels: Alert['labels'], route: Route, settings: LabelSettings): ReadLabels {
  const firstOf = (...names: readonly (string | undefined)[]): unknown =>
    names.map((name) => (name === undefined ? undefined : labels[name])).find((value) => !isUnset(value));
  return {
    request: {
      target:
        route === 'hostname'
          ? labels['hostname']
          : firstOf(isInstanceId(labels['instance_id']) ? 'instance_id' : undefined, 'instance', 'instance_id'),
      targetSource: route === 'hostname' ? 'the label hostname' : 'the label instance_id, or instance',
      client:
        firstOf('ec2_client', settings.client) ?? (isForeignClient(labels, settings) ? undefined : labels['client']),
      dryrun: labels['dryrun'],
      region: firstOf('ec2_region', settings.region),
      account: firstOf('ec2_account', settings.account),
      vpc: labels['vpc'],
    },
    ...readWitness(labels, route, settings),
    ignored: SHARED_LABELS.filter((name) => isIgnored(name, labels, settings)),
  };
}

/** Other tools use the label as well, in other forms than EC2's. */
function isInstanceId(value: unknown): value is string {
  return typeof value === 'string' && INSTANCE_ID.test(value);
}

/** Of a machine that is named by its id, only the labels count that say whether the metric is about it. */
function readWitness(labels: Alert['labels'], route: Route, settings: LabelSettings): Pick<ReadLabels, 'witness'> {
  const { instance_id: instanceId, exported_instance: exportedInstance, exported_node: exportedNode } = labels;
  const witness: Witness = {
    ...(isOfAnother(exportedInstance) ? { exportedInstance: exportedInstance.slice(0, MAX_NAME) } : {}),
    ...(isOfAnother(exportedNode) ? { exportedNode: exportedNode.slice(0, MAX_NAME) } : {}),
    ...(route === 'hostname' && isInstanceId(instanceId) ? { instanceId } : {}),
    ...(route === 'hostname' ? readPod(labels, settings) : {}),
  };
  return Object.keys(witness).length === 0 ? {} : { witness };
}

/** DCGM's `exported_pod` is the pod that uses the GPU, not the exporter's. */
function readPod(labels: Alert['labels'], { hostNetwork }: LabelSettings): Pick<Witness, 'podLabel' | 'nodeNames'> {
  const podLabel = hostNetwork === true ? undefined : ['pod', 'container'].find((name) => !isUnset(labels[name]));
  if (podLabel === undefined) return {};
  const { Hostname: hostname, node } = labels;
  const nodeNames = [hostname, node].flatMap((name) => (typeof name === 'string' && name !== '' ? [name] : []));
  return { podLabel, nodeNames: nodeNames.map((name) => name.slice(0, MAX_NAME)) };
}

/** An exporter that calls its own machine localhost says nothing of another. */
function isOfAnother(exported: unknown): exported is string {
  return typeof exported === 'string' && exported !== '' && !isLoopback(exported.replace(/:\d+$/, ''));
}

/** The longest name that a machine can have. */
const MAX_NAME = 256;

function isIgnored(name: SharedLabel, labels: Alert['labels'], settings: LabelSettings): boolean {
  if (isUnset(labels[name]) || Object.values(settings).includes(name)) return false;
  return name === 'client' ? isForeignClient(labels, settings) : true;
}

/** The original reads the label `client`; other senders name a customer or a device by it. `Native` is a mistake, not foreign. */
function isForeignClient({ client }: Alert['labels'], settings: LabelSettings): boolean {
  if (isUnset(client) || settings.client === 'client') return false;
  return typeof client !== 'string' || !CLIENTS.some((known) => known === client.trim().toLowerCase());
}
