/** Errors of AWS in a form that may be shown. */
import { Ec2Error } from './port.ts';

/** EC2 appends this to a denial. Decoded, it shows the account's policies. */
const ENCODED = /(?<!\s)\s*Encoded authorization failure message[\s\S]*$/;

const MAX_MESSAGE_LENGTH = 1_000;

/**
 * The Ec2Error for an answer of EC2 or STS. It has no `cause`, which would bring the encoded message into the log.
 *
 * @param code EC2's code, or the 5xx status of an answer that is not EC2's, such as a proxy's page
 */
export function reportedError(code: string, message: string, requestId?: string): Ec2Error {
  const shown = message.replace(ENCODED, '').trim().slice(0, MAX_MESSAGE_LENGTH);
  return new Ec2Error(/^5\d\d$/.test(code) ? 'ServiceUnavailable' : code, shown, { requestId });
}

/** Messages for a faulty set-up, the same for both clients. */
export const SET_UP = {
  region: 'no AWS region is known; set AWS_REGION, or name regions in the configuration',
  profile:
    'the AWS profile does not exist, or names no credentials; correct AWS_PROFILE, or mount the AWS configuration files',
  endpoint: 'AWS_ENDPOINT_URL is not a URL; correct it, such as http://127.0.0.1:4566, or unset it',
} as const;

/** The error of calls that `close` cut off, which EC2 may have carried out, and of later calls. */
export function closedError(): Ec2Error {
  return new Ec2Error('ClientConnection', 'the EC2 client was closed');
}
