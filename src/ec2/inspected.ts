/** Parsers for the answers to the doctor's describe calls. Elements by EC2's API model (2016-11-15). */
import { z } from 'zod';
import { Ec2Error } from './port.ts';

/** A volume that a start may need a key for. */
export interface InspectedVolume {
  readonly id: string;
  /** The device name in the instance, such as /dev/xvda. */
  readonly device: string;
  readonly encrypted: boolean;
  /** The key's ARN, which does not show whether the key is AWS's `aws/ebs` or the account's. */
  readonly kmsKey?: string;
}

const SPOT_TYPES = ['one-time', 'persistent'] as const;

export interface SpotRequest {
  readonly id: string;
  /** Instances of one-time requests cannot be stopped. */
  readonly type: (typeof SPOT_TYPES)[number];
  /** EC2's action at an interruption: hibernate, stop or terminate. */
  readonly interruption: string;
}

const attribute = z.object({ DisableApiStop: z.object({ Value: z.boolean() }) });

const volumes = z.object({
  Volumes: z
    .array(
      z.object({
        VolumeId: z.string(),
        Encrypted: z.boolean().default(false),
        KmsKeyId: z.string().optional(),
        Attachments: z
          .array(z.object({ InstanceId: z.string().optional(), Device: z.string().default('') }))
          .default([]),
      }),
    )
    .default([]),
});

const spotRequests = z.object({
  SpotInstanceRequests: z
    .array(
      z.object({
        SpotInstanceRequestId: z.string(),
        Type: z.enum(SPOT_TYPES),
        InstanceInterruptionBehavior: z.string().default('terminate'),
      }),
    )
    .default([]),
});

/** @throws Ec2Error ClientOutput */
export function parseStopProtection(answer: unknown): boolean {
  return read('DescribeInstanceAttribute', attribute, answer).DisableApiStop.Value;
}

/** @throws Ec2Error ClientOutput */
export function parseVolumes(answer: unknown, instance: string): readonly InspectedVolume[] {
  return read('DescribeVolumes', volumes, answer).Volumes.map((each) => ({
    id: each.VolumeId,
    device: each.Attachments.find(({ InstanceId }) => InstanceId === instance)?.Device ?? '',
    encrypted: each.Encrypted,
    ...(each.KmsKeyId === undefined ? {} : { kmsKey: each.KmsKeyId }),
  }));
}

/** @throws Ec2Error ClientOutput */
export function parseSpotRequest(answer: unknown): SpotRequest | undefined {
  const [request] = read('DescribeSpotInstanceRequests', spotRequests, answer).SpotInstanceRequests;
  if (request === undefined) return undefined;
  const { SpotInstanceRequestId: id, Type: type, InstanceInterruptionBehavior: interruption } = request;
  return { id, type, interruption };
}

function read<T>(operation: string, schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new Ec2Error('ClientOutput', `${operation}: expected EC2's answer, got one that cannot be read`, {
    cause: parsed.error,
  });
}
