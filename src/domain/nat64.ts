/** IPv6 addresses that DNS64 makes of IPv4 addresses (RFC 6147): another spelling of a machine, not another machine. */
import ipaddr from 'ipaddr.js';

/** No machine has an address of its own under this prefix (RFC 6052, 2.1). */
export const WELL_KNOWN_NAT64 = '64:ff9b::/96';

/** The lengths that RFC 6052 allows. */
const LENGTHS: ReadonlySet<number> = new Set([32, 40, 48, 56, 64, 96]);

/** Whether a text is an IPv6 prefix under which IPv4 addresses can be embedded. */
export function isNat64Prefix(text: string): boolean {
  if (!ipaddr.IPv6.isValidCIDR(text)) return false;
  return LENGTHS.has(ipaddr.IPv6.parseCIDR(text)[1]);
}

/** Drops IPv6 addresses that embed an IPv4 address of the same answer. Others stay, because they could be a second machine. */
export function withoutEmbedded(addresses: readonly string[], prefixes: readonly string[]): readonly string[] {
  const known = [WELL_KNOWN_NAT64, ...prefixes].map((text) => ipaddr.IPv6.parseCIDR(text));
  const v4 = new Set(addresses.filter((text) => ipaddr.IPv4.isValidFourPartDecimal(text)));
  return addresses.filter((text) => {
    if (!ipaddr.IPv6.isValid(text)) return true;
    const address = ipaddr.IPv6.parse(text);
    return !known.some(([prefix, length]) => address.match(prefix, length) && v4.has(embeddedIn(address, length)));
  });
}

/** The four bytes after the prefix, without the ninth byte of the address (RFC 6052, 2.2). */
function embeddedIn(address: ipaddr.IPv6, length: number): string {
  const bytes = address.toByteArray();
  const behind =
    length === 96 ? bytes.slice(12) : bytes.slice(length / 8).filter((_, index) => length / 8 + index !== 8);
  return behind.slice(0, 4).join('.');
}
