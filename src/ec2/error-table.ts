/**
 * What each error code means for an operation, as data. A code that is not in the table ends the operation, loudly:
 * retrying blindly what nobody has understood is how a small fault becomes a large one.
 */
import type { FailedReason, RefusedReason, WaitingReason } from '../domain/reason.ts';
import { Ec2Error } from './port.ts';

export interface ErrorMeaning {
  /** Where the operation goes. `waiting` is tried again. */
  readonly outcome:
    | { readonly state: 'waiting'; readonly reason: WaitingReason }
    | { readonly state: 'refused'; readonly reason: RefusedReason }
    | { readonly state: 'failed'; readonly reason: FailedReason };
  /**
   * Who is to blame: an instance of the batch, which the others may go on without, whether EC2 names it or not; only one
   * that EC2 names (`named`: an IAM policy that asks for a tag denies the whole batch for one member); or the whole call.
   */
  readonly blame: 'instance' | 'named' | 'call';
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

/** EC2's documented codes (EC2 API reference, "Error codes"), and those seen in the field. */
const MEANINGS: Readonly<Record<string, ErrorMeaning>> = {
  // One instance of the batch stands in the way.
  'InvalidInstanceID.NotFound': refuses('not_found'),
  'InvalidInstanceID.Malformed': refuses('not_found'),
  IncorrectInstanceState: waits('transition', 'instance', 5 * SECOND),
  IncorrectSpotRequestState: refuses('unsupported'),
  UnsupportedOperation: refuses('unsupported'),
  OperationNotPermitted: refuses('protected'),
  InvalidParameterValue: refuses('unsupported'),
  UnsupportedHibernationConfiguration: refuses('unsupported'),
  InsufficientInstanceCapacity: waits('capacity', 'instance', 60 * SECOND),
  InsufficientHostCapacity: waits('capacity', 'instance', 60 * SECOND),
  VcpuLimitExceeded: waits('capacity', 'instance', 300 * SECOND),
  InstanceLimitExceeded: waits('capacity', 'instance', 300 * SECOND),

  // The account's rate limit.
  RequestLimitExceeded: waits('throttled', 'call', SECOND),
  EC2ThrottledException: waits('throttled', 'call', SECOND),
  Throttling: waits('throttled', 'call', SECOND),
  ThrottlingException: waits('throttled', 'call', SECOND),

  // AWS has a bad moment. It may have carried the call out before it failed.
  InternalError: waits('retry', 'call', 2 * SECOND, false),
  InternalFailure: waits('retry', 'call', 2 * SECOND, false),
  Unavailable: waits('retry', 'call', 2 * SECOND, false),
  ServiceUnavailable: waits('retry', 'call', 2 * SECOND, false),
  ClientTimeout: waits('retry', 'call', 2 * SECOND, false),
  ClientHeldBack: waits('retry', 'call', 0),
  ClientConnection: waits('retry', 'call', SECOND, false),

  // Nobody gets anywhere until a person mends the set-up.
  UnauthorizedOperation: fails('unauthorized', 'named'),
  AuthFailure: fails('unauthorized'),
  AccessDenied: fails('unauthorized'),
  AccessDeniedException: fails('unauthorized'),
  MissingAuthenticationToken: fails('unauthorized'),
  InvalidClientTokenId: fails('unauthorized'),
  UnrecognizedClientException: fails('unauthorized'),
  SignatureDoesNotMatch: fails('unauthorized'),
  ExpiredToken: fails('unauthorized'),
  ExpiredTokenException: fails('unauthorized'),
  RequestExpired: fails('unauthorized'),
  PendingVerification: fails('unauthorized'),
  OptInRequired: fails('unauthorized'),
  Blocked: fails('unauthorized'),
  ClientMisconfigured: fails('misconfigured'),
  ClientMissing: refuses('client_missing', 'call'),
};

/** Neither retried nor excused: an error that nobody has put into the table yet. */
const UNKNOWN: ErrorMeaning = {
  outcome: { state: 'failed', reason: 'ec2_error' },
  blame: 'call',
  delayFloorMs: 0,
  nothingChanged: false,
};

/** What an error means. Documentation sometimes writes codes with a `Client.` or `Server.` in front. */
export function meaningOf(error: Ec2Error): ErrorMeaning {
  const code = error.code.replace(/^(?:Client|Server)\./, '');
  return Object.hasOwn(MEANINGS, code) ? (MEANINGS[code] ?? UNKNOWN) : UNKNOWN;
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
