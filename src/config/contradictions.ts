/** Settings that are valid alone and contradict each other. */
import type * as z from 'zod';
import { SHARED_LABELS, type SharedLabel } from '../domain/labels.ts';
import { quote } from '../domain/parsed.ts';
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

export function checkPartition(
  { role_arn: arn, regions }: { readonly role_arn: string; readonly regions: readonly string[] },
  context: z.core.$RefinementCtx,
): void {
  const own = arn.split(':')[1] ?? 'aws';
  for (const [index, name] of regions.entries()) {
    const [partition] = Object.entries(PARTITIONS).find(([, start]) => name.startsWith(start)) ?? [];
    const isAstray = partition === undefined ? Object.hasOwn(PARTITIONS, own) : partition !== own;
    if (isAstray)
      complain(context, ['regions', index], `expected a region of the role's partition ${own}, got ${quote(name)}`);
  }
}
