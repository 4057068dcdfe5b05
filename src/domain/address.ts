/** IP addresses in the spelling that EC2 uses. Only addresses parsed here reach an EC2 filter. */
import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { parsed, quote, unparsed, type Parsed } from './parsed.ts';

export interface Address {
  readonly family: 4 | 6;
  /** Canonical: dotted decimal, or RFC 5952. */
  readonly text: string;
}

/** Ranges that name the asking machine or its neighbours, and no instance. */
const UNUSABLE = new Set(['unspecified', 'broadcast', 'multicast', 'linkLocal', 'loopback', 'ipv4Mapped']);

/**
 * Reads an IP address strictly. The resolver's legacy forms (`10.1`, `0x0a010005`, `167837701`, `10.1.0.05`) are refused,
 * because readers take them for another machine.
 */
export function parseAddress(text: string): Parsed<Address> {
  const strict = isIPv4(text) || (isIPv6(text) && !text.includes('%'));
  if (!strict) return unparsed(`expected an IP address in its usual form, such as 10.0.1.5, got ${quote(text)}`);
  const address = ipaddr.parse(text);
  const range = address.range();
  if (UNUSABLE.has(range)) {
    return unparsed(`expected an address that an instance can have, got ${quote(text)}, which is ${range}`);
  }
  return parsed({ family: address.kind() === 'ipv4' ? 4 : 6, text: spell(address) });
}

/** The canonical text of an address from EC2. IPv4 has only one spelling; other text stays as it is. */
export function canonicalAddress(text: string): string {
  if (!isIPv6(text)) return text;
  const address = parseAddress(text);
  return address.ok ? address.value.text : text;
}

function spell(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}
