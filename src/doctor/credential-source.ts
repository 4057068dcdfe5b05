/** Finds out why the metadata service or the credentials agent gives no credentials, by the steps of the AWS SDKs. */
import { z } from 'zod';
import { readVariable, type Environment } from '../config/environment.ts';
import { excerpt } from '../ec2/aws-cli-error.ts';
import { readAgentToken, sourceOf } from '../ec2/credentials.ts';
import { metadataUrl } from '../ec2/metadata.ts';
import { Ec2Error } from '../ec2/port.ts';
import { probe, type Probed } from '../outgoing/probe.ts';
import { report, type Finding } from './finding.ts';

/** Nothing for other sources of credentials: their errors already say what is wrong. */
export async function checkCredentialSource(environment: Environment): Promise<readonly Finding[]> {
  switch (sourceOf(environment)) {
    case 'metadata':
      return [await checkMetadata(metadataUrl(environment))];
    case 'agent':
      return [await checkAgent(environment)];
    case 'keys':
    case 'profile':
    case 'web_identity':
    case 'none':
      return [];
  }
}

const ROLES = '/latest/meta-data/iam/security-credentials/';
const OPTIONS = 'aws ec2 modify-instance-metadata-options --instance-id ID';

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html */
async function checkMetadata(url: string): Promise<Finding> {
  const { ok, error } = report('credentials.metadata', url);
  const asked = await probe(`${url}/latest/api/token`, {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' },
  });
  if (asked.answer === 'none') return unanswered(asked, url);
  if (asked.status === 403)
    return error('the metadata service is disabled for this machine', `${OPTIONS} --http-endpoint enabled`);
  // Version 1 of the service has no tokens.
  const headers = asked.status === 200 ? { 'x-aws-ec2-metadata-token': asked.text } : {};
  const listed = await probe(`${url}${ROLES}`, { headers });
  if (listed.answer === 'none') return unanswered(listed, url);
  const role = listed.status === 200 ? (listed.text.split(/\s/, 1)[0] ?? '') : '';
  if (role === '') return error('this machine has no IAM role', 'attach an instance profile with a role');
  const given = await probe(`${url}${ROLES}${role}`, { headers });
  if (given.answer === 'none') return unanswered(given, url);
  const code = codeOf(given.text);
  if (given.status === 200 && code === 'Success') return ok(`the role ${role} gives credentials`);
  return error(
    `the role ${role} gives no credentials (HTTP ${given.status}, ${code})`,
    'check that the role still exists and trusts ec2.amazonaws.com',
  );
}

function unanswered({ isConnected, why }: Extract<Probed, { answer: 'none' }>, url: string): Finding {
  const { error } = report('credentials.metadata', url);
  if (isConnected)
    return error(
      'the metadata service accepts the connection, but its answer does not arrive: in a container, the hop limit is too low',
      `${OPTIONS} --http-put-response-hop-limit 2, or run the container on the host's network`,
    );
  return error(
    `the metadata service cannot be reached (${why})`,
    'on EC2, check what blocks the address (a NetworkPolicy, iptables); elsewhere, set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  );
}

function codeOf(text: string): string {
  try {
    return z.object({ Code: z.string().max(100) }).parse(JSON.parse(text)).Code;
  } catch {
    return 'no code';
  }
}

async function checkAgent(environment: Environment): Promise<Finding> {
  const relative = readVariable(environment, 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI');
  const full = readVariable(environment, 'AWS_CONTAINER_CREDENTIALS_FULL_URI');
  const url = relative === undefined ? (full ?? '') : `http://169.254.170.2${relative}`;
  const { ok, error } = report('credentials.agent', url);
  const token = await readToken(environment);
  if (token instanceof Ec2Error) return error(token.message, 'mount the file so that this user can read it');
  if (!URL.canParse(url)) return error('is not a URL', 'correct AWS_CONTAINER_CREDENTIALS_FULL_URI');
  const asked = await probe(url, { headers: token === undefined ? {} : { authorization: token } });
  if (asked.answer === 'none')
    return error(
      `the credentials agent cannot be reached (${asked.why})`,
      'EKS: check that the add-on eks-pod-identity-agent runs on this node, and that no NetworkPolicy blocks the address. ECS: check that the agent runs',
    );
  if (asked.status === 200) return ok('the credentials agent gives credentials');
  return error(
    `the credentials agent answers HTTP ${asked.status}: ${excerpt(asked.text)}`,
    'EKS: check that the ServiceAccount has a Pod Identity association, and that its role trusts pods.eks.amazonaws.com. ECS: check that the task has a role',
  );
}

async function readToken(environment: Environment): Promise<string | undefined | Ec2Error> {
  try {
    return (await readAgentToken(environment)) ?? readVariable(environment, 'AWS_CONTAINER_AUTHORIZATION_TOKEN');
  } catch (error) {
    if (error instanceof Ec2Error) return error;
    throw error;
  }
}
