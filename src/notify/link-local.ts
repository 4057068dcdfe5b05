/** Addresses that no channel reaches: there a cloud gives credentials to its machines. */
import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { WELL_KNOWN_NAT64 } from '../domain/nat64.ts';

const NAT64 = ipaddr.IPv6.parseCIDR(WELL_KNOWN_NAT64);
/** The services of EC2 that give credentials: the only ones outside the link-local ranges. */
const EC2_SERVICES = ipaddr.IPv6.parseCIDR('fd00:ec2::/32');

export const REFUSED = 'ERR_LINK_LOCAL';

/** @param host an address, or a name, for which the answer is no */
export function isLinkLocal(host: string): boolean {
  const text = host.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(text)) return false;
  // An IPv4 address may be written as one of IPv6.
  const address = ipaddr.process(text);
  if (address.range() === 'linkLocal') return true;
  if (address.kind() === 'ipv4') return false;
  const bytes = address.toByteArray();
  if (address.match(NAT64)) return isLinkLocal(bytes.slice(12).join('.'));
  return address.match(EC2_SERVICES);
}

type Find = (
  host: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * For connections: a name with one such address is refused, because its owner chooses among its addresses.
 *
 * @param find as the system finds addresses
 */
export function lookupElsewhere(find: Find = lookup): LookupFunction {
  return (host, options, callback) => {
    find(host, { ...options, all: true }, (error, addresses) => {
      const [first] = error === null ? addresses : [];
      if (first === undefined) callback(error, '', 4);
      else if (addresses.some(({ address }) => isLinkLocal(address))) callback(refusal(), '', 4);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

export function refusal(): NodeJS.ErrnoException {
  return Object.assign(new Error('a link-local address is refused'), { code: REFUSED });
}
