/** An error as AWS reports it on the wire: a code, a sentence and an HTTP status. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

// The sentences are EC2's, from issue threads and from the page "Error codes" of its API reference
// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html). Clients parse ids out of them.

/** EC2 names all unknown ids. */
export function instanceNotFound(ids: readonly string[]): AwsError {
  const message =
    ids.length === 1
      ? `The instance ID '${ids[0] ?? ''}' does not exist`
      : `The instance IDs '${ids.join(', ')}' do not exist`;
  return new AwsError('InvalidInstanceID.NotFound', message);
}

/** An id is `i-` and 8 or 17 hex digits. */
export function instanceIdMalformed(id: string): AwsError {
  return new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
}

export function missingParameter(name: string): AwsError {
  return new AwsError('MissingParameter', `The request must contain the parameter ${name}`);
}

export function invalidParameterValue(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}

/** An IAM permission is missing. */
export function unauthorizedOperation(): AwsError {
  return new AwsError('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);
}

/** This error is the answer to a permitted call with DryRun=true: it means success. */
export function dryRunOperation(): AwsError {
  return new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
}

export function requestLimitExceeded(): AwsError {
  return new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
}

/** SDKs retry it because of its status 500. */
export function insufficientCapacity(type: string, zone: string): AwsError {
  const message =
    `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). ` +
    'Our system will be working on provisioning additional capacity.';
  return new AwsError('InsufficientInstanceCapacity', message, 500);
}

/** The service does not know the credentials. */
export function authFailure(): AwsError {
  return new AwsError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
}

/** The request carries no credentials. */
export function missingAuthentication(): AwsError {
  const message = 'The request must contain either a valid (registered) AWS access key ID or X.509 certificate.';
  return new AwsError('MissingAuthenticationToken', message, 403);
}
