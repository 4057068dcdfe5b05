/** Calls to AWS that only the doctor makes, through the SDK: reads and dry runs. */
import type { ClockReading } from '../domain/clock-reading.ts';
import type { Instance, Place } from '../domain/instance.ts';
import { isSelected } from '../domain/selector.ts';
import type { Ec2Settings } from './accounts.ts';
import { askIdentityIn, type Identity } from './identity.ts';
import {
  parseSpotRequest,
  parseStopProtection,
  parseVolumes,
  type SpotRequest,
  type InspectedVolume,
} from './inspected.ts';
import { parseDescribed } from './instance-shape.ts';
import { createNativeCalls } from './native-calls.ts';
import { nativeError } from './native-error.ts';
import { escapeFilter } from './request.ts';

/** @throws Ec2Error from each call */
export interface Ec2Inspector {
  /** The identity of the place's credentials: that of the assumed role if the place has one. */
  identity(place: Place): Promise<Identity>;
  /** Resolves if DescribeInstances is permitted, by a dry run. */
  mayDescribe(place: Place): Promise<void>;
  /** Resolves if DescribeInstanceStatus is permitted, by a dry run. */
  mayCheck(place: Place): Promise<void>;
  /** Resolves if DescribeVolumes is permitted, by a dry run. */
  mayReadVolumes(place: Place): Promise<void>;
  /** A page of instances that are running or stopped. */
  sample(place: Place, tagKey?: string): Promise<readonly Instance[]>;
  /** A page of instances that are running or stopped and have all of these tags. */
  tagged(place: Place, tags: Readonly<Record<string, string>>): Promise<readonly Instance[]>;
  /** The attribute disableApiStop. */
  isStopProtected(place: Place, id: string): Promise<boolean>;
  /** The EBS volumes that are attached to the instance. */
  volumes(place: Place, id: string): Promise<readonly InspectedVolume[]>;
  /** The Spot request that the instance came from; undefined when there is none. */
  spotRequest(place: Place, id: string): Promise<SpotRequest | undefined>;
  /** From the Date headers of STS's answers so far, errors included. */
  readonly clocks: readonly ClockReading[];
  close(): void;
}

interface Filter {
  readonly Name: string;
  readonly Values: string[];
}

const SAMPLE_SIZE = 200;

/** More than an instance can have attached. */
const VOLUMES = 500;

export function createInspector(settings: Ec2Settings, clock: () => number = Date.now): Ec2Inspector {
  const { call, close } = createNativeCalls(settings);
  const clocks: ClockReading[] = [];
  const note = (date: string | null): void => {
    const remote = Date.parse(date ?? '');
    if (Number.isFinite(remote)) clocks.push({ local: clock(), remote });
  };
  const page = async (place: Place, filters: readonly Filter[]): Promise<readonly Instance[]> =>
    call(place, async ({ ec2 }, client, abortSignal) => {
      const Filters = [{ Name: 'instance-state-name', Values: ['running', 'stopped'] }, ...filters];
      const asked = new ec2.DescribeInstancesCommand({ Filters, MaxResults: SAMPLE_SIZE });
      return parseDescribed(await client.send(asked, { abortSignal }), place);
    });
  return {
    identity: async (place) =>
      call(place, async (sdk, client, signal) => askIdentityIn(place, { sdk, client, settings, note, signal })),
    mayDescribe: async (place) =>
      call(place, async ({ ec2 }, client, abortSignal) =>
        permitted(client.send(new ec2.DescribeInstancesCommand({ DryRun: true, MaxResults: 5 }), { abortSignal })),
      ),
    mayCheck: async (place) =>
      call(place, async ({ ec2 }, client, abortSignal) =>
        permitted(client.send(new ec2.DescribeInstanceStatusCommand({ DryRun: true, MaxResults: 5 }), { abortSignal })),
      ),
    mayReadVolumes: async (place) =>
      call(place, async ({ ec2 }, client, abortSignal) =>
        permitted(client.send(new ec2.DescribeVolumesCommand({ DryRun: true }), { abortSignal })),
      ),
    sample: async (place, tagKey) =>
      page(place, tagKey === undefined ? [] : [{ Name: 'tag-key', Values: [escapeFilter(tagKey)] }]),
    tagged: async (place, tags) => {
      const filters = Object.entries(tags).map(([key, value]) => ({
        Name: `tag:${key}`,
        Values: [escapeFilter(value)],
      }));
      return (await page(place, filters)).filter((instance) => isSelected(tags, instance));
    },
    isStopProtected: async (place, id) =>
      call(place, async ({ ec2 }, client, abortSignal) => {
        const input = { InstanceId: id, Attribute: 'disableApiStop' } as const;
        return parseStopProtection(await client.send(new ec2.DescribeInstanceAttributeCommand(input), { abortSignal }));
      }),
    volumes: async (place, id) =>
      call(place, async ({ ec2 }, client, abortSignal) => {
        const input = { Filters: [{ Name: 'attachment.instance-id', Values: [id] }], MaxResults: VOLUMES };
        return parseVolumes(await client.send(new ec2.DescribeVolumesCommand(input), { abortSignal }), id);
      }),
    spotRequest: async (place, id) =>
      call(place, async ({ ec2 }, client, abortSignal) => {
        const input = { Filters: [{ Name: 'instance-id', Values: [id] }] };
        return parseSpotRequest(await client.send(new ec2.DescribeSpotInstanceRequestsCommand(input), { abortSignal }));
      }),
    clocks,
    close,
  };
}

/** EC2 answers a dry run that is permitted by an error. */
async function permitted(dryRun: Promise<unknown>): Promise<void> {
  try {
    await dryRun;
  } catch (error) {
    const read = nativeError(error);
    if (read.code !== 'DryRunOperation') throw read;
  }
}
