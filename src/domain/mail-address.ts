/** E-mail addresses that lead to the domain that they end with. Each has one reading, in a header and for every mail server. */
import { parsed, quote, unparsed, type Parsed } from './parsed.ts';

/**
 * ASCII alone, and without the characters by which mail servers send a mail on to another domain: `user%other.org@`,
 * `other.org!user@` and `/ADMD=...@`. A mail server may take a first `-` for an option.
 */
const LOCAL_PART = /^(?!-)[A-Za-z0-9_'=~+-]+(?:\.[A-Za-z0-9_'=~+-]+)*$/;

/** Exchange unpacks `IMCEASMTP-user+40other.org@` to `user@other.org`, and SRS `SRS0=hash=day=other.org=user@` as well. */
const ENCAPSULATED = /^(?:imcea|srs[01][=+-])/i;

const DOMAIN = /^(?=.{3,253}$)(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?!-)(?!\d+$)[a-z0-9-]{2,63}(?<!-)$/;

/** RFC 5321, 4.5.3.1. */
const LONGEST_LOCAL_PART = 64;
const LONGEST = 254;

/** A sender, with the name that readers see. */
export interface Mailbox {
  readonly name?: string;
  readonly address: string;
}

/** @returns the address, its domain in lower case */
export function parseMailAddress(text: string): Parsed<string> {
  // Letters of other alphabets have lower-case forms in ASCII.
  const [local = '', domain = '', ...others] = /^[!-~]+$/.test(text) ? text.split('@') : [];
  const address = `${local}@${domain.toLowerCase()}`;
  const isRead =
    others.length === 0 &&
    address.length <= LONGEST &&
    local.length <= LONGEST_LOCAL_PART &&
    LOCAL_PART.test(local) &&
    !ENCAPSULATED.test(local) &&
    isDomain(domain.toLowerCase());
  return isRead ? parsed(address) : unparsed(`expected an e-mail address such as ann@example.com, got ${quote(text)}`);
}

/** In lower case, with two labels or more. */
export function isDomain(text: string): boolean {
  return DOMAIN.test(text);
}

/** @param address as `parseMailAddress` gives it */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** Reads `ann@example.com`, and `Name <ann@example.com>`. */
export function parseMailbox(text: string): Parsed<Mailbox> {
  const found = /^(?<name>[^<>]*)<(?<address>[^<>]*)>$/.exec(text.trim())?.groups;
  const address = parseMailAddress(found?.['address'] ?? text.trim());
  if (!address.ok) return address;
  const name = (found?.['name'] ?? '').trim().replace(/^"(.*)"$/, '$1');
  if (name === '') return parsed({ address: address.value });
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}"\\@]/u.test(name) || name.length > 100)
    return unparsed(`expected a name of at most 100 ordinary characters before the address, got ${quote(name)}`);
  return parsed({ name, address: address.value });
}
