/** The search list of `resolv.conf`: the domains under which a name without a dot is looked for. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * The full names to ask DNS for, in order: of the C library's rules those for a name without a dot (resolv.conf(5)).
 *
 * @param own this machine's name, whose domain is searched where the file names none
 */
export function candidatesOf(label: string, resolvConf: string, own = hostname()): readonly string[] {
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
    .map((domain) => (domain === '' ? label : `${label}.${domain}`));
  return [...new Set(ndots === 0 ? [label, ...searched] : [...searched, label])];
}

/** @returns an empty text where there is no such file */
export function readResolvConf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
