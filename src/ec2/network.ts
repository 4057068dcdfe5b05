/** Proxies and private certificate authorities by the variables that `aws` and the SDKs share: the same for both clients. */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import tls from 'node:tls';
import ipaddr from 'ipaddr.js';
import { readVariable, type Environment } from '../config/environment.ts';
import { Ec2Error } from './port.ts';
import { caBundleOf } from './shared-config.ts';

/** These addresses give credentials, which a proxy could see or pass on. */
const NEVER_PROXIED = ['169.254.169.254', '169.254.170.2', '169.254.170.23', 'fd00:ec2::254', 'fd00:ec2::23'];

export interface Proxies {
  readonly http: string | undefined;
  readonly https: string | undefined;
  /** Hosts that are reached directly, separated by commas. */
  readonly direct: string;
}

/** Undefined if no proxy is set. The lower-case spelling of a variable wins, as in other programs. */
export function proxiesOf(environment: Environment): Proxies | undefined {
  const read = (name: string): string | undefined =>
    readVariable(environment, name.toLowerCase()) ?? readVariable(environment, name);
  const [http, https] = [read('HTTP_PROXY'), read('HTTPS_PROXY')];
  if (http === undefined && https === undefined) return undefined;
  const named = (read('NO_PROXY') ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  // Node and `aws` read a star as every host only if it stands alone.
  const direct = named.includes('*') ? ['*'] : [...named, ...NEVER_PROXIED];
  return { http, https, direct: direct.join(',') };
}

/** The agents of the SDK's connections. @throws Ec2Error ClientMisconfigured for a bundle that cannot be read */
export function agentsFor(environment: Environment): {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
} {
  const proxies = proxiesOf(environment);
  const ca = trustedBy(environment);
  const shared = {
    keepAlive: true,
    maxSockets: 50,
    proxyEnv: proxies && {
      HTTP_PROXY: proxies.http,
      HTTPS_PROXY: proxies.https,
      NO_PROXY: proxies.direct.split(',').map(asRange).join(','),
    },
  };
  return { httpAgent: new HttpAgent(shared), httpsAgent: new HttpsAgent({ ...shared, ca }) };
}

/** Node's NO_PROXY takes ranges of addresses (10.0.0.0-10.255.255.255), not networks (10.0.0.0/8). */
function asRange(entry: string): string {
  if (!ipaddr.IPv4.isValidCIDR(entry)) return entry;
  const [first, last] = [ipaddr.IPv4.networkAddressFromCIDR(entry), ipaddr.IPv4.broadcastAddressFromCIDR(entry)];
  return `${first.toString()}-${last.toString()}`;
}

/** The authorities of AWS_CA_BUNDLE or the profile, added to Node's own and to NODE_EXTRA_CA_CERTS. */
function trustedBy(environment: Environment): string[] | undefined {
  const bundle = caBundleOf(environment);
  if (bundle === undefined) return undefined;
  return [...tls.getCACertificates('default'), readBundle(bundle.from, bundle.file)];
}

/** All authorities that Node trusts, for a program that replaces its own by a bundle; undefined without NODE_EXTRA_CA_CERTS. */
export function extraBundle(environment: Environment): string | undefined {
  const file = readVariable(environment, 'NODE_EXTRA_CA_CERTS');
  if (file === undefined || caBundleOf(environment) !== undefined) return undefined;
  return [...tls.getCACertificates('bundled'), readBundle('NODE_EXTRA_CA_CERTS', file)].join('\n');
}

function readBundle(from: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Ec2Error('ClientMisconfigured', `${from} cannot be read; mount the file or unset it (${why})`);
  }
}

/** `aws` does not read networks in NO_PROXY, so the hosts of these URLs that are in a network are added by name. */
export function noProxyFor({ direct }: Proxies, urls: readonly (string | undefined)[]): string {
  const networks = direct.split(',').filter((entry) => ipaddr.IPv4.isValidCIDR(entry));
  const hosts = urls
    .map((url) => (url === undefined ? undefined : URL.parse(url)?.hostname))
    .filter((host) => host !== undefined && ipaddr.IPv4.isValidFourPartDecimal(host))
    .filter((host) => networks.some((network) => ipaddr.IPv4.parse(host ?? '').match(ipaddr.IPv4.parseCIDR(network))));
  return [direct, ...hosts].join(',');
}
