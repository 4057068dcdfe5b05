/**
 * Every reason there is, in one closed list. A reason is at once the metric label, the field in the log and the API, and
 * the key of the text that people read, so the same thing is called the same everywhere.
 */

/** Why an alert got no operation although it was understood. */
export const IGNORED_REASONS = {
  resolved: 'the alert is resolved; only firing alerts are acted on, unless its label on_resolved asks for more',
  on_resolved_only: 'the alert asks for something when it is resolved, and for nothing while it fires',
  test_alert: 'a test notification of Grafana',
  no_data: "Grafana's DatasourceNoData alert says that there is no data, not that a machine is idle",
  datasource_error: "Grafana's DatasourceError alert says that a query failed, not that a machine is idle",
  replayed: 'a copy of a signed delivery that has come before',
  state_reason: 'Grafana could not look, or the rule was changed or paused: the alert says nothing about the machine',
} as const;

/** Why an alert could not be understood. */
export const INVALID_REASONS = {
  invalid_alert: 'the alert is not an object with labels',
  invalid_status: 'the alert has no status, or one that is neither firing nor resolved',
  invalid_action: 'the action is missing, or neither start nor stop',
  invalid_on_resolved: 'what to do when the alert is resolved is neither start nor stop',
  invalid_target: 'the machine is not named, or not in a form that can be trusted',
  invalid_client: 'the client is neither native nor cli',
  invalid_place: 'the region or the account is not in a form that can be trusted',
  out_of_scope: 'the token lacks the required scope',
} as const;

/** Databases outlive versions, upwards and downwards. The message is the other version's own. */
const OTHER_VERSION = {
  other_version: 'another version of ec2-operator gave a reason, or wrote an operation, that this one cannot read',
} as const;

/** Why an operation waits. */
export const WAITING_REASONS = {
  retry: 'AWS gave no answer, or an error that passes; tried again later',
  changed_meanwhile:
    'right before the call, the machine or what people and alerts ask for had changed; everything is checked again',
  answer_lost: 'the answer to an EC2 call is not known; the instance is looked at to see what became of the call',
  no_effect: 'EC2 accepted the call and the instance did not change; everything is checked again',
  not_shown: 'EC2 does not show the instance at the moment; looked at again',
  throttled: "EC2's rate limit was hit; tried again later",
  credentials: 'AWS credentials could not be had, or were not accepted; tried again later',
  capacity: 'EC2 has no free capacity for this instance type at the moment',
  transition: 'the instance is between two states and must arrive first',
  place_unreachable: 'an account or region could not be asked, and the machine may be there; tried again later',
  name_unknown: 'the resolver says that there is no such name; it is asked once more before that counts',
  lookup_failed: 'the name could not be looked up at the moment',
  rival: 'an operation with the opposite verb on the same instance has to end first',
  min_uptime: 'the instance was launched a short while ago and is left alone for now',
  windows: 'the change windows do not allow it at this time',
  unconfirmed: 'the alert fires after its own end: an old copy perhaps, until something confirms it',
  still_firing: 'Alertmanager could not say whether the alert still fires',
  resolved_grace: 'the alert was resolved a short while ago, and may fire again',
  still_needed: 'the alert was resolved, and another alert still asks for the machine',
  need_unconfirmed: 'the alert was resolved, and nobody could say at the moment whether the machine is still needed',
  fleet_limit: 'there have been as many automatic stops lately as may be',
  ...OTHER_VERSION,
} as const;

/** Why an operation was refused: the right answer was not to act. */
export const REFUSED_REASONS = {
  not_found: 'no such instance',
  ambiguous: 'more than one instance answers to this name',
  moved: 'the name or address led to one instance at first, and does not lead to it any more',
  contradicted: 'another label of the alert names another machine than its address or name leads to',
  pod_address: "the address is beside a pod's label, and nothing says that it is the machine's",
  unusable_address: 'the name leads to an address that no instance can have',
  place_unreachable: 'an account or region could not be asked until the end, and the machine may be there',
  unknown_place: 'the region or account is not configured',
  client_missing: 'the chosen client is not installed',
  terminated: 'the instance is terminated or shutting down',
  token_selector: "the sender's token is for other machines",
  require_tag: 'the instance does not carry the tag that machines have to carry here',
  opt_out: 'the instance is tagged to be left alone',
  managed: 'a group, a fleet, a cluster, an AWS service or a tool owns the instance',
  no_window: 'the change windows allow it at no time of a week',
  no_recent_alert: 'it waited for more than an hour, and no copy of the alert has come lately',
  stale_alert: 'the alert began, or the request was made, before the instance was last launched',
  spot: 'the instance is a Spot instance, and those are not stopped here',
  scratch_disk: 'what is on the local disks of the instance would be lost',
  still_needed: 'the alert was resolved, and another alert went on asking for the machine',
  need_unconfirmed: 'the alert was resolved, and nobody confirms that the machine is not needed any more',
  flapping: 'the instance has been started or stopped automatically too often lately',
  protected: 'stop protection is on',
  unsupported: 'EC2 does not support this verb for this instance',
  ...OTHER_VERSION,
} as const;

/** Why an operation failed: it was right to act, and it did not work. */
export const FAILED_REASONS = {
  unauthorized: 'AWS refused the credentials or the permission',
  misconfigured: 'the AWS client is not configured: no region, no credentials or a role that cannot be assumed',
  bounced: 'EC2 accepted the start, and the instance fell back to stopped',
  reverted: 'the instance was launched again after this operation acted on it',
  vanished: 'the instance was terminated while the operation was under way',
  deadline: 'the operation ran out of time',
  ec2_error: 'EC2 answered with an error that is not known to pass',
  internal_error: 'a fault of ec2-operator itself; its log has the details',
  ...OTHER_VERSION,
} as const;

/** Why an operation succeeded. */
export const SUCCEEDED_REASONS = {
  state_reached: 'the instance reached the state that was asked for',
  already_in_state: 'the instance was in that state already; EC2 was not asked to change anything',
  dry_run: 'a dry run: EC2 would have accepted the call',
  ...OTHER_VERSION,
} as const;

/** Why an operation was cancelled. */
export const CANCELLED_REASONS = {
  by_person: 'a person cancelled it',
  superseded: 'somebody who comes first has asked for the opposite on the same instance',
  resolved:
    'the alert that asked for it was resolved, fires again, or says nothing any more, before the operation was begun',
  unconfirmed: 'the alert fired after its own end, and nothing has confirmed that in time',
  not_firing: 'Alertmanager says that the alert does not fire any more',
  ...OTHER_VERSION,
} as const;

export type IgnoredReason = keyof typeof IGNORED_REASONS;
export type InvalidReason = keyof typeof INVALID_REASONS;
export type WaitingReason = keyof typeof WAITING_REASONS;
export type RefusedReason = keyof typeof REFUSED_REASONS;
export type FailedReason = keyof typeof FAILED_REASONS;
export type SucceededReason = keyof typeof SUCCEEDED_REASONS;
export type CancelledReason = keyof typeof CANCELLED_REASONS;
