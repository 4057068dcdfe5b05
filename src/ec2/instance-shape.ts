/**
 * Parses DescribeInstances answers into `Instance`. The SDK and the `aws` command use the same names; times are Date objects in
 * the SDK and ISO 8601 text in the command.
 */
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { canonicalAddress } from '../domain/address.ts';
import { INSTANCE_STATES, type Addresses, type Billing, type Instance, type Place } from '../domain/instance.ts';
import { Ec2Error } from './port.ts';

const association = z.object({ PublicIp: z.string().optional(), IpOwnerId: z.string().optional() }).optional();

const networkInterface = z.object({
  Attachment: z.object({ DeviceIndex: z.number().optional(), NetworkCardIndex: z.number().optional() }).optional(),
  PrivateIpAddress: z.string().optional(),
  PrivateIpAddresses: z
    .array(
      z.object({
        PrivateIpAddress: z.string().optional(),
        Primary: z.boolean().optional(),
        Association: association,
      }),
    )
    .default([]),
  Ipv6Addresses: z.array(z.object({ Ipv6Address: z.string().optional() })).default([]),
  Association: association,
});

const instance = z.object({
  InstanceId: z.string().min(1),
  State: z.object({ Name: z.enum(INSTANCE_STATES).catch('unknown') }),
  // Date.parse reads a time without a zone as local time, and takes most other text for a time.
  LaunchTime: z
    .union([z.date(), z.iso.datetime({ offset: true })])
    .transform((time) => (typeof time === 'string' ? Date.parse(time) : time.getTime()))
    .refine(Number.isFinite, 'expected a time'),
  // Only endpoints that imitate EC2 leave this out; no decision depends on it.
  InstanceType: z.string().default(''),
  Placement: z
    .object({ AvailabilityZone: z.string().default(''), Tenancy: z.string().default('default') })
    .default({ AvailabilityZone: '', Tenancy: 'default' }),
  VpcId: z.string().optional(),
  RootDeviceType: z.string().default(''),
  Tags: z.array(z.object({ Key: z.string(), Value: z.string().default('') })).default([]),
  StateTransitionReason: z.string().default(''),
  StateReason: z.object({ Code: z.string().default(''), Message: z.string().default('') }).optional(),
  InstanceLifecycle: z.string().optional(),
  Platform: z.string().default(''),
  PlatformDetails: z.string().optional(),
  UsageOperation: z.string().optional(),
  CapacityReservationId: z.string().optional(),
  Operator: z.object({ Managed: z.boolean().optional(), Principal: z.string().optional() }).optional(),
  PrivateIpAddress: z.string().optional(),
  PublicIpAddress: z.string().optional(),
  Ipv6Address: z.string().optional(),
  NetworkInterfaces: z.array(networkInterface).default([]),
});

// Endpoints that imitate EC2 may leave the owner out.
const reservation = z.object({ OwnerId: z.string().default(''), Instances: z.array(z.unknown()).default([]) });

const answer = z.object({ Reservations: z.array(reservation) });

type Described = z.output<typeof instance>;
type Interface = z.output<typeof networkInterface>;

/**
 * @throws Ec2Error ClientOutput if any part cannot be read: leaving an instance out could make another one look like the only
 *   match
 */
export function parseDescribed(value: unknown, place: Place): readonly Instance[] {
  return instancesIn(value).map((each) => parseInstance(each, place));
}

/** As `parseDescribed`, with a pause after every few instances: a page of a thousand would hold up everything else. */
export async function parseDescribedGently(value: unknown, place: Place): Promise<readonly Instance[]> {
  const all = instancesIn(value);
  const parsed: Instance[] = [];
  for (let start = 0; start < all.length; start += AT_ONCE) {
    parsed.push(...all.slice(start, start + AT_ONCE).map((each) => parseInstance(each, place)));
    await setImmediate();
  }
  return parsed;
}

const AT_ONCE = 25;

function instancesIn(value: unknown): readonly unknown[] {
  return reservationsIn(value).flatMap(({ Instances }) => Instances);
}

function reservationsIn(value: unknown): readonly z.output<typeof reservation>[] {
  const parsed = answer.safeParse(value);
  if (!parsed.success) {
    const message =
      "expected EC2's answer to DescribeInstances, got another; check whether a proxy or portal answers instead";
    throw new Ec2Error('ClientOutput', message, { cause: parsed.error });
  }
  return parsed.data.Reservations;
}

/** The accounts that the instances belong to, by their twelve digits: that of the credentials. @throws Ec2Error ClientOutput */
export function ownersIn(value: unknown): readonly string[] {
  const owners = reservationsIn(value).flatMap(({ OwnerId, Instances }) => (Instances.length === 0 ? [] : [OwnerId]));
  return [...new Set(owners)].filter((owner) => /^\d{12}$/.test(owner));
}

/** Undefined on the last page, which some endpoints mark with an empty token. */
export function nextTokenOf(value: unknown): string | undefined {
  const parsed = z.object({ NextToken: z.string().min(1) }).safeParse(value);
  return parsed.success ? parsed.data.NextToken : undefined;
}

