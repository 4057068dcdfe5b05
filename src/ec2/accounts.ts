/** The settings of both EC2 adapters, and the region, role and endpoint of a place. */
import { readVariable, type Environment } from '../config/environment.ts';
import { quote } from '../domain/parsed.ts';
import type { Place } from '../domain/instance.ts';
import { Ec2Error } from './port.ts';

/** An account that is reached by assuming a role in it. */
export interface AccountRole {
  /** The name in `Place.account`. */
  readonly name: string;
  readonly roleArn: string;
  readonly externalId?: string;
  /** EC2's endpoint for this account. */
  readonly endpoint?: string;
}

export interface Ec2Settings {
  /** The account that the process's own credentials must belong to, in twelve digits; whichever they belonged to first by default. */
  readonly account?: string;
  readonly accounts: readonly AccountRole[];
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** The most `aws` processes at once. Each takes half a second of CPU and 75 MB of memory. */
  readonly cliConcurrency: number;
  /** EC2's endpoint by region, such as a VPC endpoint. */
  readonly endpoints?: Readonly<Record<string, string>>;
  /** Names of variables to pass to the `aws` command besides those that AWS needs. */
  readonly cliVariables?: readonly string[];
  /** The SDK also reads the process's own environment, for profiles, IRSA and the like. */
  readonly environment: Environment;
}

export type AwsService = 'ec2' | 'sts' | 'scheduler' | 'pricing';

interface AssumeRoleInput {
  RoleArn: string;
  RoleSessionName: string;
  ExternalId?: string;
}

/** CloudTrail shows the session name. */
export function assumeRoleInput({ roleArn, externalId }: AccountRole): AssumeRoleInput {
  return {
    RoleArn: roleArn,
    RoleSessionName: 'ec2-operator',
    ...(externalId === undefined ? {} : { ExternalId: externalId }),
  };
}

/**
 * The region by the place or the environment; `undefined` leaves it to the profile. `AWS_DEFAULT_REGION` is read here because
 * the SDK for JavaScript does not read it.
 *
 * @throws Ec2Error ClientMisconfigured for text that is no region: it becomes part of a host name.
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
 * @throws Ec2Error ClientMisconfigured for an account that is not configured
 */
export function roleOf(settings: Ec2Settings, place: Place): AccountRole | undefined {
  const { account } = place;
  if (account === undefined) return undefined;
  const role = settings.accounts.find(({ name }) => name === account);
  if (role !== undefined) return role;
  throw new Ec2Error('ClientMisconfigured', `expected a configured account, got ${quote(account)}; add it to accounts`);
}

/** EC2's endpoint of the account, else of the region; else the environment's, by the rules that AWS SDKs share. */
export function endpointOf(settings: Ec2Settings, service: AwsService, place: Place = {}): string | undefined {
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

/** The time limit of one call to the port: the request for credentials and the request itself. */
export function callLimitMs({ connectTimeoutMs, requestTimeoutMs }: Ec2Settings): number {
  return 2 * (connectTimeoutMs + requestTimeoutMs);
}
