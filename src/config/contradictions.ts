/** Settings that are valid alone and contradict each other. */
import type * as z from 'zod';
import { SHARED_LABELS, type SharedLabel } from '../domain/labels.ts';
import { nearest } from '../domain/nearest.ts';
import { quote } from '../domain/parsed.ts';
import { ownerAddress, type OwnerAddresses } from '../domain/telling.ts';
import { complain } from './fields.ts';

/** Labels that have a meaning already. */
const OWN_LABELS = [
  'hostname',
  'instance',
  'instance_id',
  'action',
  'dryrun',
  'on_resolved',
  'vpc',
  'alertname',
  'ec2_region',
  'ec2_account',
  'ec2_client',
] as const;

export function checkLabels(
  given: Readonly<Partial<Record<SharedLabel, string | undefined>>>,
  context: z.core.$RefinementCtx,
): void {
  const taken = new Set<string>(OWN_LABELS);
  for (const key of SHARED_LABELS) {
    const name = given[key];
    if (name === undefined || name === `ec2_${key}`) continue;
    if (taken.has(name)) complain(context, [key], `expected a label that has no other meaning, got ${quote(name)}`);
    taken.add(name);
  }
}

/** How the regions of the other partitions begin. A role is valid in its own partition only. */
const PARTITIONS: Readonly<Record<string, string>> = { 'aws-cn': 'cn-', 'aws-us-gov': 'us-gov-' };

/** In other accounts the role's partition is that of the account's own role. */
export function checkScheduler(
  {
    regions,
    leases: { scheduler } = {},
  }: {
    readonly regions: readonly string[];
    readonly leases?: { readonly scheduler?: { readonly role_arn: string } | undefined } | undefined;
  },
  context: z.core.$RefinementCtx,
): void {
  // After an earlier issue, the settings do not match their type.
  if (context.issues.length > 0 || scheduler === undefined) return;
  const astray = regions.find((name) => !isOfPartition(name, partitionOf(scheduler.role_arn)));
  if (astray === undefined) return;
  const message = `expected a role of the partition of the region ${quote(astray)}, got ${quote(scheduler.role_arn)}`;
  complain(context, ['leases', 'scheduler', 'role_arn'], message);
}

export function checkPartition(
  { role_arn: arn, regions }: { readonly role_arn: string; readonly regions: readonly string[] },
  context: z.core.$RefinementCtx,
): void {
  const own = partitionOf(arn);
  for (const [index, name] of regions.entries()) {
    if (!isOfPartition(name, own))
      complain(context, ['regions', index], `expected a region of the role's partition ${own}, got ${quote(name)}`);
  }
}

function partitionOf(arn: string): string {
  return arn.split(':')[1] ?? 'aws';
}

function isOfPartition(name: string, own: string): boolean {
  const [partition] = Object.entries(PARTITIONS).find(([, start]) => name.startsWith(start)) ?? [];
  return partition === undefined ? !Object.hasOwn(PARTITIONS, own) : partition === own;
}

interface Telling {
  readonly channels: readonly {
    readonly name: string;
    readonly kind: string;
    readonly openable: { readonly toOwner: boolean };
  }[];
  readonly escalate: readonly { readonly to: string }[];
  readonly digest: { readonly channels: readonly string[] };
  readonly owners: OwnerAddresses;
  readonly smtp?: unknown;
}

/** What a channel needs from other settings, and the names by which settings refer to channels. */
export function checkChannels(
  { channels, digest, escalate, owners, smtp }: Telling,
  context: z.core.$RefinementCtx,
): void {
  // After an earlier issue, the settings do not match their type.
  if (context.issues.length > 0) return;
  for (const [index, { name, kind, openable }] of channels.entries()) {
    if (kind === 'email' && smtp === undefined)
      complain(
        context,
        ['channels', index, kind],
        `expected the settings smtp.url_file and smtp.from as well: ${name} sends e-mail`,
      );
    if (openable.toOwner && owners.domains.length === 0)
      complain(
        context,
        ['channels', index, kind, 'to'],
        'expected the domains of owners in owners.domains: nobody else is ever written to',
      );
  }
  if (owners.domains.length > 0 && !makesAddresses(owners)) {
    complain(
      context,
      ['owners', 'email'],
      `expected a form that makes addresses of owners.domains, such as {owner} or {owner}@example.com, got ${quote(owners.email)}`,
    );
  }
  const names = channels.map(({ name }) => name);
  for (const [index, { to }] of escalate.entries()) {
    if (channels.some(({ name, openable }) => name === to && openable.toOwner))
      complain(context, ['escalate', index, 'to'], `expected a channel that is not the owner's, got ${quote(to)}`);
    checkName(to, names, (message) => {
      complain(context, ['escalate', index, 'to'], message);
    });
  }
  for (const [index, name] of digest.channels.entries())
    checkName(name, names, (message) => {
      complain(context, ['digest', 'channels', index], message);
    });
}

function checkName(name: string, names: readonly string[], tell: (message: string) => void): void {
  if (names.includes(name)) return;
  const close = nearest(name, names);
  const hint = close === undefined ? '' : `. Did you mean ${close}?`;
  tell(`expected the name of a channel, got ${quote(name)}${hint}`);
}

/** Of an owner who is named, or whose address is the tag. */
function makesAddresses(owners: OwnerAddresses): boolean {
  const values = ['ann', ...owners.domains.map((domain) => `ann@${domain}`)];
  return values.some((owner) => ownerAddress({ owner }, { ...owners, tags: ['owner'] }) !== undefined);
}
