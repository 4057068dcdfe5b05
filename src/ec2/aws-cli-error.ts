/** What the `aws` command says on standard error when it fails, as Ec2Error; versions 1 and 2. */
import type { Environment } from '../config/environment.ts';
import { credentialsError } from './credentials.ts';
import { Ec2Error } from './port.ts';
import { reportedError, SET_UP } from './reported-error.ts';
import type { Finished } from './aws-cli-process.ts';

/** The words are botocore's (ClientError); `aws: [ERROR]: ` stands in front since version 2.34. */
const SERVICE_ERROR =
  /^(?:aws: \[ERROR\]: )?An error occurred \(([^()\s]+)\) when calling the \w+ operation(?: \(reached max retries: \d+\))?: ?([\s\S]*)/m;

/** What version 2.34 appends in some of its error formats. */
const DETAILS = /(?<!\s)\s+Additional error details:[\s\S]*$/;

const MISSING_STATUS = 127;

/** How to get the command, for whoever asked for a client that is not there. */
export const MISSING =
  'the aws command was not found on PATH; install the AWS CLI (version 2 or 1), or use client native, which needs none';

/** Failures before an answer, by the messages of botocore's exceptions (botocore/exceptions.py). First match counts. */
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

/** Whatever `aws` says when a source of credentials gave none, botocore's refusals of the sources' settings included. */
const NO_CREDENTIALS: readonly RegExp[] = [
  /Unable to locate credentials|Partial credentials found|refreshed credentials are still expired/i,
  /Error when retrieving (?:credentials|token|metadata)|Error retrieving metadata/i,
  /EC2 Instance Metadata|(?:ECS|container) metadata|Unsupported host|not a legal header value/i,
  /SSO (?:Token|session)|Token has expired and refresh failed|configured to use SSO but is missing/i,
  /Unable to parse config file|The specified config file|Infinite loop in credential configuration/i,
  /(?:source_profile|credential source) ".*" referenced|Enter MFA code/i,
  // A credential_process that is not there, or does not answer in JSON.
  /credential_process|(?:^|\]: )\[Errno 2\] No such file or directory|^Expecting value: line/im,
];

/** Reads a failed run. Exit codes differ between versions (254 or 255 for the same), so the words decide. */
export function cliError({ status, stderr }: Pick<Finished, 'status' | 'stderr'>, environment: Environment): Ec2Error {
  const [, code, message = ''] = SERVICE_ERROR.exec(stderr) ?? [];
  if (code !== undefined) return reportedError(code, message.replace(DETAILS, ''));
  if (status === MISSING_STATUS) return new Ec2Error('ClientMissing', MISSING);
  // Before the others: it may be the agent that could not be connected to.
  if (NO_CREDENTIALS.some((words) => words.test(stderr)))
    return credentialsError(environment, `aws: ${excerpt(stderr)}`);
  const local = LOCAL_FAILURES.find(([words]) => words.test(stderr));
  if (local !== undefined) return new Ec2Error(local[1], `${local[2]} (aws: ${excerpt(stderr)})`);
  return new Ec2Error('ClientOutput', `aws ended with status ${status ?? 'unknown'}: ${excerpt(stderr)}`);
}

/** The end of a text, where a Python traceback says what happened, in one line and without access keys. */
export function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const short = line.length > 300 ? `...${line.slice(-300)}` : line;
  if (short === '') return 'no message';
  return short
    .replaceAll(/\b(?:AKIA|ASIA)[A-Z0-9]{8,}\b/g, '[access key]')
    .replaceAll(/("(?:SecretAccessKey|SessionToken|Token)"\s*:\s*)"[^"]*"?/gi, '$1"[secret]"');
}
