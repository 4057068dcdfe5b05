/** Error messages of the `aws` command, versions 1 and 2, as Ec2Error. */
import type { Environment } from '../config/environment.ts';
import { credentialsError } from './credentials.ts';
import { Ec2Error } from './port.ts';
import { reportedError, SET_UP } from './reported-error.ts';
import type { Finished } from './aws-cli-process.ts';

/** The message of botocore's ClientError; version 2.34 added `aws: [ERROR]: `. */
const SERVICE_ERROR =
  /^(?:aws: \[ERROR\]: )?An error occurred \(([^()\s]+)\) when calling the \w+ operation(?: \(reached max retries: \d+\))?: ?([\s\S]*)/m;

/** Version 2.34 appends details in some error formats. */
const DETAILS = /(?<!\s)\s+Additional error details:[\s\S]*$/;

const MISSING_STATUS = 127;

export const MISSING =
  'the aws command was not found on PATH; install the AWS CLI (version 2 or 1), or use client native, which needs none';

/** Failures before an answer, by botocore's messages (botocore/exceptions.py). The first match counts. */
const LOCAL_FAILURES: readonly (readonly [RegExp, Ec2Error['code'], string])[] = [
  [/You must specify a region/, 'ClientMisconfigured', SET_UP.region],
  [/The config profile \([^()]*\) could not be found/, 'ClientMisconfigured', SET_UP.profile],
  [/Invalid endpoint:|Bad value for --endpoint-url/, 'ClientMisconfigured', SET_UP.endpoint],
  [/(?:Read|Connect) timeout on endpoint URL/, 'ClientTimeout', 'no answer from AWS in time'],
  [
    /Could not connect to the endpoint URL|Connection was closed before|Failed to connect to proxy|SSL validation failed|An HTTP Client raised an unhandled exception|reading from response stream/,
    'ClientConnection',
    'no answer from AWS',
  ],
];

/** The messages of `aws` when a source of credentials gives none or has faulty settings. */
const CREDENTIAL_FAILURES: readonly RegExp[] = [
  /Unable to locate credentials|Partial credentials found|refreshed credentials are still expired/i,
  /Error when retrieving (?:credentials|token|metadata)|Error retrieving metadata/i,
  /EC2 Instance Metadata|(?:ECS|container) metadata|Unsupported host|not a legal header value/i,
  /SSO (?:Token|session)|Token has expired and refresh failed|configured to use SSO but is missing/i,
  /Unable to parse config file|The specified config file|Infinite loop in credential configuration/i,
  /(?:source_profile|credential source) ".*" referenced|Enter MFA code/i,
  // A credential_process that does not exist, or does not answer in JSON.
  /credential_process|(?:^|\]: )\[Errno 2\] No such file or directory|^Expecting value: line/im,
];

/** Reads a failed run by its message, because exit codes differ between versions (254 or 255). */
export function cliError({ status, stderr }: Pick<Finished, 'status' | 'stderr'>, environment: Environment): Ec2Error {
  const [, code, message = ''] = SERVICE_ERROR.exec(stderr) ?? [];
  if (code !== undefined) return reportedError(code, message.replace(DETAILS, ''));
  if (status === MISSING_STATUS) return new Ec2Error('ClientMissing', MISSING);
  // Before the other failures: the failed connection may be that to the credentials agent.
  if (CREDENTIAL_FAILURES.some((words) => words.test(stderr)))
    return credentialsError(environment, `aws: ${excerpt(stderr)}`);
  const local = LOCAL_FAILURES.find(([words]) => words.test(stderr));
  if (local !== undefined) return new Ec2Error(local[1], `${local[2]} (aws: ${excerpt(stderr)})`);
  return new Ec2Error('ClientOutput', `aws ended with status ${status ?? 'unknown'}: ${excerpt(stderr)}`);
}

/** The end of a text, where a Python traceback has its message, on one line and without access keys. */
export function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const short = line.length > 300 ? `...${line.slice(-300)}` : line;
  if (short === '') return 'no message';
  return short
    .replaceAll(/\b(?:AKIA|ASIA)[A-Z0-9]{8,}\b/g, '[access key]')
    .replaceAll(/("(?:SecretAccessKey|SessionToken|Token)"\s*:\s*)"[^"]*"?/gi, '$1"[secret]"');
}
