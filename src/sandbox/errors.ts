/** An error as EC2 or STS reports it on the wire: a code, a sentence and an HTTP status. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

// The wording below is EC2's own, as seen in issue threads and in the "Error codes" page of the EC2 API reference
// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html). Clients parse ids out of it.

/** One or more instance ids that this account and region do not know; EC2 names all of them. */
export function instanceNotFound(ids: readonly string[]): ApiError {
  const message =
    ids.length === 1
      ? `The instance ID '${ids[0] ?? ''}' does not exist`
      : `The instance IDs '${ids.join(', ')}' do not exist`;
  return new ApiError('InvalidInstanceID.NotFound', message);
}

/** An id that is not `i-` and 8 or 17 hex digits. */
export function instanceIdMalformed(id: string): ApiError {
  return new ApiError('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
}

/** A required parameter that the request does not have. */
export function missingParameter(name: string): ApiError {
  return new ApiError('MissingParameter', `The request must contain the parameter ${name}`);
}

/** A parameter value that EC2 does not take. */
export function invalidParameterValue(message: string): ApiError {
  return new ApiError('InvalidParameterValue', message);
}

/** A call that the machine's present state does not allow. */
export function incorrectInstanceState(message: string): ApiError {
  return new ApiError('IncorrectInstanceState', message);
}

/** A call that this machine never allows. */
export function unsupportedOperation(message: string): ApiError {
  return new ApiError('UnsupportedOperation', message);
}

/** Missing IAM permission. */
export function unauthorizedOperation(): ApiError {
  return new ApiError('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);
}

/** The answer to a permitted call with DryRun=true: an error, although it means success. */
export function dryRunOperation(): ApiError {
  return new ApiError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
}

/** Throttled. */
export function requestLimitExceeded(): ApiError {
  return new ApiError('RequestLimitExceeded', 'Request limit exceeded.', 503);
}

/** No free machines of this type. HTTP 500, so that SDKs take it for a transient failure and retry it. */
export function insufficientCapacity(type: string, zone: string): ApiError {
  const message =
    `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). ` +
    'Our system will be working on provisioning additional capacity.';
  return new ApiError('InsufficientInstanceCapacity', message, 500);
}

/** The credentials are unknown to the service. */
export function authFailure(): ApiError {
  return new ApiError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
}

/** The request carries no credentials at all. */
export function missingAuthentication(): ApiError {
  const message = 'The request must contain either a valid (registered) AWS access key ID or X.509 certificate.';
  return new ApiError('MissingAuthenticationToken', message, 403);
}
