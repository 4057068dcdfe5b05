/** How an intent names the machine. Parsed once, at the edge: nothing else in the program can make one from raw text. */
import { parseAddress, type Address } from './address.ts';
import { parsed, quote, unparsed, type Parsed } from './parsed.ts';

export type Target = HostTarget | TagTarget;

export type HostTarget = InstanceTarget | AddressTarget | NameTarget;

/** Named by its id, which no other machine shares. */
export interface InstanceTarget {
  readonly kind: 'instance';
  readonly id: string;
  /** The region that an EC2 resource name carries. */
  readonly region?: string;
  /** The name as it was sent, without the white space around it: printable, and ASCII except for a tag; for people. */
  readonly text: string;
}

/** Named by an address: looked up among the instances. */
export interface AddressTarget {
  readonly kind: 'address';
  readonly address: Address;
  readonly region?: string;
  readonly text: string;
}

/**
 * Named by a DNS name, lower case: resolved first, then looked up by its addresses. A final dot is kept: such a name is in
 * no domain of a search list, and in no hosts file.
 */
export interface NameTarget {
  readonly kind: 'name';
  readonly name: string;
  readonly text: string;
}

/** Named by its tag `Name` alone, because no host can have such a name. */
export interface TagTarget {
  readonly kind: 'tag';
  /** As it is, in upper and lower case. */
  readonly name: string;
  readonly text: string;
}

/** EC2's two forms of an instance id. */
export const INSTANCE_ID = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
const PRINTABLE = /^[\x21-\x7e]+$/;
const DNS_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** An AWS region, such as eu-central-1 or us-gov-west-1. It becomes part of a host name that is called. */
export const REGION = /^[a-z]{2,5}(?:-[a-z]{1,12}){1,3}-\d{1,2}$/;
/** `ip-10-0-1-5`, alone or under EC2's own domains. */
const EC2_IP_NAME = /^ip-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})(?:\.(ec2|[a-z0-9-]+\.compute)\.internal)?$/;
/** `i-0abc….eu-west-1.compute.internal`, EC2's resource names. */
const EC2_RESOURCE_NAME = /^(i-[0-9a-f]+)\.(ec2|[a-z0-9-]+\.compute)\.internal$/;

/** Reads an instance id. Only EC2's two forms pass, so no other text can ever reach a call or a filter. */
export function parseInstanceTarget(text: string): Parsed<InstanceTarget> {
  if (INSTANCE_ID.test(text)) return parsed({ kind: 'instance', id: text, text });
  return unparsed(`expected an instance id such as i-0123456789abcdef0, got ${quote(text)}`);
}

/**
 * Reads a host name as alerts carry them: an address, a DNS name, one of EC2's own names or an instance id, each also
 * with a port behind it.
 */
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

/** What a tag may hold that is shown to people: no control characters, nothing that turns the direction of writing. */
const TAG = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,255}$/u;
/** A character that no spelling of an address has, nor a pattern of addresses: what is meant as one is never taken for a name. */
const NO_ADDRESS = /[^0-9a-fx.:*?[\]%/\\-]/i;

/**
 * Reads the name of a machine as people know it: a host name as `parseHostTarget` reads it, or else the tag `Name`, which can
 * be almost any text.
 */
export function parseNameTarget(raw: string): Parsed<Target> {
  const host = parseHostTarget(raw);
  if (host.ok) return host;
  const name = raw.trim();
  // Of the form of a host name, and refused: one of EC2's own names with a mistake in it.
  const isHostName = isDnsName(withoutFinalDot(name.toLowerCase())) && !endsInNumber(name);
  const isTag = TAG.test(name) && NO_ADDRESS.test(name) && !name.includes('://');
  return isTag && !isHostName ? parsed({ kind: 'tag', name, text: name }) : host;
}

/** The host that a target was sent as, without the port and in the letters that were written. */
export function hostAsWritten({ text }: Target): string {
  return withoutFinalDot(stripPort(text) ?? text);
}

export function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** A key that is equal for equal targets, whatever spelling or port they were sent with. */
export function targetKey(target: Target): string {
  switch (target.kind) {
    case 'instance':
      return target.id;
    case 'address':
      return target.region === undefined ? target.address.text : `${target.address.text}@${target.region}`;
    case 'name':
      // A name with a dot in it is absolute anyway; without one, the final dot tells another name.
      return withoutFinalDot(target.name).includes('.') ? withoutFinalDot(target.name) : target.name;
    case 'tag':
      return target.name;
  }
}

/** What a machine may be known by. */
export interface MachineKeys {
  /** The key of a target. */
  readonly target?: string;
  /** Its instance id. */
  readonly instance?: string;
  /** Its tag `Name`. */
  readonly name?: string;
}

/** What a text may mean that people know a machine by: any way to name a target, or the tag `Name`, which can be any text. */
export function machineKeys(text: string): MachineKeys {
  const target = parseNameTarget(text);
  if (!target.ok) return { name: text };
  if (target.value.kind === 'instance') return { target: target.value.id, instance: target.value.id };
  return { target: targetKey(target.value), name: text };
}

/**
 * EC2 answers for these names, so they are read instead of resolved: they work where DNS does not know them. Under a
 * domain that carries no region, such a name is somebody else's.
 */
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
 * A name whose last label is a number is an address to every resolver, in forms nobody means: `10.1` is 10.0.0.1 and
 * `0x0a010005` is 10.1.0.5. These go to the strict address parser, never to the resolver (WHATWG URL, "ends in a number").
 */
function endsInNumber(host: string): boolean {
  const last = withoutFinalDot(host).split('.').at(-1) ?? '';
  return /^(?:\d+|0x[0-9a-f]*)$/i.test(last);
}

function isDnsName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => DNS_LABEL.test(label));
}

/** Takes `:9835` off `host:9835` and `[v6]:9835`, and the brackets off `[v6]`. A bare IPv6 address has no port. */
function stripPort(text: string): string | undefined {
  const bracketed = /^\[([^[\]]*)\](?::\d{1,5})?$/.exec(text);
  if (bracketed !== null) return bracketed[1]?.includes(':') === true ? bracketed[1] : undefined;
  const colons = text.split(':').length - 1;
  if (colons !== 1) return text === '' ? undefined : text;
  const [host, port] = text.split(':');
  return host !== undefined && host !== '' && /^\d{1,5}$/.test(port ?? '') ? host : undefined;
}
