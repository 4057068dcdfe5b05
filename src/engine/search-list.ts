/** The search list of `resolv.conf`: the domains in which a short name is looked for. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * The full names to ask DNS for, in the order of the C library: the name as written comes last if it has fewer dots than `ndots`,
 * otherwise first (resolv.conf(5)).
 *
 * @param own this machine's name, whose domain is searched if the file names none
 */
export function candidatesOf(name: string, resolvConf: string, own = hostname()): readonly string[] {
  let domains = [own.split('.').slice(1).join('.')];
  let ndots = 1;
  for (const line of resolvConf.split(/\r?\n/)) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    // The last line of the two counts.
    if (keyword === 'search' || keyword === 'domain') domains = words;
    if (keyword === 'options') ndots = Number(words.findLast((word) => /^ndots:\d+$/.test(word))?.slice(6) ?? ndots);
  }
  const searched = domains
    .map((domain) => domain.replace(/\.$/, '').toLowerCase())
    .map((domain) => (domain === '' ? name : `${name}.${domain}`));
  const dots = name.split('.').length - 1;
  return [...new Set(dots >= ndots ? [name, ...searched] : [...searched, name])];
}

/** @returns an empty text if the file cannot be read */
export function readResolvConf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
