/** EC2 through the AWS SDK for JavaScript v3, which is imported here alone, and only when the first call is made. */
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { DescribeInstancesCommand, EC2Client, EC2ClientConfig } from '@aws-sdk/client-ec2';
import { z } from 'zod';
import { placeKey, type Instance, type Place } from '../domain/instance.ts';
import { readVariable } from '../config/environment.ts';
import { callLimitMs, endpointOf, regionOf, ROLE_SESSION_NAME, roleOf, type Ec2Settings } from './accounts.ts';
import { readDescribed } from './described-xml.ts';
import { nextTokenOf, parseDescribed } from './instance-shape.ts';
import { agentsFor } from './network.ts';
import { ownCredentials } from './native-credentials.ts';
import { nativeError } from './native-error.ts';
import { Ec2Error, type Ec2Client } from './port.ts';
import { closedError } from './reported-error.ts';
import { changeInput, describeInput, PAGE_SIZE } from './request.ts';

type Sdk = Awaited<ReturnType<typeof loadSdk>>;
type CredentialProviders = Pick<Sdk, 'fromTemporaryCredentials' | 'fromNodeProviderChain'>;
type Work<T> = (sdk: Sdk, client: EC2Client, abortSignal: AbortSignal) => Promise<T>;

/** More accounts and regions than anybody has configured here. */
const MAX_CLIENTS = 100;

/** An EC2 client per place, made on first use and kept with its connections and credentials until `close`. */
export function createNativeClient(settings: Ec2Settings): Ec2Client {
  const clients = new Map<string, EC2Client>();
  const underWay = new Set<AbortController>();
  let closed = false;

  const clientFor = (sdk: Sdk, place: Place): EC2Client => {
    const key = placeKey(place);
    const known = clients.get(key);
    if (known !== undefined) return known;
    const client = new sdk.EC2Client(clientConfig(sdk, settings, place));
    // It copies every answer, member by member, for a log that nobody has asked for.
    client.middlewareStack.remove('loggerMiddleware');
    // Where no regions are configured, labels name them. The one that is dropped ends when its last call does.
    const [oldest] = clients.keys();
    if (clients.size >= MAX_CLIENTS && oldest !== undefined) clients.delete(oldest);
    clients.set(key, client);
    return client;
  };

  const call = async <T>(place: Place, work: Work<T>): Promise<T> => {
    if (closed) throw closedError();
    const controller = new AbortController();
    const limitMs = callLimitMs(settings);
    const late = new Ec2Error('ClientTimeout', `no answer from AWS within ${limitMs} ms`);
    const timer = setTimeout(() => controller.abort(late), limitMs);
    underWay.add(controller);
    const { signal } = controller;
    const run = async (): Promise<T> => {
      const sdk = await loadSdk();
      signal.throwIfAborted();
      return work(sdk, clientFor(sdk, place), signal);
    };
    try {
      // The SDK does not hand the signal on to the request for credentials.
      return await Promise.race([run(), aborted(signal)]);
    } catch (error) {
      throw nativeError(signal.aborted ? signal.reason : error);
    } finally {
      clearTimeout(timer);
      underWay.delete(controller);
    }
  };

  return {
    describe: async (place, by, values) => {
      const input = describeInput(by, values);
      return call(place, async (sdk, client, abortSignal) => describePages(sdk, client, input, place, abortSignal));
    },
    change: async (place, verb, ids, { dryRun }) => {
      const input = changeInput(ids, dryRun);
      try {
        return await call(place, async (sdk, client, abortSignal) => {
          const { $metadata } =
            verb === 'start'
              ? await client.send(new sdk.StartInstancesCommand(input), { abortSignal })
              : await client.send(new sdk.StopInstancesCommand(input), { abortSignal });
          return accepted($metadata.requestId);
        });
      } catch (error) {
        if (dryRun && error instanceof Ec2Error && error.code === 'DryRunOperation') return accepted(error.requestId);
        throw error;
      }
    },
    close: async () => {
      closed = true;
      underWay.forEach((controller) => controller.abort(closedError()));
      clients.forEach((client) => client.destroy());
      clients.clear();
    },
  };
}

