/** A request to the embedded AWS, and the credential scope of its signature. */
import type { Query } from './query.ts';

/** The services of AWS that the sandbox has. */
export type ServiceName = 'ec2' | 'sts' | 'scheduler' | 'pricing';

/** The members of a JSON input, as the caller sent them. */
export type Input = Readonly<Record<string, unknown>>;

export interface AwsRequest {
  /** Empty when the request names none. */
  readonly action: string;
  readonly query: Query;
  /** Of a JSON protocol, where the path names it; undefined where the signature does. */
  readonly service?: ServiceName;
  /** The members of a JSON body; empty in the Query protocol, and undefined for a body that cannot be read. */
  readonly input: Input | undefined;
  readonly authorization: string | undefined;
  readonly token: string | undefined;
  /** When it was signed, as `20261126T120000Z`. */
  readonly signedAt: string | undefined;
}

const SCOPE = /^([^/\s,]+)\/\d{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request$/;

/** Reads it from the Authorization header or a signed URL; undefined without a signature. */
export function readScope({
  authorization = '',
  query,
}: AwsRequest): { readonly key: string; readonly region: string; readonly service: string } | undefined {
  const header = /^AWS4-HMAC-SHA256\s.*?Credential=([^,\s]+)/.exec(authorization)?.[1];
  const [, key, region, service] = SCOPE.exec(header ?? query.get('X-Amz-Credential') ?? '') ?? [];
  return key === undefined || region === undefined || service === undefined ? undefined : { key, region, service };
}
