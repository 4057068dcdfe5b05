/** Calls through the AWS SDK for JavaScript v3: a client per place, and a time limit per call. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type * as credentialProviders from '@aws-sdk/credential-providers';
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
import { profileOf } from './shared-config.ts';

export type Sdk = Awaited<ReturnType<typeof loadSdk>>;

/** Calls to one service, with its part of the SDK and its client. */
export interface Calls<S, C> {
  /** @throws Ec2Error */
  readonly call: <T>(place: Place, work: (sdk: S, client: C, abortSignal: AbortSignal) => Promise<T>) => Promise<T>;
  /** Calls under way fail. */
  readonly close: () => void;
}

/** Labels may name any region, so the number of clients is bounded. */
const MAX_CLIENTS = 100;

export function createNativeCalls(settings: Ec2Settings): Calls<Sdk, EC2Client> {
  return createCalls(settings, loadSdk, ({ ec2, credentials }, place) => {
    const client = new ec2.EC2Client(clientConfig(credentials, settings, place, 'ec2'));
    // This step copies every answer for a log that we do not use.
    client.middlewareStack.remove('loggerMiddleware');
    return client;
  });
}

/** Nothing is loaded or connected before the first call. A client keeps its connections and credentials until `close`. */
export function createCalls<S, C extends { destroy(): void }>(
  settings: Ec2Settings,
  load: () => Promise<S>,
  open: (sdk: S, place: Place) => C,
): Calls<S, C> {
  const clients = new Map<string, C>();
  const underWay = new Set<AbortController>();
  let closed = false;

  const clientFor = (sdk: S, place: Place): C => {
    const key = placeKey(place);
    const known = clients.get(key);
    if (known !== undefined) return known;
    const client = open(sdk, place);
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
        const sdk = await load();
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
  const [ec2, credentials] = await Promise.all([import('@aws-sdk/client-ec2'), loadCredentials()]);
  return { ec2, credentials };
}

type CredentialsSdk = typeof credentialProviders;

export async function loadCredentials(): Promise<CredentialsSdk> {
  return import('@aws-sdk/credential-providers');
}

/** @throws Ec2Error ClientMisconfigured */
export function clientConfig(
  sdk: CredentialsSdk,
  settings: Ec2Settings,
  place: Place,
  service: AwsService,
): ReturnType<typeof ownConfig> {
  const own = ownConfig(sdk, settings, place, service);
  const role = roleOf(settings, place);
  if (role === undefined) return own;
  const credentials = sdk.fromTemporaryCredentials({
    params: assumeRoleInput(role),
    clientConfig: ownConfig(sdk, settings, place, 'sts'),
  });
  return { ...own, credentials };
}

/** The process's own credentials, one attempt, and time limits that end a request. */
function ownConfig(sdk: CredentialsSdk, settings: Ec2Settings, place: Place, service: AwsService) {
  const { connectTimeoutMs, requestTimeoutMs, environment } = settings;
  const region = regionOf(settings, place);
  const endpoint = endpointOf(settings, service, place);
  const profile = profileOf(environment);
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
    credentials: ownCredentials(sdk.fromNodeProviderChain, environment, callLimitMs(settings) / 2),
  };
}
