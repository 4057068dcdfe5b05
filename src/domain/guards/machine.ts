/** Guards about the machine: what its state, its owners or EC2 itself forbid. A person's request overrides hardly any of them. */
import { describeInstance, isGone } from '../instance.ts';
import { VERBS, type Verb } from '../intent.ts';
import { findManager } from '../managers.ts';
import { ownTag } from '../own-tag.ts';
import { quote } from '../parsed.ts';
import { describeOnly, isAmong } from '../selector.ts';
import { hasScratchDisk } from '../scratch-disk.ts';
import { ALLOW, refuse, wait, type GuardContext, type Verdict } from '../verdict.ts';

/** Matching leaves such instances out already. The guard does not rely on that. */
export function notGone({ instance }: GuardContext): Verdict {
  return isGone(instance)
    ? refuse('terminated', `${describeInstance(instance)} is ${instance.state} and cannot be used again`)
    : ALLOW;
}

export function tokenSelector({ intent: { only }, instance }: GuardContext): Verdict {
  if (only === undefined || isAmong(only, instance)) return ALLOW;
  const message = `the sender may act only on machines with ${describeOnly(only)}, and ${describeInstance(instance)} is not one of them`;
  return refuse('token_selector', message);
}

/** For installations in which machines opt in. */
export function requireTag({ instance, settings: { requireTag: required } }: GuardContext): Verdict {
  if (required === undefined) return ALLOW;
  const { key, value } = required;
  const has = Object.hasOwn(instance.tags, key);
  if (has && (value === undefined || instance.tags[key] === value)) return ALLOW;
  const wanted = value === undefined ? quote(key) : `${quote(key)}=${quote(value)}`;
  const found = has ? `; its value is ${quote(instance.tags[key] ?? '')}` : '';
  return refuse('require_tag', `${describeInstance(instance)} lacks the required tag ${wanted}${found}`);
}

/** Values that allow both verbs, as does a missing tag. */
const ALLOWING = ['', 'on', 'allowed'];

/** The owner's tag on the machine. An unknown value forbids both verbs, because the owner meant to restrict something. */
export function optOut({ intent, instance, settings: { optOut: words } }: GuardContext): Verdict {
  const { tag, off, stopOnly, startOnly } = words;
  const value = ownTag(instance.tags, tag)?.trim().toLowerCase() ?? '';
  // A word that the configuration lists twice forbids.
  if (!off.includes(value)) {
    const allowed = allowedBy(value, stopOnly, startOnly);
    if (allowed === undefined) {
      const known = [...ALLOWING.slice(1), ...off, ...stopOnly, ...startOnly].join(', ');
      const message = `${describeInstance(instance)} has the tag ${tag}=${quote(value)}, which is not a known value; expected one of ${known}`;
      return refuse('opt_out', message);
    }
    if (allowed.includes(intent.verb)) return ALLOW;
  }
  return refuse('opt_out', `${describeInstance(instance)} has the tag ${tag}=${value}, which forbids a ${intent.verb}`);
}

function allowedBy(
  value: string,
  stopOnly: readonly string[],
  startOnly: readonly string[],
): readonly Verb[] | undefined {
  if (stopOnly.includes(value)) return startOnly.includes(value) ? [] : ['stop'];
  if (startOnly.includes(value)) return ['start'];
  return ALLOWING.includes(value) ? VERBS : undefined;
}

/** EC2 lets only the managing service start and stop these. */
export function managed({ intent, instance }: GuardContext): Verdict {
  if (instance.managedBy === undefined) return ALLOW;
  return refuse(
    'managed',
    `${describeInstance(instance)} is managed by ${quote(instance.managedBy)}, and only that service can ${intent.verb} it`,
  );
}

/** A manager replaces a stopped machine, or breaks without it. */
export function asgMember({ instance, settings: { managers } }: GuardContext): Verdict {
  const managedBy = findManager(instance.tags, managers);
  if (managedBy === undefined) return ALLOW;
  const evidence = `(tag ${quote(managedBy.key)}=${quote(managedBy.value)})`;
  return refuse('managed', `${describeInstance(instance)} belongs to ${managedBy.manager} ${evidence}`);
}

/** Nothing would be left to verify the stop, to record it, and to start the machine again. */
export function ownMachine({ intent, instance, evidence: { own } }: GuardContext): Verdict {
  if (intent.verb !== 'stop' || own !== instance.id) return ALLOW;
  const message = `ec2-operator itself runs on ${describeInstance(instance)}: once it has stopped, nothing is left that starts it again`;
  return refuse('own_machine', message);
}

/** A root volume in an instance store does not survive a stop, so EC2 refuses it. */
export function rootDevice({ intent, instance }: GuardContext): Verdict {
  if (intent.verb !== 'stop' || instance.rootDevice !== 'instance-store') return ALLOW;
  const message = `${describeInstance(instance)} boots from an instance store: EC2 can only terminate it, not stop it`;
  return refuse('unsupported', message);
}

/** DescribeInstances does not show whether a Spot request is one-time. EC2 itself refuses to stop such an instance. */
export function spot({ intent, instance, settings }: GuardContext): Verdict {
  if (intent.verb !== 'stop' || instance.lifecycle !== 'spot') return ALLOW;
  if (settings.spot === 'all')
    return refuse('spot', `${describeInstance(instance)} is a Spot instance, which guards.spot: all protects`);
  return { verdict: 'allow', message: 'EC2 stops a Spot instance only if its request is persistent' };
}

export function scratchDisk({ intent, instance, settings }: GuardContext): Verdict {
  if (intent.verb !== 'stop' || !hasScratchDisk(instance.type)) return ALLOW;
  const lost = `a stop erases its local disks (type ${quote(instance.type)})`;
  if (settings.scratchDisk === 'allow') return { verdict: 'allow', message: lost };
  return refuse('scratch_disk', `${describeInstance(instance)}: ${lost}`);
}

/** The bill would not drop, and people would be interrupted for nothing. A person, and the end of a lease, may have other reasons. */
export function committed({ intent, instance }: GuardContext): Verdict {
  if (intent.verb !== 'stop' || instance.committed === undefined) return ALLOW;
  const { kind, id } = instance.committed;
  const capacity = `${kind === 'capacity_block' ? 'Capacity Block' : 'Capacity Reservation'}${id === '' ? '' : ` ${quote(id)}`}`;
  const message = `${describeInstance(instance)} runs in a ${capacity}, which is paid for anyway: a stop would save nothing (guards.committed: warn_only)`;
  return refuse('committed', message);
}

/** How soon an instance in transition is checked again, in milliseconds. */
const TRANSITION_WAIT_MS = 5_000;

/** EC2 refuses to start a stopping instance, and to stop a pending one. */
export function settled({ intent, instance, now }: GuardContext): Verdict {
  const inTheWay = intent.verb === 'start' ? 'stopping' : 'pending';
  if (instance.state !== inTheWay && instance.state !== 'unknown') return ALLOW;
  const state = instance.state === 'unknown' ? 'in a state that this version does not know' : `still ${instance.state}`;
  const message = `${describeInstance(instance)} is ${state}; it is checked again in ${TRANSITION_WAIT_MS / 1_000} s`;
  return wait(now + TRANSITION_WAIT_MS, 'transition', message);
}
