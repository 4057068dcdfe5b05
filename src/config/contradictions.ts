/** Settings that are right by themselves and contradict each other. */
import type * as z from 'zod';
import { SHARED_LABELS, type SharedLabel } from '../domain/labels.ts';
import { quote } from '../domain/parsed.ts';

/** What our labels say already, and what every alert has. */
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

/** A label that says two things says one of them wrongly. */
export function checkLabels(
  given: Readonly<Partial<Record<SharedLabel, string | undefined>>>,
  context: z.core.$RefinementCtx,
): void {
  const taken = new Set<string>(OWN_LABELS);
  for (const key of SHARED_LABELS) {
    const name = given[key];
    if (name === undefined || name === `ec2_${key}`) continue;
    if (taken.has(name)) {
      const message = `expected a label that says nothing else, got ${quote(name)}`;
      context.addIssue({ code: 'custom', path: [key], message, input: undefined });
    }
    taken.add(name);
  }
}

/** The regions of the other partitions begin so; a role of one partition is of no use in another. */
const PARTITIONS: Readonly<Record<string, string>> = { 'aws-cn': 'cn-', 'aws-us-gov': 'us-gov-' };

export function checkPartition(
  { role_arn: arn, regions }: { readonly role_arn: string; readonly regions: readonly string[] },
  context: z.core.$RefinementCtx,
): void {
  const own = arn.split(':')[1] ?? 'aws';
  for (const [index, name] of regions.entries()) {
    const [partition] = Object.entries(PARTITIONS).find(([, start]) => name.startsWith(start)) ?? [];
    const isAstray = partition === undefined ? Object.hasOwn(PARTITIONS, own) : partition !== own;
    if (!isAstray) continue;
    const message = `expected a region of the role's partition ${own}, got ${quote(name)}`;
    context.addIssue({ code: 'custom', path: ['regions', index], message, input: undefined });
  }
}
