/** The hosts file, `/etc/hosts`: it has a machine's own aliases, and those that Kubernetes gives a pod (hostAliases). */
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';

/** Names in lower case, each with all addresses that any line gives it. */
export type Hosts = ReadonlyMap<string, readonly string[]>;

/**
 * Reads lines of an address, then names, then perhaps a comment. A line without a valid address is skipped, as the C library
 * does. All lines count: a name with two addresses of a kind may be two machines.
 */
export function parseHosts(text: string): Hosts {
  const hosts = new Map<string, readonly string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names.map((written) => written.replace(/\.$/, '').toLowerCase())) {
      const known = hosts.get(name) ?? [];
      if (!known.includes(address)) hosts.set(name, [...known, address]);
    }
  }
  return hosts;
}

/**
 * Finds the addresses of a name in the file as it is now. The file is small, so it is read synchronously.
 *
 * @throws when the file is there and cannot be read
 */
export function createHostsFile(path: string): (name: string) => readonly string[] {
  let read: { readonly version: string; readonly hosts: Hosts } | undefined;
  return (name) => {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return [];
    const version = [stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ');
    if (read?.version !== version) read = { version, hosts: parseHosts(readFileSync(path, 'utf8')) };
    return read.hosts.get(name) ?? [];
  };
}
