/**
 * sts:GetCallerIdentity, which needs no permission and so tells good credentials from bad ones. It is one signed form; the
 * SDK's own package for STS is not worth another 5 MB. The EC2 client's signer signs it, role and all.
 */
import type { EC2Client } from '@aws-sdk/client-ec2';
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

interface Asked {
  /** Its credentials and region are those to be named. */
  readonly client: EC2Client;
  readonly settings: Ec2Settings;
  /** Is told the answer's Date header. */
  readonly note: (date: string | null) => void;
  readonly signal: AbortSignal;
}

const BODY = 'Action=GetCallerIdentity&Version=2011-06-15';

/** @throws Ec2Error, or whatever the SDK throws where there are no credentials or no region */
export async function askIdentity({ client, settings, note, signal }: Asked): Promise<Identity> {
  const region = await client.config.region();
  const url = endpointUrl(settings, region);
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
  const answer = await post(url, headers, signal);
  note(answer.date);
  if (answer.ok) return { account: element(answer.text, 'Account'), arn: element(answer.text, 'Arn'), region };
  throw reportedError(element(answer.text, 'Code'), element(answer.text, 'Message'));
}

function endpointUrl(settings: Ec2Settings, region: string): URL {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return new URL(endpointOf(settings, 'sts') ?? `https://sts.${region}.${suffix}`);
}

async function post(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
  try {
    const response = await fetch(url, { method: 'POST', headers, body: BODY, signal, redirect: 'error' });
    return { ok: response.ok, date: response.headers.get('date'), text: await response.text() };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const why = cause instanceof Error ? cause.message : 'the connection failed';
    throw new Ec2Error('ClientConnection', `no answer from STS at ${url.host}: ${why}`, { cause: error });
  }
}

/** @throws Ec2Error ClientOutput when there is no such element: the answer is not from STS */
function element(text: string, name: string): string {
  const [, content] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text) ?? [];
  if (content === undefined) throw new Ec2Error('ClientOutput', `GetCallerIdentity: expected ${name} in the answer`);
  return content;
}
