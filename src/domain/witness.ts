/** Labels of an alert that confirm or contradict the machine that its address leads to. */
import { describeInstance, type Instance } from './instance.ts';
import { quote } from './parsed.ts';
import type { RefusedReason } from './reason.ts';
import { parseHostTarget, targetKey, type Target } from './target.ts';

export interface Witness {
  /** From the label `instance_id`. */
  readonly instanceId?: string;
  /** From the labels `exported_instance` and `exported_node`: the machine that the metric is about, where its scrape target is another. */
  readonly exportedInstance?: string;
  readonly exportedNode?: string;
  /** The label `pod` or `container`: the exporter runs in a pod, perhaps with an address of an overlay network. */
  readonly podLabel?: string;
  /** The machine that the pod runs on, from the labels `Hostname` and `node`. */
  readonly nodeNames?: readonly string[];
}

/** Whether a label allows this machine. `ask`: only if one of these names leads to it by DNS. */
export type Testimony =
  | { readonly testimony: 'fine' }
  | ({ readonly testimony: 'ask'; readonly names: readonly string[] } & Objection)
  | ({ readonly testimony: 'against' } & Objection);

/** Why the alert is not about this machine. */
interface Objection {
  readonly reason: RefusedReason;
  readonly message: string;
}

const FINE = { testimony: 'fine' } as const;

/** The testimonies of the labels. All of them have to allow the machine. */
export function hear(witness: Witness, target: Target, instance: Instance): readonly Testimony[] {
  const { exportedInstance, exportedNode } = witness;
  return [
    hearId(witness, target, instance),
    hearExported({ label: 'exported_instance', said: exportedInstance }, target, instance),
    hearExported({ label: 'exported_node', said: exportedNode }, target, instance),
    hearPod(witness, target, instance),
  ];
}

function hearId({ instanceId }: Witness, target: Target, instance: Instance): Testimony {
  if (instanceId === undefined || instanceId === instance.id) return FINE;
  const message = `${quote(target.text)} leads to ${describeInstance(instance)}, but the label instance_id of the alert says ${instanceId}`;
  return { testimony: 'against', reason: 'contradicted', message };
}

interface Exported {
  readonly label: string;
  readonly said: string | undefined;
}

/** Prometheus renames a metric's own label so where a gateway, kube-state-metrics or another Prometheus passes on what it knows of a machine. */
function hearExported({ label, said }: Exported, target: Target, instance: Instance): Testimony {
  if (said === undefined || said === instance.tags['Name']) return FINE;
  const named = parseHostTarget(said);
  if (named.ok && (targetKey(named.value) === targetKey(target) || isNamedBy(named.value, instance))) return FINE;
  const message = `${quote(target.text)} leads to ${describeInstance(instance)}, but the label ${label} of the alert says ${quote(said)}: another machine has passed the metric on`;
  return askOr(named.ok ? [named.value] : [], { reason: 'contradicted', message });
}

function hearPod(witness: Witness, target: Target, instance: Instance): Testimony {
  const { instanceId, podLabel, nodeNames = [] } = witness;
  if (podLabel === undefined || instanceId !== undefined || !isBareAddress(target)) return FINE;
  if (nodeNames.some((name) => isNameOf(name, instance))) return FINE;
  const said =
    nodeNames.length === 0
      ? 'no label Hostname, node or instance_id'
      : `${nodeNames.map(quote).join(' and ')}, which is another machine`;
  const message = `${quote(target.text)} beside the label ${podLabel} may be a pod's own address: it leads to ${describeInstance(instance)}, and the alert has ${said}`;
  const named = nodeNames.map((name) => parseHostTarget(name)).flatMap((name) => (name.ok ? [name.value] : []));
  return askOr(named, { reason: 'pod_address', message });
}

/** A name may lead to the machine by DNS. */
function askOr(targets: readonly Target[], objection: Objection): Testimony {
  const names = targets.flatMap((target) => (target.kind === 'name' ? [target.name] : []));
  return names.length === 0 ? { testimony: 'against', ...objection } : { testimony: 'ask', names, ...objection };
}

/** EC2's names that contain an address are names of machines. */
function isBareAddress(target: Target): boolean {
  return target.kind === 'address' && !/^ip-/i.test(target.text);
}

/** EC2's private DNS name may stand under any domain of the VPC. */
function isNameOf(name: string, instance: Instance): boolean {
  if (name === instance.tags['Name']) return true;
  const parsed = parseHostTarget(name);
  return parsed.ok && isNamedBy(parsed.value, instance);
}

function isNamedBy(target: Target, { id, addresses }: Instance): boolean {
  switch (target.kind) {
    case 'instance':
      return target.id === id;
    case 'address':
      return target.address.text === addresses.primary || addresses.ipv6.includes(target.address.text);
    case 'name': {
      const [label] = target.name.split('.');
      return label === id || label === `ip-${addresses.primary?.replaceAll('.', '-') ?? ''}`;
    }
    case 'tag':
      return false;
  }
}
