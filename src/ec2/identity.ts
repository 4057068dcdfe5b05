/**
 * sts:GetCallerIdentity, which needs no permission and so tells good credentials from bad ones. The EC2 client signs the form
 * and sends it, which saves the 5 MB of the SDK's package for STS.
 */
import { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import type { EC2Client } from '@aws-sdk/client-ec2';
import { z } from 'zod';
import type { Place } from '../domain/instance.ts';
import { endpointOf, type Ec2Settings } from './accounts.ts';
import { clientConfig, type Sdk } from './native-calls.ts';
import { Ec2Error } from './port.ts';
import { reportedError } from './reported-error.ts';

export interface Identity {
  /** Twelve digits. */
  readonly account: string;
  readonly arn: string;
  /** The region of the STS endpoint. */
  readonly region: string;
}

interface IdentityParts {
  readonly client: EC2Client;
  readonly settings: Ec2Settings;
  /** Takes the answer's Date header. */
  readonly note?: (date: string | null) => void;
  readonly signal: AbortSignal;
}

const BODY = 'Action=GetCallerIdentity&Version=2011-06-15';

/**
 * The identity of the credentials of a client for the place: that of the assumed role if the place has one.
 *
 * @throws Ec2Error, or the SDK's error if there are no credentials or no region
 */
export async function askIdentityIn(place: Place, parts: IdentityParts & { readonly sdk: Sdk }): Promise<Identity> {
  const { client: ofPlace, sdk, settings } = parts;
  // A client keeps signing for the service that it signed for first, so STS needs its own.
  const config = clientConfig(sdk.credentials, settings, place, 'ec2');
  const client = new sdk.ec2.EC2Client({ ...config, credentials: ofPlace.config.credentials });
  try {
    return await askIdentity({ ...parts, client });
  } finally {
    client.destroy();
  }
}

async function askIdentity(parts: IdentityParts): Promise<Identity> {
  const { client, note, signal } = parts;
  const region = await client.config.region();
  const url = await endpointUrl(parts, region);
  const signer = await client.config.signer({
    name: 'sigv4',
    signingName: 'sts',
    signingRegion: region,
    properties: {},
  });
  const request = {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query: {},
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
    body: BODY,
  };
  const { headers } = await signer.sign(request);
  const { ok, date, text: body } = await post(client, url.host, { ...request, headers }, signal);
  note?.(date);
  if (ok) return { account: element(body, 'Account'), arn: element(body, 'Arn'), region };
  throw reportedError(element(body, 'Code'), element(body, 'Message'));
}

/** STS's host is EC2's with `sts` for `ec2`, in every partition and also for FIPS and dual stack. */
async function endpointUrl({ client, settings }: IdentityParts, region: string): Promise<URL> {
  const configured = endpointOf(settings, 'sts');
  if (configured !== undefined) return new URL(configured);
  const { useFipsEndpoint, useDualstackEndpoint, endpointProvider } = client.config;
  const UseFIPS: boolean = await useFipsEndpoint();
  const UseDualStack: boolean = await useDualstackEndpoint();
  const { url } = endpointProvider({ Region: region, UseFIPS, UseDualStack });
  return new URL(url.href.replace('//ec2', '//sts'));
}

/** Through the client's connections, with its proxy and certificates. */
async function post(client: EC2Client, host: string, request: object, signal: AbortSignal) {
  try {
    const handled: unknown = await client.config.requestHandler.handle(request, { abortSignal: signal });
    const { statusCode, headers: answered, body } = answer.parse(handled).response;
    return { ok: statusCode === 200, date: answered['date'] ?? null, text: await readText(body) };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'the connection failed';
    const message = `no answer from STS at ${host}: ${why}`;
    throw new Ec2Error('ClientConnection', message, { cause: error });
  }
}

const answer = z.object({
  response: z.object({
    statusCode: z.number(),
    headers: z.record(z.string(), z.string()),
    body: z.instanceof(Readable),
  }),
});

/** @throws Ec2Error ClientOutput without this element: the answer is not from STS */
function element(text: string, name: string): string {
  const [, content] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text) ?? [];
  if (content === undefined) throw new Ec2Error('ClientOutput', `GetCallerIdentity: expected ${name} in the answer`);
  return content;
}
