/** What both EC2 adapters are told: accounts, time limits and the environment, and how a place is read from them. */
import { readVariable, type Environment } from '../config/environment.ts';
import { quote } from '../domain/parsed.ts';
import type { Place } from '../domain/instance.ts';
import { Ec2Error } from './port.ts';

/** An account that is reached by assuming a role in it. */
export interface AccountRole {
  /** What `Place.account` calls it. */
  readonly name: string;
  readonly roleArn: string;
  readonly externalId?: string;
  /** Where EC2 answers for this account. */
  readonly endpoint?: string;
}

export interface Ec2Settings {
  readonly accounts: readonly AccountRole[];
  readonly connectTimeoutMs: number;
  /** How long EC2 may take to answer one request. */
  readonly requestTimeoutMs: number;
  /** How many `aws` processes may run at once. Each takes half a second of CPU and 75 MB of memory. */
  readonly cliConcurrency: number;
  /** Where EC2 answers in a region, such as a VPC endpoint. */
  readonly endpoints?: Readonly<Record<string, string>>;
  /** Variables that the `aws` command gets besides those that AWS needs. */
  readonly cliVariables?: readonly string[];
  /** The process's environment. `native` reads what it does not find here (profiles, IRSA...) as the SDK itself does. */
  readonly environment: Environment;
}

/** The session name that CloudTrail shows for what is done in an assumed role. */
export const ROLE_SESSION_NAME = 'ec2-operator';

/**
 * The region to ask, by the place or by the environment; `undefined` leaves it to the SDK or the CLI (profile).
 * `AWS_DEFAULT_REGION` is read here because the SDK for JavaScript does not take it for a region.
 *
 * @throws Ec2Error ClientMisconfigured where it cannot be one: it becomes part of a host name.
 */
export function regionOf(settings: Ec2Settings, place: Place): string | undefined {
  const { environment } = settings;
  const region =
    place.region ?? readVariable(environment, 'AWS_REGION') ?? readVariable(environment, 'AWS_DEFAULT_REGION');
  if (region === undefined || /^[a-z][a-z0-9-]{1,62}$/.test(region)) return region;
  throw new Ec2Error(
    'ClientMisconfigured',
    `expected a region such as eu-central-1, got ${quote(region)}; correct AWS_REGION or the regions in the configuration`,
  );
}

/**
 * The role to assume for the place; `undefined` for the process's own credentials.
 *
 * @throws Ec2Error ClientMisconfigured for an account that nobody configured: never the wrong account instead.
 */
export function roleOf(settings: Ec2Settings, place: Place): AccountRole | undefined {
  const { account } = place;
  if (account === undefined) return undefined;
  const role = settings.accounts.find(({ name }) => name === account);
  if (role !== undefined) return role;
  throw new Ec2Error('ClientMisconfigured', `expected a configured account, got ${quote(account)}; add it to accounts`);
}

/**
 * The endpoint of a service: of EC2 that of the account, then that of the region; else the environment's, by the rules that
 * SDKs share.
 */
export function endpointOf(settings: Ec2Settings, service: 'ec2' | 'sts', place: Place = {}): string | undefined {
  const { environment, accounts, endpoints = {} } = settings;
  const ofAccount = accounts.find(({ name }) => name === place.account)?.endpoint;
  const region = regionOf(settings, place) ?? '';
  const configured = ofAccount ?? (Object.hasOwn(endpoints, region) ? endpoints[region] : undefined);
  if (service === 'ec2' && configured !== undefined) return configured;
  if (readVariable(environment, 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS')?.toLowerCase() === 'true') return undefined;
  return (
    readVariable(environment, `AWS_ENDPOINT_URL_${service.toUpperCase()}`) ??
    readVariable(environment, 'AWS_ENDPOINT_URL')
  );
}

/** How long one call to the port may take: a request for credentials, and the request itself. */
export function callLimitMs({ connectTimeoutMs, requestTimeoutMs }: Ec2Settings): number {
  return 2 * (connectTimeoutMs + requestTimeoutMs);
}
