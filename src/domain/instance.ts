import type { Address } from './notice-address.ts';
import { quote } from './parsed.ts';

/** An EC2 instance as DescribeInstances shows it. Both clients produce exactly this. */
export interface Instance {
  readonly id: string;
  readonly place: Place;
  /** As EC2 spells it; `unknown` for a state that this version does not know. */
  readonly state: InstanceState;
  /** When it was last launched: EC2 moves this at every start. Milliseconds since the epoch. */
  readonly launchedAt: number;
  readonly type: string;
  readonly availabilityZone: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly addresses: Addresses;
  /** EC2's code and sentence, such as `Client.InternalError`; absent while all is well. */
  readonly stateReason?: { readonly code: string; readonly message: string };
  /** EC2's sentence about the last change, such as `User initiated (2026-11-26 15:31:11 GMT)`; absent when it has none. */
  readonly transitionReason?: string;
  /** Absent outside a VPC. */
  readonly vpc?: string;
  readonly rootDevice: string;
  /** Absent for on-demand. */
  readonly lifecycle?: string;
  /** The principal that manages the instance when `Operator.Managed` is true. */
  readonly managedBy?: string;
  /** Absent in rows of older versions, until EC2 shows the machine again. */
  readonly billing?: Billing;
  readonly committed?: Committed;
  /** How many Elastic IPs it has. Absent in rows of older versions, until EC2 shows the machine again. */
  readonly elasticIps?: number;
}

/** What decides the price of an hour besides type and region. */
export interface Billing {
  /** EC2's code of the operating system and its licence (`UsageOperation`), such as `RunInstances:0002` for Windows. */
  readonly usage: string;
  /** EC2's words for it (`PlatformDetails`), such as `Red Hat Enterprise Linux`. */
  readonly system: string;
  /** `default`, `dedicated` or `host`. */
  readonly tenancy: string;
}

/** Capacity that was bought for a time: it bills on while the machine is stopped. */
export interface Committed {
  readonly kind: (typeof COMMITTED_KINDS)[number];
  /** Of the Capacity Reservation. A Capacity Block has one, too. */
  readonly id: string;
}

export const COMMITTED_KINDS = ['capacity_reservation', 'capacity_block'] as const;

export const INSTANCE_STATES = [
  'pending',
  'running',
  'stopping',
  'stopped',
  'shutting-down',
  'terminated',
  'unknown',
] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

/** Addresses by how reliably they name the instance. All in canonical form. */
export interface Addresses {
  /** The first private IPv4 address of the primary network interface, kept while the instance is stopped. */
  readonly primary?: string;
  /** Every other private IPv4 address: on EKS these are addresses of pods. */
  readonly secondary: readonly string[];
  readonly public: readonly string[];
  /** IPv6 addresses of the primary network interface. */
  readonly ipv6: readonly string[];
  /** IPv6 addresses of further network interfaces. */
  readonly secondaryIpv6: readonly string[];
}

/** The addresses by which people reach a machine that runs. The public ones may change at every start. */
export function reachableAt({ public: outside, primary, ipv6 }: Addresses): readonly string[] {
  return [...outside, ...(primary === undefined ? [] : [primary]), ...ipv6];
}

/** An account in a region, as the configuration names them. */
export interface Place {
  /** The configured account's name; absent for the credentials the process runs with. */
  readonly account?: string;
  /** Absent: the region that the AWS client is configured for. */
  readonly region?: string;
}

/** The part of an instance that an operation keeps. */
export interface ResolvedInstance {
  readonly id: string;
  readonly place: Place;
  /** Its tag `Name`, if it has one. */
  readonly name?: string;
  /** Whom it belongs to, by its tags. */
  readonly owner?: string;
  /** EC2's type, such as `g5.xlarge`; absent in operations of older versions. */
  readonly type?: string;
  /** With the type, these decide its price. Absent in operations of older versions, which tell none. */
  readonly lifecycle?: string;
  readonly billing?: Billing;
  readonly availabilityZone?: string;
  /** Whom the channels reach about it, by its tags. Absent: nobody. */
  readonly audience?: readonly Address[];
}

export function placeKey(place: Place): string {
  return `${place.account ?? ''}/${place.region ?? ''}`;
}

/** `account research, region us-east-1`; empty where neither is configured. */
export function describePlace({ account, region }: Place): string {
  return [
    ...(account === undefined ? [] : [`account ${account}`]),
    ...(region === undefined ? [] : [`region ${region}`]),
  ].join(', ');
}

/** `gpu-1 (i-0abc…, eu-central-1a)`: how messages name an instance. Names with other characters are quoted. */
export function describeInstance({ id, tags: { Name: name = '' }, availabilityZone, place }: Instance): string {
  const where = [availabilityZone, ...(place.account === undefined ? [] : [`account ${place.account}`])].join(', ');
  if (name === '') return `${id} (${where})`;
  return `${nameOrQuote(name)} (${id}, ${where})`;
}

/** `gpu-1 (i-0abc…)`: as `describeInstance`, of a machine that EC2 may not have shown. */
export function nameInstance({ id, name = '' }: { readonly id: string; readonly name?: string }): string {
  return name === '' ? id : `${nameOrQuote(name)} (${id})`;
}

function nameOrQuote(name: string): string {
  return /^[\w.-]{1,80}$/.test(name) ? name : quote(name);
}

/** DescribeInstances still shows a terminated instance for about an hour. */
export function isGone(instance: Instance): boolean {
  return instance.state === 'terminated' || instance.state === 'shutting-down';
}