async function describePages(
  sdk: Sdk,
  client: EC2Client,
  input: ReturnType<typeof describeInput>,
  place: Place,
  abortSignal: AbortSignal,
): Promise<readonly Instance[]> {
  const found: Instance[] = [];
  let nextToken: string | undefined;
  do {
    const paging = 'Filters' in input ? { MaxResults: PAGE_SIZE, NextToken: nextToken } : {};
    const command = new sdk.DescribeInstancesCommand({ ...input, ...paging });
    const answer = keepText(command);
    await client.send(command, { abortSignal });
    const page = readDescribed(answer.text);
    found.push(...parseDescribed(page, place));
    nextToken = nextTokenOf(page);
  } while (nextToken !== undefined);
  return found;
}

/** Node keeps imported modules, so this is slow (0.3 s, 90 MB) only once. */
async function loadSdk() {
  const [ec2, { fromNodeProviderChain, fromTemporaryCredentials }] = await Promise.all([
    import('@aws-sdk/client-ec2'),
    import('@aws-sdk/credential-providers'),
  ]);
  const { EC2Client, DescribeInstancesCommand, StartInstancesCommand, StopInstancesCommand } = ec2;
  return {
    EC2Client,
    DescribeInstancesCommand,
    StartInstancesCommand,
    StopInstancesCommand,
    fromNodeProviderChain,
    fromTemporaryCredentials,
  };
}

/**
 * What an EC2 client of the place is made with: also for calls that only the doctor makes (`inspect.ts`).
 *
 * @throws Ec2Error ClientMisconfigured
 */
export function clientConfig(sdk: CredentialProviders, settings: Ec2Settings, place: Place): EC2ClientConfig {
  const own = ownConfig(sdk, settings, place, 'ec2');
  const role = roleOf(settings, place);
  if (role === undefined) return own;
  const credentials = sdk.fromTemporaryCredentials({
    params: {
      RoleArn: role.roleArn,
      RoleSessionName: ROLE_SESSION_NAME,
      ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
    },
    clientConfig: ownConfig(sdk, settings, place, 'sts'),
  });
  return { ...own, credentials };
}

/** What EC2 and STS are called with: the process's own credentials, one attempt, and limits that do end a request. */
function ownConfig(sdk: CredentialProviders, settings: Ec2Settings, place: Place, service: 'ec2' | 'sts') {
  const { connectTimeoutMs, requestTimeoutMs, environment } = settings;
  const region = regionOf(settings, place);
  const endpoint = endpointOf(settings, service, place);
  const profile = readVariable(environment, 'AWS_PROFILE');
  return {
    // Retries are the engine's, where they can be seen; the SDK would retry a lack of capacity as a passing fault.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // Without it the SDK only warns.
      throwOnRequestTimeout: true,
      socketTimeout: requestTimeoutMs,
      ...agentsFor(environment),
    },
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    credentials: ownCredentials(sdk.fromNodeProviderChain, environment, callLimitMs(settings) / 2),
  };
}

/** Takes the text of a good answer out of the SDK's hands, which would read all of it. Errors are left to the SDK. */
function keepText(command: DescribeInstancesCommand): { readonly text: string } {
  const answer = { text: '' };
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const good = goodAnswer.safeParse(result.response);
      if (!good.success) return result;
      answer.text = await text(good.data.body);
      return { ...result, response: { ...good.data, body: NOTHING } };
    },
    // The lowest priority stands next to the wire: the SDK's own step reads what this one leaves.
    { step: 'deserialize', name: 'keepText', priority: 'low' },
  );
  return answer;
}

const goodAnswer = z.looseObject({ statusCode: z.literal(200), body: z.instanceof(Readable) });
const NOTHING = new Uint8Array();

function accepted(requestId: string | undefined): { readonly requestId?: string } {
  return requestId === undefined ? {} : { requestId };
}

async function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(nativeError(signal.reason)), { once: true });
  });
}
