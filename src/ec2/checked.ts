/** Parses DescribeInstanceStatus answers. The SDK and the `aws` command use the same names. */
import * as z from 'zod';
import { sumOfChecks, type Checks } from '../domain/checks.ts';
import { Ec2Error } from './port.ts';

const summary = z.object({ Status: z.string().default('') });

const answer = z.object({
  InstanceStatuses: z.array(
    z.object({
      InstanceId: z.string().min(1),
      InstanceState: z.object({ Name: z.string() }).optional(),
      InstanceStatus: summary,
      SystemStatus: summary,
      // Older machines and older versions of `aws` have none.
      AttachedEbsStatus: summary.optional(),
    }),
  ),
});

/** @throws Ec2Error ClientOutput if the answer cannot be read */
export function parseChecks(value: unknown, ids: readonly string[]): ReadonlyMap<string, Checks> {
  const parsed = answer.safeParse(value);
  if (!parsed.success) {
    const message =
      "expected EC2's answer to DescribeInstanceStatus, got another; check whether a proxy or portal answers instead";
    throw new Ec2Error('ClientOutput', message, { cause: parsed.error });
  }
  const found = new Map(parsed.data.InstanceStatuses.map((each) => [each.InstanceId, each]));
  return new Map(
    ids.map((id) => {
      const status = found.get(id);
      if (status === undefined || status.InstanceState?.Name !== 'running') return [id, 'unknown'] as const;
      const { InstanceStatus, SystemStatus, AttachedEbsStatus } = status;
      // Its volumes count only against it: EC2 does not check them for every type.
      const volumes = AttachedEbsStatus?.Status === 'impaired' ? ['impaired'] : [];
      return [id, sumOfChecks([InstanceStatus.Status, SystemStatus.Status, ...volumes])] as const;
    }),
  );
}
