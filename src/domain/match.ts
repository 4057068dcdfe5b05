/** Which one instance a target names. Anything but exactly one match counts as none, because a guess stops the wrong machine. */
import type { Address } from './address.ts';
import { describeInstance, isGone, type Instance } from './instance.ts';
import { quote } from './parsed.ts';
import type { RefusedReason } from './reason.ts';

/** The kinds of address that may name an instance, besides the primary private one. */
export interface AddressPolicy {
  /** Public addresses. A stopped instance loses its public address. */
  readonly public: boolean;
  /** Secondary addresses and those of secondary network interfaces; on EKS these belong to pods. */
  readonly secondary: boolean;
  /** The only VPCs in which addresses and the tag `Name` find machines; empty: any. */
  readonly vpcs?: readonly string[];
}

export type Match =
  | { readonly match: 'one'; readonly instance: Instance }
  | { readonly match: 'none'; readonly reason: RefusedReason; readonly message: string };

/** @param text the target as it was sent, for the message */
export function matchById(id: string, described: readonly Instance[], text: string): Match {
  return exactlyOne(
    described.filter((instance) => instance.id === id),
    text,
  );
}

/** By the tag `Name`, which need not be unique. @param names the spellings that the tag may have */
export function matchByName(
  names: readonly string[],
  described: readonly Instance[],
  policy: AddressPolicy,
  text: string,
): Match {
  const within = inVpcs(
    described.filter(({ tags }) => names.some((name) => tags['Name'] === name)),
    policy,
    text,
  );
  if ('match' in within) return within;
  return exactlyOne(within.named, text, (instance) => `${describeInstance(instance)} in state ${instance.state}`);
}

/** A name that leads to one machine by its address or DNS, and to others by the tag `Name`, is ambiguous. */
export function matchBoth(byAddress: Instance, byTag: Match, text: string): Match {
  if (byTag.match === 'none' && byTag.reason === 'not_found') return { match: 'one', instance: byAddress };
  if (byTag.match === 'one' && byTag.instance.id === byAddress.id) return byTag;
  const tagged = byTag.match === 'one' ? describeInstance(byTag.instance) : byTag.message;
  const message = `${quote(text)} leads to ${describeInstance(byAddress)} by its address, but the tag Name belongs to another machine: ${tagged}`;
  return { match: 'none', reason: 'ambiguous', message };
}

/**
 * Every address must belong to the same instance: a name with a second address elsewhere names more than one machine.
 *
 * @param described EC2's answers from every place that was searched
 */
export function matchByAddress(
  addresses: readonly Address[],
  described: readonly Instance[],
  policy: AddressPolicy,
  text: string,
): Match {
  const named = described.filter((instance) => addresses.some((address) => isNamedBy(instance, address, policy)));
  const within = inVpcs(named, policy, text);
  if ('match' in within) return within;
  const match = exactlyOne(within.named, text);
  if (match.match === 'none') return match;
  const stray = addresses.find((address) => !allAddresses(match.instance).includes(address.text));
  if (stray === undefined) return match;
  const message = `${quote(text)} leads to ${describeInstance(match.instance)} and also to ${stray.text}, which is not one of its addresses`;
  return { match: 'none', reason: 'ambiguous', message };
}

function inVpcs(
  candidates: readonly Instance[],
  { vpcs = [] }: AddressPolicy,
  text: string,
): Extract<Match, { match: 'none' }> | { readonly named: readonly Instance[] } {
  const named = candidates.filter(({ vpc }) => vpcs.length === 0 || vpcs.includes(vpc ?? ''));
  if (named.length > 0 || candidates.length === 0) return { named };
  const message = `no instance in ${vpcs.join(' or ')} matches ${quote(text)}; elsewhere there is ${nameSome(candidates)}`;
  return { match: 'none', reason: 'not_found', message };
}

function exactlyOne(candidates: readonly Instance[], text: string, tell = describeInstance): Match {
  const unique = [...new Map(candidates.map((instance) => [instance.id, instance])).values()];
  const live = unique.filter((instance) => !isGone(instance));
  const [first, ...others] = live;
  if (first === undefined) {
    const gone = unique.length === 0 ? '' : ` (${unique.map(({ id, state }) => `${id} is ${state}`).join(', ')})`;
    return { match: 'none', reason: 'not_found', message: `no instance matches ${quote(text)}${gone}` };
  }
  if (others.length > 0)
    return { match: 'none', reason: 'ambiguous', message: `${quote(text)} could be ${nameSome(live, tell)}` };
  return { match: 'one', instance: first };
}

function nameSome(instances: readonly Instance[], tell = describeInstance): string {
  const shown = instances
    .slice(0, MAX_NAMED)
    .map((instance) => tell(instance))
    .join(', ');
  return instances.length > MAX_NAMED ? `${shown} or ${instances.length - MAX_NAMED} more` : shown;
}

const MAX_NAMED = 5;

/** Checked on the answer itself, not left to the filter that was sent. */
function isNamedBy({ addresses }: Instance, { text }: Address, policy: AddressPolicy): boolean {
  if (addresses.primary === text || addresses.ipv6.includes(text)) return true;
  if (policy.public && addresses.public.includes(text)) return true;
  return policy.secondary && (addresses.secondary.includes(text) || addresses.secondaryIpv6.includes(text));
}

export function allAddresses({ addresses }: Instance): readonly string[] {
  const { primary, secondary, public: publicOnes, ipv6, secondaryIpv6 } = addresses;
  return [...(primary === undefined ? [] : [primary]), ...secondary, ...publicOnes, ...ipv6, ...secondaryIpv6];
}
