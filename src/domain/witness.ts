/** Labels of an alert that confirm or contradict the machine that its address leads to. */
import { describeInstance, type Instance } from './instance.ts';
import { quote } from './parsed.ts';
import type { RefusedReason } from './reason.ts';
import { parseHostTarget, type Target } from './target.ts';

export interface Witness {
  /** From the label `instance_id`. */
  readonly instanceId?: string;
  /** The label `pod` or `container`: the exporter runs in a pod, perhaps with an address of an overlay network. */
  readonly podLabel?: string;
  /** The machine that the pod runs on, from the labels `Hostname` and `node`. */
  readonly nodeNames?: readonly string[];
}

/** Whether the labels allow this machine. `ask`: only if one of these names leads to it by DNS. */
export type Testimony =
  | { readonly testimony: 'fine' }
  | { readonly testimony: 'ask'; readonly names: readonly string[] }
  | { readonly testimony: 'against'; readonly reason: RefusedReason; readonly message: string };

export function hear(witness: Witness, target: Target, instance: Instance): Testimony {
  const { instanceId, podLabel, nodeNames = [] } = witness;
  if (instanceId !== undefined && instanceId !== instance.id) {
    const message = `${quote(target.text)} leads to ${describeInstance(instance)}, but the label instance_id of the alert says ${instanceId}`;
    return { testimony: 'against', reason: 'contradicted', message };
  }
  if (podLabel === undefined || instanceId !== undefined || !isBareAddress(target)) return { testimony: 'fine' };
  if (nodeNames.some((name) => isNameOf(name, instance))) return { testimony: 'fine' };
  const names = nodeNames.flatMap((name) => {
    const parsed = parseHostTarget(name);
    return parsed.ok && parsed.value.kind === 'name' ? [parsed.value.name] : [];
  });
  return names.length > 0 ? { testimony: 'ask', names } : againstPod(witness, target, instance);
}

/** The testimony when no node name leads to the machine. */
export function againstPod(
  { podLabel = 'pod', nodeNames = [] }: Witness,
  target: Target,
  instance: Instance,
): Extract<Testimony, { testimony: 'against' }> {
  const said =
    nodeNames.length === 0
      ? 'no label Hostname, node or instance_id'
      : `${nodeNames.map(quote).join(' and ')}, which is another machine`;
  const message = `${quote(target.text)} beside the label ${podLabel} may be a pod's own address: it leads to ${describeInstance(instance)}, and the alert has ${said}`;
  return { testimony: 'against', reason: 'pod_address', message };
}

/** EC2's names that contain an address are names of machines. */
function isBareAddress(target: Target): boolean {
  return target.kind === 'address' && !/^ip-/i.test(target.text);
}

/** EC2's private DNS name may stand under any domain of the VPC. */
function isNameOf(name: string, { id, addresses, tags }: Instance): boolean {
  if (name === tags['Name']) return true;
  const parsed = parseHostTarget(name);
  if (!parsed.ok) return false;
  const target = parsed.value;
  switch (target.kind) {
    case 'instance':
      return target.id === id;
    case 'address':
      return target.address.text === addresses.primary || addresses.ipv6.includes(target.address.text);
    case 'name': {
      const [label] = target.name.split('.');
      return label === id || label === `ip-${addresses.primary?.replaceAll('.', '-') ?? ''}`;
    }
  }
}
