/** How an intent names the machine. Parsed once, at the edge. */
import { parseAddress, type Address } from './address.ts';
import { parsed, quote, unparsed, type Parsed } from './parsed.ts';

export type Target = HostTarget | TagTarget;

export type HostTarget = InstanceTarget | AddressTarget | NameTarget;

/** A machine by its id. */
export interface InstanceTarget {
  readonly kind: 'instance';
  readonly id: string;
  /** From an EC2 resource name. */
  readonly region?: string;
  /** The trimmed text as it was sent, for people: printable, and ASCII except for a tag. */
  readonly text: string;
}

/** A machine by its address, which is looked up among the instances. */
export interface AddressTarget {
  readonly kind: 'address';
  readonly address: Address;
  readonly region?: string;
  readonly text: string;
}

/** A machine by its DNS name, in lower case. A final dot is kept: such a name skips search lists and the hosts file. */
export interface NameTarget {
  readonly kind: 'name';
  readonly name: string;
  readonly text: string;
}

/** A machine by its tag `Name`, where no host can have such a name. */
export interface TagTarget {
  readonly kind: 'tag';
  /** Case counts. */
  readonly name: string;
  readonly text: string;
}

/** EC2's two forms of an instance id. */
export const INSTANCE_ID = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
const PRINTABLE = /^[\x21-\x7e]+$/;
const DNS_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** An AWS region, such as eu-central-1 or us-gov-west-1. It becomes part of a host name. */
export const REGION = /^[a-z]{2,5}(?:-[a-z]{1,12}){1,3}-\d{1,2}$/;
/** `ip-10-0-1-5`, alone or under EC2's own domains. */
const EC2_IP_NAME = /^ip-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})(?:\.(ec2|[a-z0-9-]+\.compute)\.internal)?$/;
/** `i-0abc….eu-west-1.compute.internal`, EC2's resource names. */
const EC2_RESOURCE_NAME = /^(i-[0-9a-f]+)\.(ec2|[a-z0-9-]+\.compute)\.internal$/;

/** Only EC2's two forms pass, so no other text reaches a call or a filter. */
export function parseInstanceTarget(text: string): Parsed<InstanceTarget> {
  if (INSTANCE_ID.test(text)) return parsed({ kind: 'instance', id: text, text });
  return unparsed(`expected an instance id such as i-0123456789abcdef0, got ${quote(text)}`);
}

/** Parses a host name of an alert: an address, a DNS name, one of EC2's names or an instance id, each with or without a port. */
export function parseHostTarget(raw: string): Parsed<HostTarget> {
  const text = raw.trim();
  const host = stripPort(text);
  // Beyond ASCII, two different texts can have the same lower case: the Kelvin sign becomes a plain k.
  if (host === undefined || !PRINTABLE.test(host)) {
    return unparsed(`expected a host name or an IP address, got ${quote(raw)}`);
  }
  if (host.includes(':') || endsInNumber(host)) return parseAddressTarget(host, text);
  const written = host.toLowerCase();
  const name = withoutFinalDot(written);
  if (INSTANCE_ID.test(name)) return parsed({ kind: 'instance', id: name, text });
  if (!isDnsName(name)) return unparsed(`expected a host name or an IP address, got ${quote(text)}`);
  return parseEc2Name(name, text) ?? parsed({ kind: 'name', name: written, text });
}

/** Tags that can be shown to people: no control characters, and none that turn the direction of writing. */
const TAG = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,255}$/u;
/** A character that no address or pattern of addresses has. Text without one is never taken for a name. */
const NO_ADDRESS = /[^0-9a-fx.:*?[\]%/\\-]/i;

/** Parses a host name as `parseHostTarget` does, or else the tag `Name`, which can be almost any text. */
export function parseNameTarget(raw: string): Parsed<Target> {
  const host = parseHostTarget(raw);
  if (host.ok) return host;
  const name = raw.trim();
  // A refused host name is one of EC2's names with a mistake in it.
  const isHostName = isDnsName(withoutFinalDot(name.toLowerCase())) && !endsInNumber(name);
  const isTag = TAG.test(name) && NO_ADDRESS.test(name) && !name.includes('://');
  return isTag && !isHostName ? parsed({ kind: 'tag', name, text: name }) : host;
}

