/** The address that a request comes from, behind proxies. */
import ipaddr from 'ipaddr.js';
import type { Network } from '../../config/auth.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** @param peer the other end of the socket */
export type RemoteOf = (peer: string | undefined, headers: Headers) => string;

/**
 * Reads the headers from the right, as far as trusted proxies have written them: up to the first address that is not a trusted
 * proxy. Everything to its left may be invented by the sender.
 *
 * A proxy writes one of the two headers and passes the other on. So if both are there and differ, the sender wrote one of them,
 * and the proxy's own address counts.
 */
export function createRemoteOf(trusted: readonly Network[]): RemoteOf {
  const follow = (peer: Address, hops: readonly string[]): Address => {
    let last = peer;
    for (const hop of hops.toReversed()) {
      const address = parseHop(hop);
      if (address === undefined) return last;
      last = address;
      if (!isWithin(trusted, address)) return last;
    }
    return last;
  };
  return (peer, headers) => {
    const address = parse(peer ?? '');
    if (address === undefined) return 'an unknown address';
    if (!isWithin(trusted, address)) return address.toString();
    const ways = [headers.get('x-forwarded-for')?.split(','), headers.get('forwarded')?.split(',').map(forOf)]
      .filter((hops) => hops !== undefined)
      .map((hops) => follow(address, hops).toString());
    const [way = address.toString(), other = way] = ways;
    return way === other ? way : address.toString();
  };
}

export function isTrusted(trusted: readonly Network[], peer: string | undefined): boolean {
  const address = parse(peer ?? '');
  return address !== undefined && isWithin(trusted, address);
}

/** The addresses of one sender: an IPv4 address, or an IPv6 network of 64 bits, the smallest that providers assign. */
export function networkOf(text: string): string {
  const address = parse(text);
  if (address === undefined) return text;
  // IPv4 translators (RFC 6052) show all IPv4 senders within one network.
  if (!(address instanceof ipaddr.IPv6) || address.range() === 'rfc6052') return address.toString();
  return `${address.parts.slice(0, 4).join(':')}/64`;
}

function isWithin(networks: readonly Network[], address: Address): boolean {
  return networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

/** `for` of one element of `Forwarded` (RFC 7239). */
function forOf(element: string): string {
  return /(?:^|;)\s*for\s*=\s*"?([^";]*)"?/i.exec(element)?.[1] ?? '';
}

/** An address, which may have a port. */
function parseHop(text: string): Address | undefined {
  const hop = text.trim();
  return parse(hop) ?? parse(/^\[(.*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? '');
}

/** An IPv4 address in IPv6 form becomes IPv4. */
function parse(text: string): Address | undefined {
  const isOne = ipaddr.IPv6.isValid(text) || ipaddr.IPv4.isValidFourPartDecimal(text);
  return isOne ? ipaddr.process(text) : undefined;
}
