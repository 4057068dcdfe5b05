/** Reads the answers to DescribeVolumes, for both adapters. The SDK and the `aws` command use the same names. */
import * as z from 'zod';
import type { Volume } from '../domain/volume.ts';
import { nextTokenOf } from './instance-shape.ts';
import { Ec2Error } from './port.ts';
import { volumesInput, type PagedInput } from './request.ts';

const answer = z.object({
  Volumes: z.array(
    z.object({
      VolumeType: z.string().min(1),
      Size: z.int().positive(),
      Iops: z.int().nonnegative().optional(),
      Throughput: z.int().nonnegative().optional(),
      Attachments: z.array(z.object({ InstanceId: z.string().optional() })).default([]),
    }),
  ),
});

/**
 * Reads all pages of the volumes of instances.
 *
 * @param ids as `volumesInput` takes them
 * @param send makes one call
 * @throws Ec2Error ClientOutput if an answer cannot be read
 */
export async function readAttached(
  ids: readonly string[],
  send: (input: PagedInput) => Promise<unknown>,
): Promise<ReadonlyMap<string, readonly Volume[]>> {
  const found = new Map(ids.map((id): [string, Volume[]] => [id, []]));
  let next: string | undefined;
  do {
    const page = await send(volumesInput(ids, next));
    for (const { Attachments, ...shown } of volumesIn(page))
      for (const { InstanceId = '' } of Attachments) found.get(InstanceId)?.push(volumeOf(shown));
    const following = nextTokenOf(page);
    if (following !== undefined && following === next) throw samePage();
    next = following;
  } while (next !== undefined);
  return found;
}

function samePage(): Ec2Error {
  return new Ec2Error('ClientOutput', 'DescribeVolumes: expected another page, got the token of the same one');
}

function volumesIn(page: unknown): z.output<typeof answer>['Volumes'] {
  const parsed = answer.safeParse(page);
  if (parsed.success) return parsed.data.Volumes;
  const message =
    "expected EC2's answer to DescribeVolumes, got another; check whether a proxy or portal answers instead";
  throw new Ec2Error('ClientOutput', message, { cause: parsed.error });
}

function volumeOf({ VolumeType: type, Size: gib, Iops: iops, Throughput: throughput }: Shown): Volume {
  return { type, gib, ...(iops === undefined ? {} : { iops }), ...(throughput === undefined ? {} : { throughput }) };
}

type Shown = Omit<z.output<typeof answer>['Volumes'][number], 'Attachments'>;
