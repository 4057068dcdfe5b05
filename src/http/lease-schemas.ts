/** How leases look over HTTP. */
import * as z from 'zod';
import type { Lease } from '../domain/voice.ts';
import { endFields, hasOneEnd, machineFields, ONE_END, reasonField } from './hold-schemas.ts';
import { bodyOf } from './parse-body.ts';
import { pageSize, time, tooLateSchema, type Shown } from './schemas.ts';
import { toTime } from './show-operation.ts';

export const leaseBody = bodyOf(
  z.strictObject({ ...machineFields, ...endFields, why: reasonField.optional() }).refine(hasOneEnd, ONE_END),
);
export type LeaseBody = ReturnType<(typeof leaseBody)['parse']>;

export const extensionBody = bodyOf(
  z
    .strictObject({
      for: endFields.for.describe('How much longer, such as `1h`. Either this or `until`.'),
      until: endFields.until.describe('The new end, which may be sooner. Either this or `for`.'),
    })
    .refine(hasOneEnd, ONE_END),
);
export type ExtensionBody = ReturnType<(typeof extensionBody)['parse']>;

export const leaseSchema = z.object({
  instance: z.string(),
  name: z.string().optional().describe("The machine's tag `Name`."),
  region: z.string().optional(),
  account: z.string().optional(),
  until: time.describe('When the machine is stopped.'),
  who: z.string().describe('Who asked for it: the name of a token, or an alert.'),
  why: z.string().optional(),
  createdAt: time,
});

export const leaseAnswerSchema = z.object({
  lease: leaseSchema,
  tooLate: tooLateSchema.optional().describe('A stop of the machine that was sent to EC2 before.'),
});
export type LeaseAnswer = Shown<z.input<typeof leaseAnswerSchema>>;

export const leasesAnswerSchema = z.object({
  leases: z.array(leaseSchema),
  cursor: z.string().optional().describe('Ask for the next page with it; absent on the last one.'),
});
export type LeasesAnswer = Shown<z.input<typeof leasesAnswerSchema>>;

export const leaseParamsSchema = z.object({
  instance: machineFields.target.describe(
    'The machine: best its instance id, or any name that `target` of a lease may have.',
  ),
});
export type LeaseParams = z.output<typeof leaseParamsSchema>;

export const leasesQuerySchema = z.object({
  instance: z.string().max(255).optional().describe('Only the lease of this machine: an instance id, or a tag `Name`.'),
  limit: pageSize,
  cursor: z.string().max(255).optional(),
});
export type LeasesQuery = z.output<typeof leasesQuerySchema>;

export function showLease({ instance, name, place, until, who, why, since }: Lease): LeaseAnswer['lease'] {
  return {
    instance,
    ...(name === undefined ? {} : { name }),
    ...place,
    until: toTime(until),
    who,
    ...(why === undefined ? {} : { why }),
    createdAt: toTime(since),
  };
}
