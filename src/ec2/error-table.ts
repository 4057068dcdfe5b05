/**
 * The meaning of each error code for an operation, as data. A code that is not in the table ends the operation with an error:
 * blind retries of an unknown error can turn a small fault into a large one.
 */
import { bareCode, lacksCapacity } from '../domain/bounce.ts';
import type { FailedReason, RefusedReason, WaitingReason } from '../domain/reason.ts';
import { Ec2Error } from './port.ts';

export interface ErrorMeaning {
  /** The operation's next state. `waiting` is tried again. */
  readonly outcome:
    | { readonly state: 'waiting'; readonly reason: WaitingReason }
    | { readonly state: 'refused'; readonly reason: RefusedReason }
    | { readonly state: 'failed'; readonly reason: FailedReason };
  /** The cause: one instance of the batch, named or not, without which the others go on; or the whole call. */
  readonly blame: 'instance' | 'call';
  /** The shortest pause before the next attempt, in milliseconds. */
  readonly delayFloorMs: number;
  /** Whether EC2 has surely changed nothing. A lost answer leaves that open. */
  readonly nothingChanged: boolean;
}

const SECOND = 1_000;

function waits(
  reason: WaitingReason,
  blame: ErrorMeaning['blame'],
  delayFloorMs: number,
  nothingChanged = true,
): ErrorMeaning {
  return { outcome: { state: 'waiting', reason }, blame, delayFloorMs, nothingChanged };
}

function refuses(reason: RefusedReason, blame: ErrorMeaning['blame'] = 'instance'): ErrorMeaning {
  return { outcome: { state: 'refused', reason }, blame, delayFloorMs: 0, nothingChanged: true };
}

function fails(reason: FailedReason, blame: ErrorMeaning['blame'] = 'call'): ErrorMeaning {
  return { outcome: { state: 'failed', reason }, blame, delayFloorMs: 0, nothingChanged: true };
}

const CAPACITY = waits('capacity', 'instance', 60 * SECOND);
/** A quota of the account: other machines stop, or AWS raises it. */
const LIMIT = waits('capacity', 'instance', 300 * SECOND);
const THROTTLED = waits('throttled', 'call', SECOND);
/** A passing fault of AWS, which may have carried the call out. */
const BAD_MOMENT = waits('retry', 'call', 2 * SECOND, false);
const CREDENTIALS = waits('credentials', 'call', 5 * SECOND);
const TRANSITION = waits('transition', 'instance', 5 * SECOND);

/** EC2's documented codes (EC2 API reference, "Error codes"), STS's, and those seen in the field. */
const MEANINGS: Readonly<Record<string, ErrorMeaning>> = {
  // The error is caused by a single instance of the batch.
  'InvalidInstanceID.NotFound': refuses('not_found'),
  'InvalidInstanceID.Malformed': refuses('not_found'),
  IncorrectInstanceState: TRANSITION,
  IncorrectState: TRANSITION,
  InvalidState: TRANSITION,
  InvalidHostState: TRANSITION,
  IncorrectSpotRequestState: refuses('unsupported'),
  UnsupportedOperation: refuses('unsupported'),
  Unsupported: refuses('unsupported'),
  UnsupportedInstanceAttribute: refuses('unsupported'),
  OperationNotPermitted: refuses('protected'),
  InvalidParameterValue: refuses('unsupported'),
  InvalidParameterCombination: refuses('unsupported'),
  UnsupportedHibernationConfiguration: refuses('unsupported'),
  VcpuLimitExceeded: LIMIT,
  InstanceLimitExceeded: LIMIT,
  VolumeLimitExceeded: LIMIT,
  MaxIOPSLimitExceeded: LIMIT,
  HostLimitExceeded: LIMIT,
  MaxSpotInstanceCountExceeded: LIMIT,
  SpotMaxPriceTooLow: CAPACITY,

  // The account's rate limit.
  RequestLimitExceeded: THROTTLED,
  EC2Throttled: THROTTLED,
  Throttled: THROTTLED,
  Throttling: THROTTLED,
  RequestThrottled: THROTTLED,
  TooManyRequests: THROTTLED,
  SlowDown: THROTTLED,

  InternalError: BAD_MOMENT,
  InternalFailure: BAD_MOMENT,
  InternalServerError: BAD_MOMENT,
  Unavailable: BAD_MOMENT,
  ServiceUnavailable: BAD_MOMENT,
  RequestTimeout: BAD_MOMENT,
  ClientTimeout: BAD_MOMENT,
  ClientConnection: waits('retry', 'call', SECOND, false),

  // Often passing: credentials are renewed, clocks are set and identity providers answer again.
  AuthFailure: CREDENTIALS,
  SignatureDoesNotMatch: CREDENTIALS,
  InvalidSignature: CREDENTIALS,
  RequestTimeTooSkewed: CREDENTIALS,
  RequestExpired: CREDENTIALS,
  RequestInTheFuture: CREDENTIALS,
  ExpiredToken: CREDENTIALS,
  // AWS takes a moment to spread a new key, and a replaced key is read again.
  InvalidClientTokenId: CREDENTIALS,
  UnrecognizedClient: CREDENTIALS,
  InvalidIdentityToken: CREDENTIALS,
  IDPCommunicationError: CREDENTIALS,
  IDPRejectedClaim: CREDENTIALS,
  ClientCredentials: CREDENTIALS,
  ClientOtherAccount: CREDENTIALS,
  ClientClock: CREDENTIALS,

  // A person must fix the set-up. A policy may deny the call for one instance alone, by its tags.
  UnauthorizedOperation: fails('unauthorized', 'instance'),
  AccessDenied: fails('unauthorized'),
  MissingAuthenticationToken: fails('unauthorized'),
  RegionDisabled: fails('unauthorized'),
  PendingVerification: fails('unauthorized'),
  OptInRequired: fails('unauthorized'),
  Blocked: fails('unauthorized'),
  ClientMisconfigured: fails('misconfigured'),
  ClientOutput: { ...fails('ec2_error'), nothingChanged: false },
  ClientMissing: refuses('client_missing', 'call'),
};

/**
 * For some minutes after a stop, the Spot request does not allow a start yet (EC2 User Guide, "Troubleshoot Spot Instance hibernation").
 * With other words, EC2 says that it alone may start a machine that it has interrupted.
 */
const SPOT_NOT_YET = /not in an appropriate state to support start/;

/** A code that is not in the table. One instance may cause it, so the others go on without that instance. */
const UNKNOWN: ErrorMeaning = { ...fails('ec2_error', 'instance'), nothingChanged: false };

export function meaningOf(error: Ec2Error): ErrorMeaning {
  const code = bareCode(error.code);
  if (code === 'IncorrectSpotRequestState' && SPOT_NOT_YET.test(error.message)) return TRANSITION;
  if (Object.hasOwn(MEANINGS, code)) return MEANINGS[code] ?? UNKNOWN;
  return lacksCapacity(code) ? CAPACITY : UNKNOWN;
}

/** Whether EC2's rate limit refused the call. */
export function isThrottled(error: unknown): boolean {
  if (!(error instanceof Ec2Error)) return false;
  const { outcome } = meaningOf(error);
  return outcome.state === 'waiting' && outcome.reason === 'throttled';
}

/** The instances that the error's message names. */
export function blamedIds(error: Ec2Error): readonly string[] {
  return [...new Set(error.message.match(/\bi-(?:[0-9a-f]{17}|[0-9a-f]{8})\b/g) ?? [])];
}
