/** Calls through the AWS SDK for JavaScript v3, which is loaded here alone: a client per place, and a time limit per call. */
import type { EC2Client, EC2ClientConfig } from '@aws-sdk/client-ec2';
import { readVariable } from '../config/environment.ts';
import { placeKey, type Place } from '../domain/instance.ts';
import {
  assumeRoleInput,
  callLimitMs,
  endpointOf,
  regionOf,
  roleOf,
  type AwsService,
  type Ec2Settings,
} from './accounts.ts';
import { ownCredentials } from './native-credentials.ts';
import { nativeError } from './native-error.ts';
import { agentsFor } from './network.ts';
import { Ec2Error } from './port.ts';
import { closedError } from './reported-error.ts';

export type Sdk = Awaited<ReturnType<typeof loadSdk>>;
type Work<T> = (sdk: Sdk, client: EC2Client, abortSignal: AbortSignal) => Promise<T>;

export interface NativeCalls {
  /** @throws Ec2Error */
  readonly call: <T>(place: Place, work: Work<T>) => Promise<T>;
  /** Calls under way fail. */
  readonly close: () => void;
}

/** Labels may name any region, so the number of clients is bounded. */
const MAX_CLIENTS = 100;

/** Nothing is loaded or connected before the first call. A client keeps its connections and credentials until `close`. */
export function createNativeCalls(settings: Ec2Settings): NativeCalls {
  const clients = new Map<string, EC2Client>();
  const underWay = new Set<AbortController>();
  let closed = false;

  const clientFor = (sdk: Sdk, place: Place): EC2Client => {
    const key = placeKey(place);
    const known = clients.get(key);
    if (known !== undefined) return known;
    const client = new sdk.ec2.EC2Client(clientConfig(sdk, settings, place));
    // This step copies every answer for a log that we do not use.
    client.middlewareStack.remove('loggerMiddleware');
    // A dropped client finishes the calls that it has begun.
    const [oldest] = clients.keys();
    if (clients.size >= MAX_CLIENTS && oldest !== undefined) clients.delete(oldest);
    clients.set(key, client);
    return client;
  };

  return {
    call: async (place, work) => {
      if (closed) throw closedError();
      const controller = new AbortController();
      const limitMs = callLimitMs(settings);
      const late = new Ec2Error('ClientTimeout', `no answer from AWS within ${limitMs} ms`);
      const timer = setTimeout(() => controller.abort(late), limitMs);
      underWay.add(controller);
      const { signal } = controller;
      const run = async () => {
        const sdk = await loadSdk();
        signal.throwIfAborted();
        return work(sdk, clientFor(sdk, place), signal);
      };
      try {
        // The SDK does not pass the signal on to the request for credentials.
        return await Promise.race([run(), aborted(signal)]);
      } catch (error) {
        throw nativeError(signal.aborted ? signal.reason : error);
      } finally {
        clearTimeout(timer);
        underWay.delete(controller);
      }
    },
    close: () => {
      closed = true;
      underWay.forEach((controller) => controller.abort(closedError()));
      clients.forEach((client) => client.destroy());
      clients.clear();
    },
  };
}

async function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(nativeError(signal.reason)), { once: true });
  });
}

/** The first import takes 0.3 s and 90 MB; Node keeps the modules. */
async function loadSdk() {
  const [ec2, credentials] = await Promise.all([
    import('@aws-sdk/client-ec2'),
    import('@aws-sdk/credential-providers'),
  ]);
  return { ec2, credentials };
}

/** @throws Ec2Error ClientMisconfigured */
export function clientConfig(sdk: Sdk, settings: Ec2Settings, place: Place): EC2ClientConfig {
  const own = ownConfig(sdk, settings, place, 'ec2');
  const role = roleOf(settings, place);
  if (role === undefined) return own;
  const credentials = sdk.credentials.fromTemporaryCredentials({
    params: assumeRoleInput(role),
    clientConfig: ownConfig(sdk, settings, place, 'sts'),
  });
  return { ...own, credentials };
}

/** The process's own credentials, one attempt, and time limits that end a request. */
function ownConfig(sdk: Sdk, settings: Ec2Settings, place: Place, service: AwsService) {
  const { connectTimeoutMs, requestTimeoutMs, environment } = settings;
  const region = regionOf(settings, place);
  const endpoint = endpointOf(settings, service, place);
  const profile = readVariable(environment, 'AWS_PROFILE');
  return {
    // The engine retries, where retries are visible. The SDK would also retry a lack of capacity at once.
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
    credentials: ownCredentials(sdk.credentials.fromNodeProviderChain, environment, callLimitMs(settings) / 2),
  };
}
