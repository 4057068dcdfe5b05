/** Guards about the machine: what can never be right, and what its owners or EC2 itself forbid. Nobody passes them. */
import { describeInstance, isGone } from '../instance.ts';
import { VERBS, type Verb } from '../intent.ts';
import { findOwner } from '../owners.ts';
import { quote } from '../parsed.ts';
import { describeSelector, isSelected } from '../selector.ts';
import { hasScratchDisk } from '../scratch-disk.ts';
import { ALLOW, refuse, wait, type GuardContext, type Verdict } from '../verdict.ts';

/** Matching passes over these already; asked again, because a guard trusts nobody. */
export function notGone({ instance }: GuardContext): Verdict {
  return isGone(instance) ? refuse('terminated', `${describeInstance(instance)} is ${instance.state}`) : ALLOW;
}

/** A token may be limited to some machines. */
export function tokenSelector({ intent: { only }, instance }: GuardContext): Verdict {
  if (only === undefined || isSelected(only, instance)) return ALLOW;
  const message = `the sender's token is for machines with ${describeSelector(only)}, and ${describeInstance(instance)} is none of them`;
  return refuse('token_selector', message);
}

/** Where machines have to opt in: only those are touched that somebody has marked for it. */
export function requireTag({ instance, settings: { requireTag: required } }: GuardContext): Verdict {
  if (required === undefined) return ALLOW;
  const { key, value } = required;
  const has = Object.hasOwn(instance.tags, key);
  if (has && (value === undefined || instance.tags[key] === value)) return ALLOW;
  const wanted = value === undefined ? quote(key) : `${quote(key)}=${quote(value)}`;
  const found = has ? `, but ${quote(instance.tags[key] ?? '')}` : '';
  return refuse('require_tag', `${describeInstance(instance)} does not carry the tag ${wanted}${found}`);
}

/** Values that allow both verbs, besides none at all. */
const ALLOWING = ['', 'on', 'allowed'];

/** The owner's word on the machine itself. One that is not known is taken for a no: it was meant to say something. */
export function optOut({ intent, instance, settings: { optOut: words } }: GuardContext): Verdict {
  const { tag, off, stopOnly, startOnly } = words;
  // A configured name can be one that every object has, such as constructor.
  const value = (Object.hasOwn(instance.tags, tag) ? instance.tags[tag] : undefined)?.trim().toLowerCase() ?? '';
  // What forbids comes first, whatever else a configuration has put the same word down for.
  if (!off.includes(value)) {
    const allowed = allowedBy(value, stopOnly, startOnly);
    if (allowed === undefined) {
      const known = [...ALLOWING.slice(1), ...off, ...stopOnly, ...startOnly].join(', ');
      const message = `${describeInstance(instance)} carries the tag ${tag}=${quote(value)}, which is not known; known are ${known}`;
      return refuse('opt_out', message);
    }
    if (allowed.includes(intent.verb)) return ALLOW;
  }
  return refuse('opt_out', `${describeInstance(instance)} carries the tag ${tag}=${value}`);
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

/** EC2 lets nobody but the managing service touch these. */
export function managed({ instance }: GuardContext): Verdict {
  if (instance.managedBy === undefined) return ALLOW;
  return refuse('managed', `${describeInstance(instance)} is managed by ${quote(instance.managedBy)}`);
}

/** What a service or a tool owns it replaces, or misses. */
export function asgMember({ instance, settings: { owners } }: GuardContext): Verdict {
  const owned = findOwner(instance.tags, owners);
  if (owned === undefined) return ALLOW;
  const evidence = `(tag ${quote(owned.key)}=${quote(owned.value)})`;
  return refuse('managed', `${describeInstance(instance)} belongs to ${owned.owner} ${evidence}`);
}

/** EC2 cannot stop what boots from an instance store: there is nowhere to keep it. */
export function rootDevice({ intent, instance }: GuardContext): Verdict {
  if (intent.verb !== 'stop' || instance.rootDevice !== 'instance-store') return ALLOW;
  return refuse('unsupported', `${describeInstance(instance)} boots from an instance store, which cannot be stopped`);
}

/** Whether a Spot request is one-time or persistent, only EC2 knows: it refuses to stop the former itself. */
export function spot({ intent, instance, settings }: GuardContext): Verdict {
  if (intent.verb !== 'stop' || instance.lifecycle !== 'spot') return ALLOW;
  const message = `${describeInstance(instance)} is a Spot instance`;
  if (settings.spot === 'all') return refuse('spot', message);
  return { verdict: 'allow', message: `${message}; EC2 stops it only if its request is persistent` };
}

/** What lies on NVMe scratch disks is gone when a machine stops. */
export function scratchDisk({ intent, instance, settings }: GuardContext): Verdict {
  if (intent.verb !== 'stop' || !hasScratchDisk(instance.type)) return ALLOW;
  const message = `${describeInstance(instance)} is of type ${quote(instance.type)}, which has local disks: what is on them is lost`;
  return settings.scratchDisk === 'refuse' ? refuse('scratch_disk', message) : { verdict: 'allow', message };
}

/** How soon an instance in transition is looked at again, in milliseconds. */
const TRANSITION_WAIT_MS = 5_000;

/** What is stopping cannot be started, what is pending cannot be stopped: EC2 refuses both until it has arrived. */
export function settled({ intent, instance, now }: GuardContext): Verdict {
  const inTheWay = intent.verb === 'start' ? 'stopping' : 'pending';
  if (instance.state !== inTheWay && instance.state !== 'unknown') return ALLOW;
  const message = `${describeInstance(instance)} is ${instance.state}; looked at again in ${TRANSITION_WAIT_MS / 1_000} s`;
  return wait(now + TRANSITION_WAIT_MS, 'transition', message);
}
