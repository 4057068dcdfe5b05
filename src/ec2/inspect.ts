/** Calls to AWS that only the doctor makes: read-only ones, and dry runs. Through the SDK, like `native.ts`. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import { placeKey, type Instance, type Place } from '../domain/instance.ts';
import { callLimitMs, type Ec2Settings } from './accounts.ts';
import { askIdentity, type Identity } from './identity.ts';
import { parseDescribed } from './instance-shape.ts';
import { parseSpotRequest, parseStopProtection, parseVolumes, type SpotRequest, type Volume } from './inspected.ts';
import { clientConfig } from './native.ts';
import { nativeError } from './native-error.ts';
import type { ClockReading } from '../domain/clock-reading.ts';
import { Ec2Error } from './port.ts';

export interface Ec2Inspector {
  /** Whose credentials these are, the role assumed if the place has one. @throws Ec2Error */
  identity(place: Place): Promise<Identity>;
  /** Resolves when DescribeInstances is permitted, which a dry run tells. @throws Ec2Error */
  mayDescribe(place: Place): Promise<void>;
  /** Some instances that are running or stopped; one page. @throws Ec2Error */
  sample(place: Place, tagKey?: string): Promise<readonly Instance[]>;
  /** The attribute disableApiStop. @throws Ec2Error */
  isStopProtected(place: Place, id: string): Promise<boolean>;
  /** The EBS volumes that are attached to the instance. @throws Ec2Error */
  volumes(place: Place, id: string): Promise<readonly Volume[]>;
  /** The Spot request that the instance came from; undefined when there is none. @throws Ec2Error */
  spotRequest(place: Place, id: string): Promise<SpotRequest | undefined>;
  /** By the Date headers of what STS has answered so far, errors included. */
  readonly clocks: readonly ClockReading[];
  close(): void;
}

type Sdk = Awaited<ReturnType<typeof loadSdk>>;

/** Nothing is loaded or connected before the first call. */
export function createInspector(settings: Ec2Settings, clock: () => number = Date.now): Ec2Inspector {
  const clients = new Map<string, EC2Client>();
  const clocks: ClockReading[] = [];
  const note = (date: string | null | undefined): void => {
    const remote = Date.parse(date ?? '');
    if (Number.isFinite(remote)) clocks.push({ local: clock(), remote });
  };
  const clientFor = (sdk: Sdk, place: Place): EC2Client => {
    const known = clients.get(placeKey(place));
    if (known !== undefined) return known;
    const made = new sdk.EC2Client(clientConfig(sdk, settings, place));
    clients.set(placeKey(place), made);
    return made;
  };
  const call = async <T>(
    place: Place,
    work: (sdk: Sdk, client: EC2Client, signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const limitMs = callLimitMs(settings);
    const abort = new AbortController();
    const late = new Ec2Error('ClientTimeout', `no answer from AWS within ${limitMs} ms`);
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      abort.abort(late);
      reject(late);
    }, limitMs);
    const run = async (): Promise<T> => {
      const sdk = await loadSdk();
      return work(sdk, clientFor(sdk, place), abort.signal);
    };
    try {
      return await Promise.race([run(), promise]);
    } catch (error) {
      throw nativeError(error);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    identity: async (place) =>
      call(place, async (sdk, _client, signal) => {
        // A client of its own: the first service that its signer signs for is the one that it signs for ever after.
        const client = new sdk.EC2Client(clientConfig(sdk, settings, place));
        try {
          return await askIdentity({ client, settings, note, signal });
        } finally {
          client.destroy();
        }
      }),
    mayDescribe: async (place) =>
      call(place, async (sdk, client, abortSignal) => {
        try {
          await client.send(new sdk.DescribeInstancesCommand({ DryRun: true, MaxResults: 5 }), { abortSignal });
        } catch (error) {
          const read = nativeError(error);
          if (read.code !== 'DryRunOperation') throw read;
        }
      }),
    sample: async (place, tagKey) =>
      call(place, async (sdk, client, abortSignal) => {
        const Filters = [
          { Name: 'instance-state-name', Values: ['running', 'stopped'] },
          ...(tagKey === undefined ? [] : [{ Name: 'tag-key', Values: [tagKey.replace(/[*?\\]/g, '\\$&')] }]),
        ];
        const page = new sdk.DescribeInstancesCommand({ Filters, MaxResults: SAMPLE_SIZE });
        return parseDescribed(await client.send(page, { abortSignal }), place);
      }),
    isStopProtected: async (place, id) =>
      call(place, async (sdk, client, abortSignal) => {
        const input = { InstanceId: id, Attribute: 'disableApiStop' } as const;
        return parseStopProtection(await client.send(new sdk.DescribeInstanceAttributeCommand(input), { abortSignal }));
      }),
    volumes: async (place, id) =>
      call(place, async (sdk, client, abortSignal) => {
        const input = { Filters: [{ Name: 'attachment.instance-id', Values: [id] }], MaxResults: VOLUMES };
        return parseVolumes(await client.send(new sdk.DescribeVolumesCommand(input), { abortSignal }), id);
      }),
    spotRequest: async (place, id) =>
      call(place, async (sdk, client, abortSignal) => {
        const input = { Filters: [{ Name: 'instance-id', Values: [id] }] };
        return parseSpotRequest(await client.send(new sdk.DescribeSpotInstanceRequestsCommand(input), { abortSignal }));
      }),
    clocks,
    close: () => {
      clients.forEach((client) => client.destroy());
      clients.clear();
    },
  };
}

const SAMPLE_SIZE = 200;

/** More than an instance can have attached. */
const VOLUMES = 500;

async function loadSdk() {
  const [ec2, { fromNodeProviderChain, fromTemporaryCredentials }] = await Promise.all([
    import('@aws-sdk/client-ec2'),
    import('@aws-sdk/credential-providers'),
  ]);
  const {
    EC2Client,
    DescribeInstancesCommand,
    DescribeInstanceAttributeCommand,
    DescribeVolumesCommand,
    DescribeSpotInstanceRequestsCommand,
  } = ec2;
  return {
    EC2Client,
    DescribeInstancesCommand,
    DescribeInstanceAttributeCommand,
    DescribeVolumesCommand,
    DescribeSpotInstanceRequestsCommand,
    fromNodeProviderChain,
    fromTemporaryCredentials,
  };
}
