/** Who is told about which machine. */
import type { Cause } from './cause.ts';
import type { Instance } from './instance.ts';
import { domainOf, parseMailAddress } from './mail-address.ts';
import type { Address } from './notice-address.ts';
import { TOLD_AT_NIGHT, type NoticeKind } from './notice.ts';
import type { Prices } from './price.ts';
import { isSelected, type Selector } from './selector.ts';
import { nextFree, type Window } from './window.ts';

export interface TellingSettings {
  readonly channels: readonly ChannelRule[];
  readonly owners: OwnerAddresses;
  readonly escalations: readonly Escalation[];
  /** What messages say that machines cost. Absent: nothing is configured. */
  readonly prices?: Prices;
}

/** Who else is told: when people cannot be reached, or when a machine is kept again and again. Times are milliseconds. */
export type Escalation = { readonly to: string } & (
  | { readonly undeliveredMs: number }
  | { readonly held: number; readonly withinMs: number }
);

/** The part of a channel's configuration that decides whether it is told. */
export interface ChannelRule {
  readonly name: string;
  readonly kind: string;
  /** Absent: all machines. */
  readonly only?: Selector;
  readonly tells: ReadonlySet<NoticeKind>;
  /** It reaches the machine's owner; a machine without one is not told about there. */
  readonly toOwner: boolean;
  /** It writes to these e-mail addresses, each with a notice of its own, because links are made for one person. */
  readonly recipients?: readonly string[];
  /** Forbidding windows; see `nextFree`. */
  readonly quietHours: readonly Window[];
}

/** How a machine's owner is reached. */
export interface OwnerAddresses {
  /** The tags that name the owner: the first that the machine has. */
  readonly tags: readonly string[];
  /** The e-mail address, with `{owner}` for the tag's value. */
  readonly email: string;
  /** Nobody else is ever written to: whoever tags a machine chooses the owner. */
  readonly domains: readonly string[];
}

type Tags = Instance['tags'];

/** The channels that select the machine, each with whom it is to reach there. */
export function audienceOf(
  instance: Pick<Instance, 'tags'>,
  { channels, owners }: TellingSettings,
): readonly Address[] {
  const recipient = ownerAddress(instance.tags, owners);
  return channels
    .filter(({ only }) => only === undefined || isSelected(only, instance))
    .flatMap((rule) => addressesOf(rule, recipient));
}

/** Whether this address is told about the machine, as one of its channels or as a further one. */
export function isToldAbout(
  instance: Pick<Instance, 'tags'>,
  { channel, recipient }: Address,
  telling: TellingSettings,
): boolean {
  const isFurther = recipient === undefined && telling.escalations.some(({ to }) => to === channel);
  const audience = audienceOf(instance, telling);
  return isFurther || audience.some((one) => one.channel === channel && one.recipient === recipient);
}

/** @param owner the owner's address, if there is one */
export function addressesOf({ name, toOwner, recipients }: ChannelRule, owner?: string): readonly Address[] {
  if (recipients !== undefined) return recipients.map((recipient) => ({ channel: name, recipient }));
  if (!toOwner) return [{ channel: name }];
  return owner === undefined ? [] : [{ channel: name, recipient: owner }];
}

/**
 * The channels that warn people of a stop of this machine. A webhook leads to a program: it counts only where no other kind of channel
 * warns.
 */
export function warningChannels(
  instance: Pick<Instance, 'tags'>,
  cause: Pick<Cause, 'by'>,
  telling: TellingSettings,
): readonly string[] {
  const about = telling.channels.filter(
    ({ tells }) => tells.has('warning') || (cause.by === 'lease' && tells.has('lease_ending')),
  );
  if (about.length === 0) return [];
  const reached = new Set(audienceOf(instance, telling).map(({ channel }) => channel));
  const warn = about.filter(({ name }) => reached.has(name));
  const people = warn.filter((rule) => !leadsToProgram(rule));
  return (people.length === 0 ? warn : people).map(({ name }) => name);
}

/** When a channel may be told: after its quiet hours, unless people have to know at once. Hours without an end are none. */
export function tellableAt(kind: NoticeKind, { quietHours }: Pick<ChannelRule, 'quietHours'>, at: number): number {
  return TOLD_AT_NIGHT.has(kind) ? at : (nextFree(quietHours, at) ?? at);
}

export function leadsToProgram({ kind }: Pick<ChannelRule, 'kind'>): boolean {
  return kind === 'webhook';
}

/** @returns the value of the first of these tags that has one */
export function ownerOf(tags: Tags, ownerTags: readonly string[]): string | undefined {
  const valueOf = (key: string): string => (Object.hasOwn(tags, key) ? (tags[key] ?? '').trim() : '');
  return ownerTags.map(valueOf).find((value) => value !== '');
}

/**
 * The e-mail address of the machine's owner.
 *
 * @returns undefined where no tag names an owner, and for everything but one plain address of a configured domain
 */
export function ownerAddress(tags: Tags, { tags: ownerTags, email, domains }: OwnerAddresses): string | undefined {
  const owner = ownerOf(tags, ownerTags);
  if (owner === undefined) return undefined;
  const address = parseMailAddress(email.replaceAll('{owner}', () => owner));
  return address.ok && isOwnersAddress(address.value, { domains }) ? address.value : undefined;
}

/**
 * Whether a channel still reaches this address. A notice may be older than the configuration, which has another list or other
 * domains since.
 */
export function mayReach({ channel, recipient }: Address, { channels, owners }: TellingSettings): boolean {
  const rule = channels.find(({ name }) => name === channel);
  if (rule === undefined) return false;
  if (rule.recipients !== undefined) return recipient !== undefined && rule.recipients.includes(recipient);
  return rule.toOwner ? isOwnersAddress(recipient ?? '', owners) : recipient === undefined;
}

function isOwnersAddress(text: string, { domains }: Pick<OwnerAddresses, 'domains'>): boolean {
  const address = parseMailAddress(text);
  return address.ok && address.value === text && domains.includes(domainOf(text));
}
