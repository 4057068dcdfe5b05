/** Every setting there is: one schema for the configuration file and the environment, and for the reference page made of it. */
import { isIP } from 'node:net';
import * as z from 'zod';
import { formatDuration } from '../domain/duration.ts';
import { CLIENTS, VPC } from '../domain/intent.ts';
import { isNat64Prefix } from '../domain/nat64.ts';
import { quote } from '../domain/parsed.ts';
import { parseHostTarget, withoutFinalDot, type Target } from '../domain/target.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../observe/log.ts';
import { awsSettings } from './aws.ts';
import { channelSettings } from './channels.ts';
import { checkChannels, checkLabels, checkPartition, checkScheduler } from './contradictions.ts';
import { authSettings, checkAuth } from './auth.ts';
import {
  complain,
  distinct,
  durationOf,
  filePath,
  flag,
  group,
  httpUrl,
  region,
  roleArn,
  someTime,
  tags,
} from './fields.ts';
import { digestSettings } from './digest.ts';
import { guardsSchema } from './guards.ts';
import { checkLogin, loginSettings } from './login.ts';
import { moneySettings } from './money.ts';
import { monitoringSettings } from './monitoring.ts';
import { peopleSettings } from './people.ts';

const hostTarget = z.string().transform((text, context): Target => {
  const target = parseHostTarget(text);
  if (target.ok) return target.value;
  context.addIssue(target.message);
  return z.NEVER;
});

const hostName = z.string().transform((text, context): string => {
  const target = parseHostTarget(text);
  if (target.ok && target.value.kind === 'name') return withoutFinalDot(target.value.name);
  context.addIssue(`expected a host name, got ${JSON.stringify(text)}`);
  return z.NEVER;
});

const vpc = z.string().regex(VPC, 'expected the id of a VPC such as vpc-0a1b2c3d4e5f60001');

const labelName = z.string('expected the name of a label').min(1).max(128);

const regions = z.array(region).superRefine(distinct((name) => name));

const account = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w.-]{1,64}$/, 'expected letters, digits, dots, dashes and underscores')
      .describe('The name of the account in the label `ec2_account`.'),
    role_arn: roleArn.describe('The role to assume in that account.'),
    external_id: z
      .string()
      .regex(/^[\w+=,.@:/-]{2,1224}$/, 'expected an external id that IAM allows')
      .optional()
      .describe("The external id that the role's trust policy asks for."),
    regions: regions.min(1).describe('The regions to look for machines in.'),
    endpoint: httpUrl
      .optional()
      .describe('Where EC2 answers for this account, if not where `aws.endpoints` or the environment says.'),
  })
  .superRefine(checkPartition);

/** Host names are case-insensitive, so two keys can be the same name. */
const hosts = z
  .record(z.string(), z.unknown())
  .superRefine((given, context) => {
    const seen = new Set<string>();
    for (const name of Object.keys(given)) {
      const key = withoutFinalDot(name.toLowerCase());
      if (seen.has(key))
        complain(context, [name], `expected each host name once (case does not matter), got ${quote(name)} again`);
      seen.add(key);
    }
  })
  .pipe(z.record(hostName, hostTarget));

const PORT_FORM = 'expected a whole number from 0 to 65535';

/** A number in the file, text in the environment. Forms such as 1e3 or 0x50 are refused. */
const port = z
  .union([
    z.int(PORT_FORM).min(0, PORT_FORM).max(65_535, PORT_FORM),
    z
      .string()
      .regex(/^\d{1,5}$/, PORT_FORM)
      .transform(Number),
  ])
  .refine((number) => number >= 0 && number <= 65_535, PORT_FORM);

function isListenable(host: string): boolean {
  return isIP(host) !== 0 || (/^(?!-)[\w-]{1,63}(?:\.[\w-]{1,63})*\.?$/.test(host) && !/^[\d.]+$/.test(host));
}

