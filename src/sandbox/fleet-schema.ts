/** The schema of a fleet file. */
import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import { DEFAULT_ACCOUNT } from './account.ts';
import { ACTIONS } from './actions.ts';
import { CHANGE_ACTIONS, CHECK_STATUSES, STATE_CODES, SYSTEM_NAMES, VOLUME_TYPES, type StateName } from './machine.ts';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A launch time: an age at the start of the sandbox, or a time; both in milliseconds. */
const launched = z.string().transform((text, context) => {
  if (/^(\d{1,6}[smhd]\s+)+ago$/.test(text)) {
    const parts = [...text.matchAll(/(\d+)([smhd])/g)];
    const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ''] ?? 0), 0);
    return { kind: 'age' as const, ms };
  }
  const at = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return { kind: 'time' as const, at };
  context.addIssue('expected an age such as "2h ago" or "3d 4h ago", or an ISO time such as 2026-11-22T10:00:00Z');
  return z.NEVER;
});

const accountId = z.string('expected a 12-digit account id in quotes').regex(/^\d{12}$/, 'expected 12 digits');
const ipv4 = z.string().refine(isIPv4, 'expected an IPv4 address such as 10.0.1.5');
const ipv6 = z.string().refine(isIPv6, 'expected an IPv6 address such as 2001:db8::5');
const region = z.string().regex(/^[a-z]{2,5}(-[a-z]+)+-\d$/, 'expected a region such as eu-central-1');
const isState = (name: string): name is StateName => Object.hasOwn(STATE_CODES, name);
const state = z.string().refine(isState, `expected one of ${Object.keys(STATE_CODES).join(', ')}`);

const reservationId = z.string().regex(/^cr-[0-9a-f]+$/, 'expected cr- and hex digits');

const addresses = {
  private_ip: ipv4,
  secondary_ips: z.array(ipv4).default([]),
  public_ip: ipv4.optional(),
  elastic_ip: ipv4.optional(),
  ipv6: z.array(ipv6).default([]),
};

const gib = z.int().min(1).max(65_536);

/** Besides the root volume, which is of the type gp3. */
const volume = z
  .strictObject({
    type: z.enum(VOLUME_TYPES).default('gp3'),
    size: gib,
    iops: z.int().min(100).max(256_000).optional(),
    throughput: z.int().min(125).max(2_000).optional(),
  })
  .refine(({ type, iops }) => iops !== undefined || !type.startsWith('io'), {
    path: ['iops'],
    message: 'EC2 makes no volume of this type without iops',
  })
  .refine(({ type, iops }) => iops === undefined || /^(io|gp3$)/.test(type), {
    path: ['iops'],
    message: 'EC2 takes iops for gp3, io1 and io2 alone',
  })
  .refine(({ type, throughput }) => throughput === undefined || type === 'gp3', {
    path: ['throughput'],
    message: 'EC2 takes throughput for gp3 alone',
  });

const machine = z
  .strictObject({
    id: z.string().regex(/^i-([0-9a-f]{8}|[0-9a-f]{17})$/, 'expected i- and 8 or 17 hex digits'),
    name: z.string().optional(),
    account: accountId.default(DEFAULT_ACCOUNT),
    region,
    zone: z.string().optional(),
    type: z.string().regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'expected an instance type such as g5.xlarge'),
    state: state.default('running'),
    launched: launched.prefault('1d ago'),
    vpc: z
      .string()
      .regex(/^vpc-[0-9a-f]+$/, 'expected vpc- and hex digits')
      .default('vpc-0a51b2c3d4e5f6071'),
    ...addresses,
    interfaces: z.array(z.strictObject(addresses)).default([]),
    tags: z.record(z.string(), z.string()).default({}),
    protected: z.boolean().default(false),
    system: z.enum(SYSTEM_NAMES).default('linux'),
    tenancy: z.enum(['default', 'dedicated', 'host']).default('default'),
    capacity_reservation: reservationId.optional(),
    capacity_block: reservationId.optional(),
    disk: gib.default(100),
    volumes: z.array(volume).max(11).default([]),
    spot: z.enum(['one-time', 'persistent']).optional(),
    root: z.enum(['ebs', 'instance-store', 'detached']).default('ebs'),
    kms_key: z
      .string()
      .regex(/^arn:aws[a-z-]*:kms:/, 'expected the ARN of a KMS key')
      .optional(),
    hibernation: z.boolean().default(false),
    asg: z.string().optional(),
    operator: z.string().optional(),
    checks: z.enum(CHECK_STATUSES).optional(),
    unauthorized: z.array(z.enum(CHANGE_ACTIONS)).default([]),
  })
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-stop-protection.html
  .refine((entry) => !entry.protected || (entry.spot === undefined && entry.root !== 'instance-store'), {
    path: ['protected'],
    message: 'EC2 has no stop protection for Spot and instance-store machines',
  });

/** EC2's actions and Scheduler's, and the permission to hand a role to a schedule. */
const DENIABLE = [...ACTIONS.filter(({ service }) => service !== 'sts').map(({ name }) => name), 'PassRole'];

const account = z.strictObject({
  keys: z.array(z.string()).default([]),
  roles: z.array(z.string()).default([]),
  external_ids: z.record(z.string(), z.string()).default({}),
  unauthorized: z.array(z.enum(DENIABLE)).default([]),
});

/** Unknown keys are refused, because a misspelt key would change the behaviour of a machine. */
export const fleetSchema = z
  .strictObject({
    accounts: z.record(accountId, account).default({}),
    machines: z.array(machine).default([]),
  })
  .superRefine(({ machines }, context) => {
    const seen = new Map<string, number>();
    for (const [index, entry] of machines.entries()) {
      const address = `${entry.account} ${entry.region} ${entry.vpc} ${entry.private_ip}`;
      for (const [key, value] of [['id', entry.id] as const, ['private_ip', address] as const]) {
        const first = seen.get(value);
        if (first === undefined) seen.set(value, index);
        else context.addIssue({ code: 'custom', path: ['machines', index, key], message: duplicate(key, first) });
      }
    }
  });

function duplicate(key: 'id' | 'private_ip', first: number): string {
  return `machines[${first}] has the same ${key}${key === 'id' ? '' : ' in the same VPC'}`;
}

/** A checked fleet file with its defaults. */
export type FleetFile = z.output<typeof fleetSchema>;

export type VolumeEntry = MachineEntry['volumes'][number];

export type MachineEntry = FleetFile['machines'][number];
