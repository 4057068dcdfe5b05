/**
 * THE place where a start or stop of a known instance can be held back. Every guard is a small pure function in the one list below, asked in
 * order right before EC2 is; the first that does not allow decides. To add a guard: write the function, put it in the list.
 */
import { describeInstance, isGone, type Instance } from './instance.ts';
import type { Intent, Verb } from './intent.ts';
import { quote } from './parsed.ts';
import type { RefusedReason, WaitingReason } from './reason.ts';

export interface GuardContext {
  readonly intent: Intent;
  /** As EC2 described it a moment ago. */
  readonly instance: Instance;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type Verdict =
  | { readonly verdict: 'allow' }
  | { readonly verdict: 'wait'; readonly until: number; readonly reason: WaitingReason; readonly message: string }
  | { readonly verdict: 'refuse'; readonly reason: RefusedReason; readonly message: string };

/** A guard's verdict always names its evidence. */
export type Guard = (context: GuardContext) => Verdict;

/** In this order: what can never be right, then what its owners forbid, then what is not right at this moment. */
export const GUARDS: Readonly<Record<string, Guard>> = {
  not_gone: notGone,
  not_opted_out: notOptedOut,
  not_managed: notManaged,
  not_stale: notStale,
  settled,
};

export interface Judgement {
  /** The guard that decided; absent when all of them allow. */
  readonly guard?: string;
  readonly verdict: Verdict;
}

const ALLOW: Verdict = { verdict: 'allow' };

/** Asks the guards in order. */
export function judge(context: GuardContext): Judgement {
  for (const [guard, ask] of Object.entries(GUARDS)) {
    const verdict = ask(context);
    if (verdict.verdict !== 'allow') return { guard, verdict };
  }
  return { verdict: ALLOW };
}

/** Matching passes over these already; asked again, because a guard trusts nobody. */
function notGone({ instance }: GuardContext): Verdict {
  return isGone(instance) ? refuse('terminated', `${describeInstance(instance)} is ${instance.state}`) : ALLOW;
}

/** What the tag `ec2-operator` may say, and which verbs that allows. */
const ALLOWED_BY_TAG: Readonly<Record<string, readonly Verb[]>> = {
  '': ['start', 'stop'],
  on: ['start', 'stop'],
  allowed: ['start', 'stop'],
  'stop-only': ['stop'],
  'start-only': ['start'],
  off: [],
};

/** The owner's word on the machine itself. One that is not known is taken for a no: it was meant to say something. */
function notOptedOut({ intent, instance }: GuardContext): Verdict {
  const value = instance.tags['ec2-operator']?.trim().toLowerCase() ?? '';
  const allowed = Object.hasOwn(ALLOWED_BY_TAG, value) ? ALLOWED_BY_TAG[value] : undefined;
  if (allowed?.includes(intent.verb) === true) return ALLOW;
  const says = allowed === undefined ? `${quote(value)}; known are allowed, on, off, stop-only and start-only` : value;
  return refuse('opt_out', `${describeInstance(instance)} carries the tag ec2-operator=${says}`);
}

/** Tags that say somebody else decides how many of these run: what we stop, they would replace. */
const OWNER_TAGS = [
  { key: /^aws:autoscaling:groupName$/, owner: 'the Auto Scaling group' },
  { key: /^eks:cluster-name$/, owner: 'the EKS cluster' },
  { key: /^kubernetes\.io\/cluster\//, owner: 'the Kubernetes cluster' },
  { key: /^karpenter\.sh\//, owner: 'Karpenter' },
] as const;

function notManaged({ instance }: GuardContext): Verdict {
  if (instance.managedBy !== undefined) {
    return refuse('managed', `${describeInstance(instance)} is managed by ${quote(instance.managedBy)}`);
  }
  for (const [key, value] of Object.entries(instance.tags)) {
    const owned = OWNER_TAGS.find((tag) => tag.key.test(key));
    if (owned === undefined) continue;
    return refuse(
      'managed',
      `${describeInstance(instance)} belongs to ${owned.owner} (tag ${quote(key)}=${quote(value)})`,
    );
  }
  return ALLOW;
}

/** How far EC2's clock may be ahead of ours when a person starts a machine and stops it again at once. */
const SKEW_MS = 60_000;

/** What was asked for before the last launch speaks of a machine that has been restarted since, most likely to be used. */
function notStale({ intent, instance }: GuardContext): Verdict {
  const { cause, verb } = intent;
  const latest = cause.by === 'alert' ? cause.beganAt : cause.beganAt + SKEW_MS;
  if (verb !== 'stop' || latest >= instance.launchedAt) return ALLOW;
  const asked = `${cause.by === 'alert' ? 'the alert began' : 'this was asked for'} ${new Date(cause.beganAt).toISOString()}`;
  const launched = new Date(instance.launchedAt).toISOString();
  return refuse('stale_alert', `${asked}, ${describeInstance(instance)} was launched ${launched}`);
}

/** How soon an instance in transition is looked at again, in milliseconds. */
const TRANSITION_WAIT_MS = 5_000;

/** What is stopping cannot be started, what is pending cannot be stopped: EC2 refuses both until it has arrived. */
function settled({ intent, instance, now }: GuardContext): Verdict {
  const inTheWay = intent.verb === 'start' ? 'stopping' : 'pending';
  if (instance.state !== inTheWay && instance.state !== 'unknown') return ALLOW;
  const message = `${describeInstance(instance)} is ${instance.state}; looked at again in ${TRANSITION_WAIT_MS / 1_000} s`;
  return { verdict: 'wait', until: now + TRANSITION_WAIT_MS, reason: 'transition', message };
}

function refuse(reason: RefusedReason, message: string): Verdict {
  return { verdict: 'refuse', reason, message };
}
