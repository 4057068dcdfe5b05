/**
 * The EC2 port: all that the engine knows of AWS. Its two adapters, the SDK (`native.ts`) and the `aws` command (`aws-cli.ts`),
 * pass the same contract suite.
 */
import type { Checks } from '../domain/checks.ts';
import type { Instance, Place } from '../domain/instance.ts';
import type { Verb } from '../domain/intent.ts';
import type { SurveyFilter } from '../domain/survey-filter.ts';
import type { Volume } from '../domain/volume.ts';

/**
 * The keys that find instances. EC2 reads filter values as wildcards, so ids and addresses are parsed, and names are escaped.
 * - `id`: the instance's id; the answer leaves out an unknown id
 * - `known`: the ids of instances that EC2 has shown before; one call takes many more of them, and an unknown id fails the
 *   whole call (InvalidInstanceID.NotFound)
 * - `private`: the primary private IPv4 address
 * - `secondary`: any private IPv4 address of any network interface (on EKS also the addresses of pods)
 * - `public`: the public IPv4 address, which a stopped instance does not keep
 * - `ipv6`: any IPv6 address of any network interface
 * - `name`: the tag `Name`, case-sensitive
 */
export type LookupBy = 'id' | 'known' | 'private' | 'secondary' | 'public' | 'ipv6' | 'name';

/** EC2's limit for the filter values of one call (FilterLimitExceeded). */
export const MAX_LOOKUP_VALUES = 200;

/** EC2's limit for listed ids. */
export const MAX_KNOWN_IDS = 1_000;

/** EC2's limit for the ids of one call about status checks. */
export const MAX_CHECKED_IDS = 100;

/** The most instances in one start or stop call. EC2 documents this limit for describing, and none for starts and stops. */
export const MAX_ACT_IDS = 1_000;

export interface Ec2Client {
  /**
   * Describes all instances that match any of the values, terminated ones included.
   *
   * @param values one to MAX_LOOKUP_VALUES, or to MAX_KNOWN_IDS by `known`; an empty list is a RangeError, because to EC2 it
   *   means every instance
   * @throws Ec2Error
   */
  describe(place: Place, by: LookupBy, values: readonly string[]): Promise<readonly Instance[]>;

  /**
   * One page of the instances of a place, terminated ones included while EC2 shows them.
   *
   * @param filter no tag and no family is a RangeError, because to EC2 it means every instance
   * @param page as the page before said; absent: the first one
   * @throws Ec2Error
   */
  survey(place: Place, filter: SurveyFilter, page?: string): Promise<SurveyPage>;

  /**
   * Starts or stops instances in one call, which changes all of them or fails as a whole.
   *
   * @param ids one to MAX_ACT_IDS; an empty list is a RangeError
   * @returns when EC2 has accepted the call; for a dry run, when EC2 says that it would accept it
   * @throws Ec2Error, and what `choose` throws
   */
  act(place: Place, verb: Verb, ids: readonly string[], options: ActOptions): Promise<Accepted>;

  /**
   * What EC2's status checks say of instances that EC2 has shown before. An unknown id fails the whole call
   * (InvalidInstanceID.NotFound).
   *
   * @param ids one to MAX_CHECKED_IDS; an empty list is a RangeError
   * @returns one answer for each id; `unknown` for an instance that does not run
   * @throws Ec2Error
   */
  checks(place: Place, ids: readonly string[]): Promise<ReadonlyMap<string, Checks>>;

  /**
   * The EBS volumes that are attached to instances. An unknown id has none.
   *
   * @param ids one to MAX_LOOKUP_VALUES; an empty list is a RangeError, because to EC2 it means every volume
   * @returns an answer for each id
   * @throws Ec2Error
   */
  volumes(place: Place, ids: readonly string[]): Promise<ReadonlyMap<string, readonly Volume[]>>;

  /** Ends connections and child processes. Calls under way fail. */
  close(): Promise<void>;
}

export interface SurveyPage {
  /** At most a thousand. A page may be empty, and others follow. */
  readonly instances: readonly Instance[];
  /** Absent on the last page. */
  readonly next?: string;
}

export interface ActOptions {
  readonly dryRun: boolean;
  /**
   * Asked at last, when the call has nothing to wait for any more. The call is made for the instances in its answer; for none, no call
   * is made.
   */
  readonly choose?: (ids: readonly string[]) => Promise<readonly string[]>;
}

export interface Accepted {
  /** EC2's id of the request; the `aws` command does not show it. */
  readonly requestId?: string;
}

/** EC2's error, or the reason why there was no answer. It holds no secret and no encoded message. */
export class Ec2Error extends Error {
  override readonly name = 'Ec2Error';
  /**
   * EC2's code such as `IncorrectInstanceState`, or one of ours for a failure outside EC2:
   * - `ClientTimeout`, `ClientConnection`: no answer; EC2 may have carried the call out
   * - `ClientMissing`: the `aws` command is not installed
   * - `ClientCredentials`: the source of the credentials gives none at the moment
   * - `ClientMisconfigured`: no region, no credentials, an unknown profile or account
   * - `ClientClock`: our clock is too far off that of AWS
   * - `ClientOtherAccount`: the credentials belong to another account than before
   * - `ClientOutput`: an answer that cannot be read
   */
  readonly code: string;
  readonly requestId: string | undefined;

  constructor(
    code: string,
    message: string,
    options: { readonly requestId?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.requestId = options.requestId;
  }
}