function parseInstance(value: unknown, place: Place): Instance {
  const parsed = instance.safeParse(value);
  if (!parsed.success) throw unreadable(nameOf(value), parsed.error);
  const { data } = parsed;
  const zone = data.Placement.AvailabilityZone;
  return {
    id: data.InstanceId,
    place: fillRegion(place, zone),
    state: data.State.Name,
    launchedAt: data.LaunchTime,
    type: data.InstanceType,
    availabilityZone: zone,
    tags: Object.fromEntries(data.Tags.map(({ Key, Value }) => [Key, Value])),
    addresses: addressesOf(data),
    ...(data.VpcId === undefined ? {} : { vpc: data.VpcId }),
    rootDevice: data.RootDeviceType,
    ...(data.StateReason && { stateReason: { code: data.StateReason.Code, message: data.StateReason.Message } }),
    ...(data.StateTransitionReason === '' ? {} : { transitionReason: data.StateTransitionReason }),
    ...(data.InstanceLifecycle === undefined ? {} : { lifecycle: data.InstanceLifecycle }),
    ...(data.Operator?.Managed === true ? { managedBy: data.Operator.Principal ?? 'an AWS service' } : {}),
    billing: billingOf(data),
    elasticIps: elasticIpsOf(data),
    ...committedOf(data),
  };
}

/** Endpoints that imitate EC2 leave the codes out. EC2 gives `Platform` for Windows alone. */
function billingOf({ Platform, UsageOperation, PlatformDetails, Placement }: Described): Billing {
  const isWindows = Platform.toLowerCase() === 'windows';
  return {
    usage: UsageOperation ?? (isWindows ? 'RunInstances:0002' : 'RunInstances'),
    system: PlatformDetails ?? (isWindows ? 'Windows' : 'Linux/UNIX'),
    tenancy: Placement.Tenancy,
  };
}

function committedOf({ CapacityReservationId: id = '', InstanceLifecycle }: Described): Pick<Instance, 'committed'> {
  if (InstanceLifecycle === 'capacity-block') return { committed: { kind: 'capacity_block', id } };
  return id === '' ? {} : { committed: { kind: 'capacity_reservation', id } };
}

/** Later calls must go to the same region, even if the environment changes. `us-west-2-lax-1a` is in `us-west-2`. */
function fillRegion(place: Place, zone: string): Place {
  const region = place.region ?? /^[a-z]+(?:-[a-z]+)+-\d+/.exec(zone)?.[0];
  return region === undefined ? place : { ...place, region };
}

function addressesOf(data: Described): Addresses {
  const interfaces = data.NetworkInterfaces;
  const first = interfaces.find(isPrimary);
  const primary = canonical([first === undefined ? data.PrivateIpAddress : primaryAddress(first)])[0];
  const privates = interfaces.flatMap((each) => [
    each.PrivateIpAddress,
    ...each.PrivateIpAddresses.map(({ PrivateIpAddress }) => PrivateIpAddress),
  ]);
  const publics = interfaces.flatMap(associationsOf).map((each) => each?.PublicIp);
  const others = interfaces.filter((each) => each !== first);
  return {
    ...(primary === undefined ? {} : { primary }),
    secondary: canonical(privates).filter((address) => address !== primary),
    public: canonical([data.PublicIpAddress, ...publics]),
    ipv6: first === undefined ? canonical([data.Ipv6Address]) : ipv6Of([first]),
    secondaryIpv6: ipv6Of(others),
  };
}

function associationsOf({ Association: primary, PrivateIpAddresses }: Interface) {
  return [primary, ...PrivateIpAddresses.map(({ Association }) => Association)];
}

/** An Elastic IP belongs to an account; `amazon` owns an address that a stopped instance gives back. */
function elasticIpsOf({ NetworkInterfaces }: Described): number {
  const own = NetworkInterfaces.flatMap(associationsOf).filter((each) => /^\d{12}$/.test(each?.IpOwnerId ?? ''));
  return new Set(own.map((each) => each?.PublicIp)).size;
}

/** Each network card has a device 0; the first card's is the primary interface. */
function isPrimary({ Attachment }: Interface): boolean {
  return Attachment?.DeviceIndex === 0 && (Attachment.NetworkCardIndex ?? 0) === 0;
}

function primaryAddress({ PrivateIpAddress, PrivateIpAddresses }: Interface): string | undefined {
  return PrivateIpAddresses.find(({ Primary }) => Primary === true)?.PrivateIpAddress ?? PrivateIpAddress;
}

function ipv6Of(interfaces: readonly Interface[]): readonly string[] {
  return canonical(interfaces.flatMap((each) => each.Ipv6Addresses.map(({ Ipv6Address }) => Ipv6Address)));
}

function canonical(addresses: readonly (string | undefined)[]): readonly string[] {
  const present = addresses.flatMap((address) => (address === undefined || address === '' ? [] : [address]));
  return [...new Set(present.map(canonicalAddress))];
}

function nameOf(value: unknown): string {
  const named = z.object({ InstanceId: z.string().regex(/^i-[0-9a-f]+$/) }).safeParse(value);
  return named.success ? `instance ${named.data.InstanceId} in the answer` : 'an instance in the answer';
}

function unreadable(what: string, error: z.ZodError): Ec2Error {
  const [issue] = error.issues;
  const where = issue === undefined ? '' : `: ${issue.message} at ${issue.path.join('.')}`;
  return new Ec2Error('ClientOutput', `DescribeInstances: ${what} cannot be read${where}`, { cause: error });
}
