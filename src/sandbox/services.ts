/** The protocol of each service: its version, its envelopes and its errors. */
import { authFailure, AwsError, missingAuthentication, missingParameter } from './errors.ts';
import type { AwsRequest, ServiceName } from './request.ts';
import { writeXml, type XmlTree } from './xml.ts';

export interface Service {
  readonly contentType: string;
  /** @throws AwsError for a request that this service cannot read */
  readonly checkRequest: (request: AwsRequest) => void;
  readonly writeAnswer: (action: string, content: XmlTree, requestId: string) => string;
  readonly writeError: (error: AwsError, requestId: string) => string;
  readonly errorHeaders: (error: AwsError) => Readonly<Record<string, string>>;
  /** An error that faults give to every service, as this one answers it. */
  readonly inOwnWords: (error: AwsError) => AwsError;
  readonly unknownAction: (action: string) => AwsError;
  readonly unsigned: () => AwsError;
  /** The signature is for another service. */
  readonly misdirected: () => AwsError;
  readonly unknownToken: () => AwsError;
  readonly expiredToken: () => AwsError;
  /** @param now by AWS's clock, in milliseconds since the epoch */
  readonly skewed: (signedAt: string, now: number) => AwsError;
}

/** AWS refuses signatures that are further off its own clock. */
export const MAX_SKEW_MS = 300_000;

const XML = 'text/xml;charset=UTF-8';

/** The same for EC2 and STS. */
const QUERY = {
  contentType: XML,
  errorHeaders: () => ({}),
  inOwnWords: (error: AwsError) => error,
  unsigned: missingAuthentication,
  misdirected: authFailure,
};

const EC2 = { version: '2016-11-15', product: 'AmazonEC2' } as const;
const STS = { version: '2011-06-15', product: 'AWSSecurityTokenService' } as const;
const STS_NAMESPACE = `https://sts.amazonaws.com/doc/${STS.version}/`;

/** EC2's Query protocol ("ec2" in AWS's models) wraps answers and errors in other elements than that of STS. */
const ec2: Service = {
  ...QUERY,
  checkRequest: (request) => checkQuery(request, EC2),
  writeAnswer: (action, content, requestId) =>
    writeXml(`${action}Response`, { requestId, ...content }, `http://ec2.amazonaws.com/doc/${EC2.version}/`),
  writeError: ({ code, message }, requestId) =>
    writeXml('Response', { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId }),
  unknownAction: (action) => new AwsError('InvalidAction', `The action ${action} is not valid for this web service.`),
  unknownToken: authFailure,
  expiredToken: () => new AwsError('RequestExpired', 'Request has expired.'),
  skewed: authFailure,
};

const sts: Service = {
  ...QUERY,
  checkRequest: (request) => checkQuery(request, STS),
  writeAnswer: (action, content, requestId) =>
    writeXml(`${action}Response`, { ...content, ResponseMetadata: { RequestId: requestId } }, STS_NAMESPACE),
  writeError: ({ code, message, status }, requestId) => {
    const error = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message };
    return writeXml('ErrorResponse', { Error: error, RequestId: requestId }, STS_NAMESPACE);
  },
  unknownAction: (action) =>
    new AwsError('InvalidAction', `Could not find operation ${action} for version ${STS.version}`),
  unknownToken: () =>
    new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid', 403),
  expiredToken: () => new AwsError('ExpiredToken', 'The security token included in the request is expired', 403),
  skewed: (signedAt, now) => {
    const limit = new Date(now - MAX_SKEW_MS).toISOString().replace(/[-:]|\.\d{3}/g, '');
    const message = `Signature expired: ${signedAt} is now earlier than ${limit} (5 min.)`;
    return new AwsError('SignatureDoesNotMatch', message, 403);
  },
};

/** REST-JSON: the code stands in a header, and the sentence in the body. */
const scheduler: Service = {
  contentType: 'application/json',
  checkRequest: ({ input }) => {
    if (input === undefined) throw new AwsError('SerializationException', 'The body is no JSON object');
  },
  writeAnswer: (_action, content) => JSON.stringify(content),
  writeError: ({ message }) => JSON.stringify({ Message: message }),
  errorHeaders: ({ code }) => ({ 'x-amzn-errortype': code }),
  inOwnWords: (error) => OF_SCHEDULER[error.code] ?? error,
  unknownAction: () => new AwsError('UnknownOperationException', 'The operation does not exist', 404),
  unsigned: () => new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403),
  misdirected: () =>
    new AwsError('InvalidSignatureException', "Credential should be scoped to correct service: 'scheduler'.", 403),
  unknownToken: () =>
    new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.', 403),
  expiredToken: () =>
    new AwsError('ExpiredTokenException', 'The security token included in the request is expired', 403),
  skewed: (signedAt) => new AwsError('InvalidSignatureException', `Signature expired: ${signedAt}`, 403),
};

/** Scheduler's errors by those of EC2 that faults give. */
const OF_SCHEDULER: Readonly<Record<string, AwsError>> = {
  RequestLimitExceeded: new AwsError('ThrottlingException', 'Rate exceeded', 429),
  UnauthorizedOperation: new AwsError('AccessDeniedException', 'User is not authorized to perform this action', 403),
};

/** JSON 1.1: the code and the sentence stand in the body. */
const pricing: Service = {
  ...scheduler,
  contentType: 'application/x-amz-json-1.1',
  writeError: ({ code, message }) => JSON.stringify({ __type: code, message }),
  errorHeaders: () => ({}),
  inOwnWords: (error) => OF_PRICING[error.code] ?? error,
  misdirected: () =>
    new AwsError('InvalidSignatureException', "Credential should be scoped to correct service: 'pricing'."),
};

const OF_PRICING: Readonly<Record<string, AwsError>> = {
  RequestLimitExceeded: new AwsError('ThrottlingException', 'Rate exceeded'),
  UnauthorizedOperation: new AwsError(
    'AccessDeniedException',
    'User is not authorized to perform: pricing:GetProducts',
  ),
};

export const SERVICES = { ec2, sts, scheduler, pricing } as const satisfies Readonly<Record<ServiceName, Service>>;

export function isService(name: string): name is ServiceName {
  return Object.hasOwn(SERVICES, name);
}

function checkQuery(
  { action, query }: AwsRequest,
  known: { readonly version: string; readonly product: string },
): void {
  const version = query.get('Version');
  if (action === '') throw missingParameter('Action');
  if (version === undefined) throw missingParameter('Version');
  if (version === known.version) return;
  const message = `The requested version (${version}) of service ${known.product} does not exist`;
  throw new AwsError('NoSuchVersion', message);
}
