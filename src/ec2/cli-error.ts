/** What the `aws` command says on standard error when it fails, as Ec2Error; versions 1 and 2. */
import { Ec2Error } from './port.ts';
import { reportedError, SET_UP } from './reported-error.ts';
import type { Finished } from './cli-process.ts';

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
  // The credentials' own endpoint is on the machine and may have a bad moment.
  [/Error when retrieving credentials from (?:container-role|iam-role)/, 'ClientConnection', 'no credentials for now'],
  [
    /Unable to locate credentials|Partial credentials found|Error when retrieving (?:credentials|token)|SSO (?:Token|session)|Unable to parse config file|The specified config file|Infinite loop in credential configuration/,
    'ClientMisconfigured',
    SET_UP.credentials,
  ],
  [/Invalid endpoint:|Bad value for --endpoint-url/, 'ClientMisconfigured', SET_UP.endpoint],
  [/(?:Read|Connect) timeout on endpoint URL/, 'ClientTimeout', 'no answer from AWS in time'],
  [
    /Could not connect to the endpoint URL|Connection was closed before|Failed to connect to proxy|SSL validation failed|An HTTP Client raised an unhandled exception|reading from response stream/,
    'ClientConnection',
    'no answer from AWS',
  ],
];

/** Reads a failed run. Exit codes differ between versions (254 or 255 for the same), so the words decide. */
export function cliError({ status, stderr }: Pick<Finished, 'status' | 'stderr'>): Ec2Error {
  const [, code, message = ''] = SERVICE_ERROR.exec(stderr) ?? [];
  if (code !== undefined) return reportedError(code, message.replace(DETAILS, ''));
  if (status === MISSING_STATUS) return new Ec2Error('ClientMissing', MISSING);
  const local = LOCAL_FAILURES.find(([words]) => words.test(stderr));
  if (local !== undefined) return new Ec2Error(local[1], `${local[2]} (aws: ${excerpt(stderr)})`);
  return new Ec2Error('ClientOutput', `aws ended with status ${status ?? 'unknown'}: ${excerpt(stderr)}`);
}

/** The end of a text, where a Python traceback says what happened, in one line and without access keys. */
export function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const short = line.length > 300 ? `...${line.slice(-300)}` : line;
  return short === '' ? 'no message' : short.replaceAll(/\b(?:AKIA|ASIA)[A-Z0-9]{8,}\b/g, '[access key]');
}
