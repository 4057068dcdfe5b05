/**
 * sts:GetCallerIdentity, which needs no permission and so tells good credentials from bad ones. It is one signed form; the
 * SDK's own package for STS is not worth another 5 MB. The EC2 client's signer signs it, role and all.
 */
import { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import type { EC2Client } from '@aws-sdk/client-ec2';
import { z } from 'zod';
import { endpointOf, type Ec2Settings } from './accounts.ts';
import { Ec2Error } from './port.ts';
import { reportedError } from './reported-error.ts';

export interface Identity {
  /** Twelve digits. */
  readonly account: string;
  readonly arn: string;
  /** The region that was asked. */
  readonly region: string;
}

interface IdentityParts {
  /** Its credentials and region are those to be named. */
  readonly client: EC2Client;
  readonly settings: Ec2Settings;
  /** Is told the answer's Date header. */
  readonly note: (date: string | null) => void;
  readonly signal: AbortSignal;
}

const BODY = 'Action=GetCallerIdentity&Version=2011-06-15';

/** @throws Ec2Error, or whatever the SDK throws where there are no credentials or no region */
export async function askIdentity(parts: IdentityParts): Promise<Identity> {
  const { client, note, signal } = parts;
  const region = await client.config.region();
  const url = await endpointUrl(parts, region);
  const signer = await client.config.signer({
    name: 'sigv4',
    signingName: 'sts',
    signingRegion: region,
    properties: {},
  });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
    body: BODY,
  });
  const { ok, date, text: body } = await post(client, url, headers, signal);
  note(date);
  if (ok) return { account: element(body, 'Account'), arn: element(body, 'Arn'), region };
  throw reportedError(element(body, 'Code'), element(body, 'Message'));
}

/** STS's host is EC2's with its own name in front, in every partition, for FIPS and for dual stack alike. */
async function endpointUrl({ client, settings }: IdentityParts, region: string): Promise<URL> {
  const configured = endpointOf(settings, 'sts');
  if (configured !== undefined) return new URL(configured);
  const { useFipsEndpoint, useDualstackEndpoint, endpointProvider } = client.config;
  const UseFIPS: boolean = await useFipsEndpoint();
  const UseDualStack: boolean = await useDualstackEndpoint();
  const { url } = endpointProvider({ Region: region, UseFIPS, UseDualStack });
  return new URL(url.href.replace('//ec2', '//sts'));
}

/** By the client's own connections: its proxy and its certificates. */
async function post(client: EC2Client, url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
  const request = {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query: {},
    headers: { ...headers },
    body: BODY,
  };
  try {
    const handled: unknown = await client.config.requestHandler.handle(request, { abortSignal: signal });
    const { statusCode, headers: answered, body } = answer.parse(handled).response;
    return { ok: statusCode === 200, date: answered['date'] ?? null, text: await readText(body) };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'the connection failed';
    throw new Ec2Error('ClientConnection', `no answer from STS at ${url.host}: ${why}`, { cause: error });
  }
}

const answer = z.object({
  response: z.object({
    statusCode: z.number(),
    headers: z.record(z.string(), z.string()),
    body: z.instanceof(Readable),
  }),
});

/** @throws Ec2Error ClientOutput when there is no such element: the answer is not from STS */
function element(text: string, name: string): string {
  const [, content] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text) ?? [];
  if (content === undefined) throw new Ec2Error('ClientOutput', `GetCallerIdentity: expected ${name} in the answer`);
  return content;
}
