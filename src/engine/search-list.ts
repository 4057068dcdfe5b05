/** The search list of `resolv.conf`: the domains under which a name is looked for that is not whole. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * The full names to ask DNS for, in the order of the C library: a name with fewer dots than `ndots` comes last, after those in
 * the search domains, and any other first (resolv.conf(5)).
 *
 * @param own this machine's name, whose domain is searched where the file names none
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

/** @returns an empty text where there is no such file */
export function readResolvConf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