/** The PostgreSQL driver decodes these parts, and fails on others. */
function isReadableUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  try {
    for (const part of [url.username, url.password, url.pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

const perVerb = (start: string, stop: string, description: string) =>
  group(description, {
    start: someTime.prefault(start).describe('For starts.'),
    stop: someTime.prefault(stop).describe('For stops.'),
  }).prefault({});

const settings = z.strictObject({
  host: z
    .string()
    .transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
    .refine(isListenable, 'expected an address to listen on, such as 0.0.0.0, ::1 or a host name')
    .optional()
    .meta({
      env: 'HOST',
      shownDefault: 'every address, by IPv4 and IPv6',
      description: 'The address to listen on. `0.0.0.0` is IPv4 alone.',
    }),
  port: port.default(8080).meta({ env: 'PORT', description: 'The port to listen on.' }),
  client: z.enum(CLIENTS).default('native').meta({
    env: 'EC2_CLIENT',
    description:
      'How EC2 is reached when neither label nor parameter says: `native`, the AWS SDK, or `cli`, the `aws` command.',
  }),
  data_dir: filePath.default('./data').meta({
    env: 'DATA_DIR',
    description: 'The directory of the embedded database. Unused with `database_url`.',
  }),
  database_url: z
    .string()
    .regex(/^postgres(?:ql)?:\/\//, 'expected a URL that begins with postgres://')
    .refine(
      isReadableUrl,
      'expected a URL like postgres://user:password@host:5432/database, with special characters in the password percent-encoded',
    )
    .optional()
    .meta({ env: 'DATABASE_URL', description: 'A PostgreSQL database (13 or newer), for several replicas.' }),
  auth: z.enum(['token', 'none']).default('token').meta({
    env: 'AUTH',
    description: '`none` opens every route to everyone who can reach the port, as in the original.',
  }),
  auth_token: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII without white space, which a header can carry')
    .optional()
    .meta({
      env: 'AUTH_TOKEN',
      description:
        'The token that opens every route. Without any token, one is made at the first start, kept and printed.',
    }),
  ...authSettings,
  log_level: z.enum(LOG_LEVELS).default('info').meta({ env: 'LOG_LEVEL', description: 'How much to log.' }),
  log_format: z.enum(LOG_FORMATS).optional().meta({
    env: 'LOG_FORMAT',
    shownDefault: 'pretty on a terminal, json elsewhere',
    description: 'How log lines look: `json`, one object a line, or `pretty`, for people.',
  }),
  regions: regions
    .default([])
    .describe(
      "The regions to look for machines in, with the process's own credentials. Neither this nor `accounts`: the region that the AWS client is set up for.",
    ),
  accounts: z
    .array(account)
    .superRefine(distinct(({ name }) => name))
    .default([])
    .describe('Further accounts, each with a role to assume. All are searched.'),
  hosts: hosts
    .default({})
    .describe('Host names that are not looked up in DNS: name to instance id, address or other name.'),
  names: group('How machines are named.', {
    from_tags: flag("Whether alerts may name machines by EC2's tag `Name` too, where it is unique. People always may."),
  }).prefault({}),
  dns: group('How names are looked up.', {
    search: flag(
      'Look up names with a dot in the search domains of `/etc/resolv.conf` too, in the order that its `ndots` says. The name may then lead to another machine.',
    ),
    nat64: z
      .array(z.string().refine(isNat64Prefix, 'expected an IPv6 prefix of DNS64 such as 2001:db8:64::/96'))
      .default([])
      .describe('Prefixes under which DNS64 embeds IPv4 addresses, besides `64:ff9b::/96`.'),
  }).prefault({}),
  labels: group('Further labels with the meaning of ours. Where both are set, ours count.', {
    region: labelName.optional().describe('A label of alerts that names the region, as `ec2_region` does.'),
    account: labelName.optional().describe('A label of alerts that names the account, as `ec2_account` does.'),
    host_network: flag(
      "Exporters in pods run on their machines' network: an address beside the label `pod` or `container` is the machine's.",
    ),
    client: labelName
      .optional()
      .describe(
        'A label of alerts that names the client, as `ec2_client` does. `client` itself is read where it says `native` or `cli`.',
      ),
  })
    .superRefine(checkLabels)
    .prefault({}),
  vpc: z
    .union([vpc.transform((id) => [id]), z.array(vpc)])
    .default([])
    .describe(
      'The only VPC, or a list of them, in which machines are found by address or by the tag `Name`: for VPCs that share addresses or names. The label `vpc` of an alert narrows it to one.',
    ),
  addresses: group('Which addresses may name a machine, besides the primary private one.', {
    public: flag('Find machines by public addresses too. A machine loses its public address when it stops.'),
    secondary: flag(
      "Find machines by secondary addresses too. On EKS these are pods' addresses, and lead to the node.",
    ),
  }).prefault({}),
  give_up_after: perVerb('6h', '15m', 'How long after the request a start or stop may still begin.'),
  verify_for: perVerb('10m', '20m', 'How long a machine may take to reach its state once EC2 has accepted the call.'),
  guards: guardsSchema.describe(
    'The guards, which hold starts and stops back. Each can be turned off by its name; see docs/guards.md.',
  ),
  live: group('Which machines alerts act on, while the operator is rolled out step by step.', {
    only: tags
      .optional()
      .describe(
        'The tags of the machines that alerts act on. On all others they are dry runs, whatever their label `dryrun` says. People act on all machines.',
      ),
  }).prefault({}),
  machines: group('Which machines are watched: their states are shown, and their history is kept.', {
    only: tags
      .optional()
      .describe(
        'The tags of the machines that are watched. Unset: the tag of `guards.require_tag`, and without that the types with GPUs and other accelerators. Machines that operations have named in the last 7 days are always watched.',
      ),
  }).prefault({}),
  ...monitoringSettings,
  ...peopleSettings,
  ...channelSettings,
  ...digestSettings,
  ...moneySettings,
  ...loginSettings,
  retention: durationOf('1h', '36500d').prefault('30d').describe('How long operations are kept after their end.'),
  aws: awsSettings,
});

export const configSchema = settings
  .superRefine(checkAuth)
  .superRefine(checkRetention)
  .superRefine(checkScheduler)
  .superRefine(checkChannels)
  .superRefine(checkLogin);

/** A guard's limit counts operations that are still kept. */
function checkRetention(config: z.output<typeof settings>, context: z.core.$RefinementCtx): void {
  // After an earlier issue, the settings do not match their type.
  if (context.issues.length > 0) return;
  const { flapping, fleetLimits, off } = config.guards;
  const periods = [...(off.has('flapping') ? [] : [flapping]), ...fleetLimits].map(({ perMs }) => perMs);
  const longest = Math.max(0, ...periods);
  if (config.retention >= longest) return;
  complain(context, ['retention'], `expected at least ${formatDuration(longest)}: a guard's limit looks back that far`);
}

export type Config = z.output<typeof configSchema>;
