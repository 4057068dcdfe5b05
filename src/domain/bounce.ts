/** Why EC2 took an accepted start back, and what to do next, by the instance's StateReason. */
import type { Instance } from './instance.ts';

type StateReason = NonNullable<Instance['stateReason']>;

/**
 * Whether an error code or a state reason means a lack of capacity: InsufficientInstanceCapacity, ReservationCapacityExceeded,
 * InsufficientCapacityOnHost... Codes about a missing or expired reservation do not.
 */
export function lacksCapacity(code: string): boolean {
  return /^(?!Invalid).*Capacity(?!.*(?:NotFound|Malformed|Expired|Invalid))/.test(bareCode(code));
}

/** Without the prefix of state reasons, and without the suffix that only some services and SDKs use. */
export function bareCode(code: string): string {
  return code.replace(/^(?:Client|Server)\./, '').replace(/Exception$/, '');
}

/** First match counts (EC2 API reference, "StateReason"; EC2 user guide, "Troubleshoot instance launch issues"). */
const ADVICE: readonly (readonly [code: RegExp, advice: string])[] = [
  [
    /^Client\.(?:InternalError|.*KMS.*)$/i,
    "EC2 could not use one of its volumes, most often for the volume's KMS key: see that the key is enabled, and allow kms:CreateGrant on it to the operator's role (deploy/iam/README.md, kms-policy.json); then start it again",
  ],
  [
    /VolumeLimitExceeded$/,
    "the account's quota of EBS volumes or storage is used up: delete volumes or have AWS raise the quota; then start it again",
  ],
  [
    /InvalidSnapshot/,
    'a snapshot that one of its volumes needs does not exist any more: attach a volume in its place; then start it again',
  ],
  [
    /^Server\.SpotInstance/,
    'EC2 has taken the Spot instance back: EC2 alone starts it again, when there is capacity at its price; for work that cannot wait use an on-demand instance',
  ],
  [
    /^Server\.ScheduledStop$/,
    'EC2 stopped it because its hardware is retired: start it again, which moves it to other hardware',
  ],
  [
    /^Client\.UserInitiated/,
    'a person or a program stopped it through the EC2 API right after the start: CloudTrail names who called StopInstances; start it again if it is still needed',
  ],
  [
    /^Client\.InstanceInitiatedShutdown$/,
    'its own operating system shut it down: read `aws ec2 get-console-output`, and look for what powers it off (user data, a cron job); then start it again',
  ],
  [
    /^Server\.InternalError$/,
    'EC2 itself failed: start it again in a few minutes; if that fails too, look at the AWS Health Dashboard and ask AWS support',
  ],
];

const UNKNOWN_ADVICE =
  'look the code up in the EC2 user guide, "Troubleshoot instance launch issues", and start it again once the cause is fixed';

const NO_REASON =
  "find what stopped it in the machine's console output and in CloudTrail; start it again if it is still needed";

/** The advice for a machine that fell back to stopped: a sentence without its full stop. */
export function adviseOn(reason: StateReason | undefined): string {
  if (reason === undefined) return NO_REASON;
  return ADVICE.find(([code]) => code.test(reason.code))?.[1] ?? UNKNOWN_ADVICE;
}

/** EC2's code and sentence, which often begins with the code again. */
export function describeReason(reason: StateReason | undefined): string {
  if (reason === undefined) return 'EC2 gives no reason';
  const { code, message } = reason;
  const text = message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
  return text === '' || text === code ? code : `${code}: ${text}`;
}
