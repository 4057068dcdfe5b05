/** Errors that the other side reported, made fit to be shown. */
import { Ec2Error } from './port.ts';

/** EC2 appends this to a denial; decoded, it tells the account's policies. */
const ENCODED = /(?<!\s)\s*Encoded authorization failure message[\s\S]*$/;

const MAX_MESSAGE_LENGTH = 1_000;

/**
 * An Ec2Error of what EC2 or STS answered. It has no `cause`, which would carry the encoded message into the log.
 *
 * @param code EC2's own. An answer with a 5xx status that is not EC2's (a proxy's page) has its status here.
 */
export function reportedError(code: string, message: string, requestId?: string): Ec2Error {
  const shown = message.replace(ENCODED, '').trim().slice(0, MAX_MESSAGE_LENGTH);
  return new Ec2Error(/^5\d\d$/.test(code) ? 'ServiceUnavailable' : code, shown, { requestId });
}

/** Sentences for what a person has to set up; the adapters' own words for it differ. */
export const SET_UP = {
  region: 'no AWS region is known; set AWS_REGION, or name regions in the configuration',
  profile:
    'the AWS profile does not exist, or names no credentials; correct AWS_PROFILE, or mount the AWS configuration files',
  endpoint: 'AWS_ENDPOINT_URL is not a URL; correct it, such as http://127.0.0.1:4566, or unset it',
} as const;

/** The error of calls that `close` cut off, and of calls after it. Whether they were carried out is not known. */
export function closedError(): Ec2Error {
  return new Ec2Error('ClientConnection', 'the EC2 client was closed');
}
