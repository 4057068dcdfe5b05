/** Which label says what. Names of our own come first: `region`, `account` and `client` mean other things to many senders. */
import type { Alert } from './alert.ts';
import { CLIENTS, isUnset, type RawRequest, type Route } from './intent.ts';
import { INSTANCE_ID } from './target.ts';
import type { Witness } from './witness.ts';

/** Labels that are ours only where the configuration, or for `client` the value, says so. */
export const SHARED_LABELS = ['region', 'account', 'client'] as const;
export type SharedLabel = (typeof SHARED_LABELS)[number];

/** Further labels, besides `ec2_region`, `ec2_account` and `ec2_client`, that say the same. */
export interface LabelSettings extends Readonly<Partial<Record<SharedLabel, string>>> {
  /** Exporters in pods have the addresses of their machines. */
  readonly hostNetwork?: true;
}

export interface ReadLabels {
  /** All but the verb, which depends on the state of the alert. */
  readonly request: Omit<RawRequest, 'action'>;
  /** Labels that are set, would be ours by their names, and are not read. */
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
      ...(route === 'hostname' ? { witness: readWitness(labels, settings) } : {}),
    },
    ignored: SHARED_LABELS.filter((name) => isIgnored(name, labels, settings)),
  };
}

/** Others give machines ids, too: in any other form than EC2's, the label is none of ours. */
function isInstanceId(value: unknown): value is string {
  return typeof value === 'string' && INSTANCE_ID.test(value);
}

/** What DCGM calls `exported_pod` is the pod at work on a GPU, and says nothing of the exporter. */
function readWitness(labels: Alert['labels'], { hostNetwork }: LabelSettings): Witness {
  const { instance_id: instanceId, Hostname: hostname, node } = labels;
  const podLabel = hostNetwork === true ? undefined : ['pod', 'container'].find((name) => !isUnset(labels[name]));
  const nodeNames = [hostname, node].flatMap((name) => (typeof name === 'string' && name !== '' ? [name] : []));
  return {
    ...(isInstanceId(instanceId) ? { instanceId } : {}),
    ...(podLabel === undefined ? {} : { podLabel, nodeNames: nodeNames.map((name) => name.slice(0, MAX_NAME)) }),
  };
}

/** No name of a machine is longer. */
const MAX_NAME = 256;

function isIgnored(name: SharedLabel, labels: Alert['labels'], settings: LabelSettings): boolean {
  if (isUnset(labels[name]) || Object.values(settings).includes(name)) return false;
  return name === 'client' ? isForeignClient(labels, settings) : true;
}

/**
 * The original read the label `client`. Elsewhere it names a customer or a device. A word of ours in other letters is a
 * mistake, and stays one.
 */
function isForeignClient({ client }: Alert['labels'], settings: LabelSettings): boolean {
  if (isUnset(client) || settings.client === 'client') return false;
  return typeof client !== 'string' || !CLIENTS.some((known) => known === client.trim().toLowerCase());
}
