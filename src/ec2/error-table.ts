/**
 * What each error code means for an operation, as data. A code that is not in the table ends the operation, loudly:
 * retrying blindly what nobody has understood is how a small fault becomes a large one.
 */
import { bareCode, lacksCapacity } from '../domain/bounce.ts';
import type { FailedReason, RefusedReason, WaitingReason } from '../domain/reason.ts';
import { Ec2Error } from './port.ts';

export interface ErrorMeaning {
  /** Where the operation goes. `waiting` is tried again. */
  readonly outcome:
    | { readonly state: 'waiting'; readonly reason: WaitingReason }
    | { readonly state: 'refused'; readonly reason: RefusedReason }
    | { readonly state: 'failed'; readonly reason: FailedReason };
  /** Who is to blame: an instance of the batch, which the others may go on without, named or not; or the whole call. */
  readonly blame: 'instance' | 'call';
  /** No earlier than this after the error, in milliseconds. */
  readonly delayFloorMs: number;
  /** Whether EC2 has said that nothing changed. A lost answer leaves that open. */
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
/** A quota of the account: it is free again when other machines stop, or when AWS has raised it. */
const LIMIT = waits('capacity', 'instance', 300 * SECOND);
const THROTTLED = waits('throttled', 'call', SECOND);
/** AWS has a bad moment. It may have carried the call out before it failed. */
const BAD_MOMENT = waits('retry', 'call', 2 * SECOND, false);
const CREDENTIALS = waits('credentials', 'call', 5 * SECOND);
const TRANSITION = waits('transition', 'instance', 5 * SECOND);

/** EC2's documented codes (EC2 API reference, "Error codes"), STS's, and those seen in the field. */
const MEANINGS: Readonly<Record<string, ErrorMeaning>> = {
  // One instance of the batch stands in the way.
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

  // Credentials that are renewed, clocks that are set and identity providers that answer again: this passes, or may.
  AuthFailure: CREDENTIALS,
  SignatureDoesNotMatch: CREDENTIALS,
  InvalidSignature: CREDENTIALS,
  RequestTimeTooSkewed: CREDENTIALS,
  RequestExpired: CREDENTIALS,
  RequestInTheFuture: CREDENTIALS,
  ExpiredToken: CREDENTIALS,
  // A key that was made a moment ago is not known everywhere, and one that was replaced is read again.
  InvalidClientTokenId: CREDENTIALS,
  UnrecognizedClient: CREDENTIALS,
  InvalidIdentityToken: CREDENTIALS,
  IDPCommunicationError: CREDENTIALS,
  IDPRejectedClaim: CREDENTIALS,
  ClientCredentials: CREDENTIALS,

  // Nobody gets anywhere until a person mends the set-up. A policy may deny it for one instance alone, for its tags.
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
 * Neither retried nor excused: an error that is not in the table yet. It may be one instance's, so the others go on without
 * it.
 */
const UNKNOWN: ErrorMeaning = { ...fails('ec2_error', 'instance'), nothingChanged: false };

/** What an error means. */
export function meaningOf(error: Ec2Error): ErrorMeaning {
  const code = bareCode(error.code);
  if (Object.hasOwn(MEANINGS, code)) return MEANINGS[code] ?? UNKNOWN;
  return lacksCapacity(code) ? CAPACITY : UNKNOWN;
}

/** Whether EC2 has refused a call because of its rate limit. */
export function isThrottled(error: unknown): boolean {
  if (!(error instanceof Ec2Error)) return false;
  const { outcome } = meaningOf(error);
  return outcome.state === 'waiting' && outcome.reason === 'throttled';
}

/** The instances that the error names, in whichever of EC2's wordings. None: it blames nobody by name. */
export function blamedIds(error: Ec2Error): readonly string[] {
  return [...new Set(error.message.match(/\bi-(?:[0-9a-f]{17}|[0-9a-f]{8})\b/g) ?? [])];
}
