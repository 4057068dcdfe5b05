/** The source of the process's own credentials, and the error when it gives none: the same for both clients. */
import { readFile } from 'node:fs/promises';
import { readVariable, type Environment } from '../config/environment.ts';
import { Ec2Error } from './port.ts';
import { SET_UP } from './reported-error.ts';
import { DEFAULT_PROFILE, namesCredentials, profileOf } from './shared-config.ts';

export type CredentialSource = 'keys' | 'profile' | 'web_identity' | 'agent' | 'none' | 'metadata';

/** The last source that is asked, by the order that AWS SDKs share. The shared configuration files may come in between. */
export function sourceOf(environment: Environment): CredentialSource {
  const has = (name: string): boolean => readVariable(environment, name) !== undefined;
  if (profileOf(environment) !== undefined) return 'profile';
  // A lone half of the pair counts: the other half was forgotten.
  if (has('AWS_ACCESS_KEY_ID') || has('AWS_SECRET_ACCESS_KEY')) return 'keys';
  if (has('AWS_WEB_IDENTITY_TOKEN_FILE')) return 'web_identity';
  if (has('AWS_CONTAINER_CREDENTIALS_FULL_URI') || has('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI')) return 'agent';
  return readVariable(environment, 'AWS_EC2_METADATA_DISABLED')?.toLowerCase() === 'true' ? 'none' : 'metadata';
}

/**
 * The profile that `aws` must be told to use, so that it acts in the account that the SDK acts in: by itself, `aws` prefers keys and a
 * web identity of the environment to a profile, and the SDK prefers the profile. Undefined where both choose alike.
 */
export function profileForAws(environment: Environment): string | undefined {
  const source = sourceOf(environment);
  if (source === 'profile') return profileOf(environment);
  return source === 'web_identity' && namesCredentials(environment, DEFAULT_PROFILE) ? DEFAULT_PROFILE : undefined;
}

/** Nothing is set up, so waiting does not help. */
const NOTHING_SET_UP =
  'no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or give the pod or machine an IAM role';

/** The source gives no credentials at the moment. The remedy follows the semicolon. */
export const NO_CREDENTIALS: Readonly<Record<Exclude<CredentialSource, 'keys' | 'none'>, string>> = {
  profile:
    'the AWS profile gave no credentials; run `aws sts get-caller-identity` with the same AWS_PROFILE and user: the session may have ended, or the credential_process fails (with client cli, aws.cli_environment names the variables that it needs)',
  web_identity:
    'the web identity token could not be used; check that the file at AWS_WEB_IDENTITY_TOKEN_FILE exists and that AWS_ROLE_ARN is right (EKS: the annotation of the ServiceAccount)',
  agent:
    'the credentials agent gave no credentials; check that it runs on this node (EKS: the eks-pod-identity-agent and the association of the ServiceAccount; ECS: the task role), and that nothing blocks the address in AWS_CONTAINER_CREDENTIALS_FULL_URI',
  metadata:
    'no AWS credentials were found, and the instance metadata service gave none; on EC2, attach an IAM role to the machine, and in a container raise the hop limit (aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2); elsewhere set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
};

/** @param detail the client's own message, or an excerpt of it */
export function credentialsError(environment: Environment, detail: string, cause?: unknown): Ec2Error {
  const source = sourceOf(environment);
  if (source === 'keys' || source === 'none') {
    return new Ec2Error('ClientMisconfigured', `${NOTHING_SET_UP} (${detail})`, { cause });
  }
  // The client has tried all sources. A profile that names a source may give credentials later.
  const profile = profileOf(environment) ?? '';
  const isEnd = /Could not load credentials|Unable to locate credentials/.test(detail);
  if (source === 'profile' && isEnd && !namesCredentials(environment, profile)) {
    return new Ec2Error('ClientMisconfigured', `${SET_UP.profile} (${detail})`, { cause });
  }
  return new Ec2Error('ClientCredentials', `${NO_CREDENTIALS[source]} (${detail})`, { cause });
}

/**
 * The token for the credentials agent; undefined if no file is named. Both clients fail on a file that ends in a line break, and
 * the file is replaced from time to time, so it is read here for each call.
 *
 * @throws Ec2Error ClientCredentials when the file cannot be read
 */
export async function readAgentToken(environment: Environment): Promise<string | undefined> {
  const file = readVariable(environment, 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE');
  if (file === undefined || sourceOf(environment) !== 'agent') return undefined;
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw credentialsError(environment, `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: ${why}`, error);
  }
}