/** The host of a target without its port, in the case that was sent. */
export function hostAsWritten({ text }: Target): string {
  return withoutFinalDot(stripPort(text) ?? text);
}

export function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** Equal for equal targets, whatever their spelling or port. */
export function targetKey(target: Target): string {
  switch (target.kind) {
    case 'instance':
      return target.id;
    case 'address':
      return target.region === undefined ? target.address.text : `${target.address.text}@${target.region}`;
    case 'name':
      // A name with dots is absolute anyway. In other names the final dot makes a difference.
      return withoutFinalDot(target.name).includes('.') ? withoutFinalDot(target.name) : target.name;
    case 'tag':
      return target.name;
  }
}

export interface MachineKeys {
  /** The key of a target. */
  readonly target?: string;
  /** Its instance id. */
  readonly instance?: string;
  /** Its tag `Name`. */
  readonly name?: string;
}

/** The meanings of a person's text: any target, or the tag `Name`. */
export function machineKeys(text: string): MachineKeys {
  const target = parseNameTarget(text);
  if (!target.ok) return { name: text };
  if (target.value.kind === 'instance') return { target: target.value.id, instance: target.value.id };
  return { target: targetKey(target.value), name: text };
}

/** EC2's own names are parsed, not resolved, so that they work without EC2's DNS. Domains without a region are not EC2's. */
function parseEc2Name(name: string, text: string): Parsed<HostTarget> | undefined {
  const resource = EC2_RESOURCE_NAME.exec(name);
  const numbers = EC2_IP_NAME.exec(name);
  const region = regionOfDomain(resource?.[2] ?? numbers?.[5]);
  if (region !== undefined && !REGION.test(region)) return undefined;
  if (numbers !== null) return parseAddressTarget(numbers.slice(1, 5).join('.'), text, region);
  if (resource === null) return undefined;
  const id = resource[1] ?? '';
  if (!INSTANCE_ID.test(id))
    return unparsed(`expected an EC2 resource name with a whole instance id, got ${quote(text)}`);
  return parsed({ kind: 'instance', id, text, ...(region === undefined ? {} : { region }) });
}

/** `ec2.internal` is us-east-1's domain; everywhere else the domain carries the region. */
function regionOfDomain(domain: string | undefined): string | undefined {
  if (domain === undefined) return undefined;
  return domain === 'ec2' ? 'us-east-1' : domain.slice(0, -'.compute'.length);
}

function parseAddressTarget(host: string, text: string, region?: string): Parsed<AddressTarget> {
  const address = parseAddress(host);
  if (!address.ok) return address;
  return parsed({ kind: 'address', address: address.value, text, ...(region === undefined ? {} : { region }) });
}

/**
 * Resolvers take a name whose last label is a number for an address: `10.1` is 10.0.0.1 and `0x0a010005` is 10.1.0.5. The strict
 * address parser refuses such names (WHATWG URL, "ends in a number").
 */
function endsInNumber(host: string): boolean {
  const last = withoutFinalDot(host).split('.').at(-1) ?? '';
  return /^(?:\d+|0x[0-9a-f]*)$/i.test(last);
}

function isDnsName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => DNS_LABEL.test(label));
}

/** Removes the port of `host:9835` and `[v6]:9835`, and the brackets. A bare IPv6 address has no port. */
function stripPort(text: string): string | undefined {
  const bracketed = /^\[([^[\]]*)\](?::\d{1,5})?$/.exec(text);
  if (bracketed !== null) return bracketed[1]?.includes(':') === true ? bracketed[1] : undefined;
  const colons = text.split(':').length - 1;
  if (colons !== 1) return text === '' ? undefined : text;
  const [host, port] = text.split(':');
  return host !== undefined && host !== '' && /^\d{1,5}$/.test(port ?? '') ? host : undefined;
}
