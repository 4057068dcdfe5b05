/**
 * Names to addresses. A name means what was written: the hosts file is asked first, then DNS, and a name with a dot is looked up
 * without any search list. With one, a wildcard or a service in another domain could choose the machine. The C library is
 * never asked: it occupies one of the process's few threads for each name until it gives up, and cannot be stopped.
 */
import { Resolver } from 'node:dns/promises';
import { withoutEmbedded } from '../domain/nat64.ts';
import { withoutFinalDot } from '../domain/target.ts';
import { createHostsFile } from './hosts-file.ts';
import { queueLookups } from './lookup-queue.ts';
import type { LookUpName, NameLookup } from './name-lookup.ts';
import { candidatesOf, readResolvConf } from './search-list.ts';

export interface DnsSettings {
  /** Names with a dot are looked for in the search domains as well. */
  readonly search: boolean;
  /** Prefixes of DNS64, besides the well-known one. */
  readonly nat64: readonly string[];
}

/** Where names are known; the system's own sources outside of tests. */
export interface DnsSources {
  readonly hostsFile: string;
  readonly resolvConf: string;
  /** `address:port` of DNS servers. Absent: those of the system. */
  readonly servers?: readonly string[];
}

const SYSTEM: DnsSources = { hostsFile: '/etc/hosts', resolvConf: '/etc/resolv.conf' };

/** Looks up all addresses of a name, IPv4 and IPv6. */
export function createLookUpName(settings: DnsSettings, sources = SYSTEM): LookUpName {
  const findInHosts = createHostsFile(sources.hostsFile);

  const ask = async (name: string, signal: AbortSignal): Promise<NameLookup> => {
    const isAbsolute = name.endsWith('.');
    const bare = withoutFinalDot(name);
    const aliases = isAbsolute ? [] : findInHosts(bare);
    if (aliases.length > 0) return { answer: 'addresses', addresses: aliases };
    const isWhole = isAbsolute || (bare.includes('.') && !settings.search);
    const candidates = isWhole ? [bare] : candidatesOf(bare, readResolvConf(sources.resolvConf));
    for (const candidate of candidates) {
      const addresses = await queryDns(candidate, sources.servers, signal);
      if (addresses.length > 0) return { answer: 'addresses', addresses };
    }
    return { answer: 'unknown' };
  };

  return queueLookups(async (name, signal) => {
    try {
      const found = await ask(name, signal);
      if (found.answer !== 'addresses') return found;
      return { answer: 'addresses', addresses: withoutEmbedded(found.addresses, settings.nat64) };
    } catch (error) {
      return { answer: 'failed', message: codeOf(error) };
    }
  });
}

/**
 * An answer that arrives after the question was asked again is lost, so a slow server needs a long time for each try. Behind two
 * servers that do not answer, the third still gets its turn. In milliseconds.
 */
const TRY_MS = 3_000;

/** The codes by which a resolver says that there is no such name, or none with an address. */
const UNKNOWN_CODES = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/**
 * Asks DNS for exactly this name. The system's servers are read each time, because they change while the process runs.
 *
 * @returns no addresses if DNS does not know the name
 * @throws when DNS cannot answer for one of the two kinds of address: there could be a second machine
 */
async function queryDns(
  name: string,
  servers: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  signal.throwIfAborted();
  const resolver = new Resolver({ timeout: TRY_MS, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  const cancel = (): void => {
    resolver.cancel();
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const answers = await Promise.all([addressesBy(resolver.resolve4(name)), addressesBy(resolver.resolve6(name))]);
    return answers.flat();
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

async function addressesBy(asked: Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await asked;
  } catch (error) {
    if (UNKNOWN_CODES.has(codeOf(error))) return [];
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
