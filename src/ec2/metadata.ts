/** The metadata service of EC2, which tells a machine about itself. */
import { readVariable, type Environment } from '../config/environment.ts';
import { INSTANCE_ID } from '../domain/target.ts';
import { probe } from '../outgoing/probe.ts';

/** Without a slash at the end. The variables are those of the AWS SDKs. */
export function metadataUrl(environment: Environment): string {
  const mode = readVariable(environment, 'AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE')?.toLowerCase();
  const usual = mode === 'ipv6' ? 'http://[fd00:ec2::254]' : 'http://169.254.169.254';
  return (readVariable(environment, 'AWS_EC2_METADATA_SERVICE_ENDPOINT') ?? usual).replace(/\/+$/, '');
}

export type OwnInstance = { readonly id: string } | { readonly id?: undefined; readonly why: string };

/**
 * The instance id of the machine that this runs on, by version 2 of the service, never through a proxy.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 */
export async function readOwnInstance(environment: Environment): Promise<OwnInstance> {
  if (readVariable(environment, 'AWS_EC2_METADATA_DISABLED')?.toLowerCase() === 'true')
    return { why: 'AWS_EC2_METADATA_DISABLED forbids to ask the metadata service' };
  const url = metadataUrl(environment);
  const token = await probe(`${url}/latest/api/token`, {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' },
  });
  if (token.answer === 'none') {
    const hint = token.isConnected ? '; in a container, its hop limit may be too low' : '';
    return { why: `the metadata service of EC2 at ${url} does not answer (${token.why})${hint}` };
  }
  if (token.status !== 200)
    return { why: `the metadata service of EC2 at ${url} gives no token (HTTP ${token.status})` };
  const told = await probe(`${url}/latest/meta-data/instance-id`, {
    headers: { 'x-aws-ec2-metadata-token': token.text },
  });
  const id = told.answer === 'came' && told.status === 200 ? told.text.trim() : '';
  if (INSTANCE_ID.test(id)) return { id };
  const got = told.answer === 'none' ? told.why : `HTTP ${told.status}`;
  return { why: `the metadata service of EC2 at ${url} gives no instance id (${got})` };
}
