/**
 * The EC2 port: all that the engine knows of AWS. Two adapters speak it, the SDK (`native.ts`) and the `aws` command
 * (`aws-cli.ts`), and one contract suite holds both to it.
 */
import type { Instance, Place } from '../domain/instance.ts';
import type { Verb } from '../domain/intent.ts';

/**
 * What instances can be looked up by. EC2 reads filter values as wildcards, so values are parsed ids and addresses, and names whose wildcards are escaped.
 * - `id`: the instance's own id; one that does not exist is simply not among the answers
 * - `known`: the ids of instances that EC2 has shown before, many more of them in one call; one that EC2 no longer knows
 *   fails the whole call (InvalidInstanceID.NotFound)
 * - `private`: the primary private IPv4 address
 * - `secondary`: any private IPv4 address of any network interface (on EKS also the addresses of pods)
 * - `public`: the public IPv4 address, which a stopped instance does not keep
 * - `ipv6`: any IPv6 address of any network interface
 * - `name`: the tag `Name`, in upper and lower case as it is
 */
export type LookupBy = 'id' | 'known' | 'private' | 'secondary' | 'public' | 'ipv6' | 'name';

/** EC2's limit: more filter values in one call are refused (FilterLimitExceeded). */
export const MAX_LOOKUP_VALUES = 200;

/** EC2's limit for ids that are listed, not filtered by. */
export const MAX_KNOWN_IDS = 1_000;

/** How many instances one start or stop call may name. EC2 documents a thousand for describing; no limit for these. */
export const MAX_CHANGE_IDS = 1_000;

export interface Ec2Client {
  /**
   * Describes the instances that match any of the values, all pages of them, terminated ones included.
   *
   * @param values one to MAX_LOOKUP_VALUES, or to MAX_KNOWN_IDS by `known`; an empty list is refused with a RangeError, since to EC2 it means "all".
   * @throws Ec2Error
   */
  describe(place: Place, by: LookupBy, values: readonly string[]): Promise<readonly Instance[]>;

  /**
   * Starts or stops instances in one call. It changes all of them or fails as a whole.
   *
   * @param ids one to MAX_CHANGE_IDS; an empty list is refused with a RangeError.
   * @returns when EC2 has accepted the call; for a dry run, when EC2 says that it would have.
   * @throws Ec2Error
   */
  change(place: Place, verb: Verb, ids: readonly string[], options: { readonly dryRun: boolean }): Promise<Accepted>;

  /** Ends connections and child processes. Calls under way fail. */
  close(): Promise<void>;
}

export interface Accepted {
  /** EC2's id of the request; the `aws` command does not tell it. */
  readonly requestId?: string;
}

/** EC2's answer when it is an error, or the reason why there was no answer. Carries no secret and no encoded message. */
export class Ec2Error extends Error {
  override readonly name = 'Ec2Error';
  /**
   * EC2's own code such as `IncorrectInstanceState`, or one of ours for failures that EC2 knows nothing of:
   * - `ClientTimeout`, `ClientConnection`: no answer; whether the call was carried out is not known
   * - `ClientMissing`: the `aws` command is not installed
   * - `ClientCredentials`: the source of the credentials gave none at the moment
   * - `ClientMisconfigured`: no region, no credentials, an unknown profile or account
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
