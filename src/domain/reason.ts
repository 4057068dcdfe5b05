/**
 * Every reason, in one closed list. A reason is the metric label, the field in the log and the API, and the key of its text.
 */

/** Why an understood alert got no operation. */
export const IGNORED_REASONS = {
  resolved: 'the alert is resolved; only firing alerts are acted on, unless its label on_resolved asks for more',
  on_resolved_only: 'the alert asks for an act when it is resolved, and for none while it fires',
  test_alert: 'a test notification of Grafana',
  no_data: "Grafana's DatasourceNoData alert says that there is no data, not that a machine is idle",
  datasource_error: "Grafana's DatasourceError alert says that a query failed, not that a machine is idle",
  replayed: 'a copy of an earlier signed delivery',
  state_reason:
    'Grafana could not evaluate the rule, or the rule was changed or paused: the alert says nothing about the machine',
} as const;

/** Why an alert is invalid. */
export const INVALID_REASONS = {
  invalid_alert: 'the alert is not an object with labels',
  invalid_status: 'the alert has no status, or one that is neither firing nor resolved',
  invalid_action: 'the action is missing, or neither start nor stop',
  invalid_on_resolved: 'on_resolved is neither start nor stop',
  invalid_target: 'the machine is not named, or not in a valid form',
  invalid_client: 'the client is neither native nor cli',
  invalid_place: 'the region or the account is not in a valid form',
  invalid_lease: 'how long the machine is to run is not in a valid form, or too long',
  out_of_scope: 'the token lacks the required scope',
} as const;

/** A database may have been written by a newer version. The message is that version's. */
const OTHER_VERSION = {
  other_version: 'another version of ec2-operator wrote a reason or an operation that this version cannot read',
} as const;

/** Why an operation waits. */
export const WAITING_REASONS = {
  retry: 'AWS gave no answer or a temporary error; tried again later',
  changed_meanwhile: 'the machine, its alerts or a request changed right before the call; everything is checked again',
  answer_lost: 'the answer to an EC2 call was lost; the state of the instance shows whether the call took effect',
  no_effect: 'EC2 accepted the call, but the instance did not change; everything is checked again',
  not_shown: 'EC2 does not show the instance at the moment; checked again soon',
  throttled: "EC2's rate limit was hit; tried again later",
  credentials: 'AWS credentials are missing or were rejected; tried again later',
  capacity: 'EC2 has no free capacity for this instance type at the moment',
  transition: 'the instance is changing its state, and must finish first',
  place_unreachable: 'an account or region did not answer, and the machine may be there; tried again later',
  name_unknown: 'the resolver does not know the name; it is asked once more before that counts',
  lookup_failed: 'the resolver did not answer; tried again later',
  rival: 'an opposite operation on the same instance has to end first, or one that may be for it has to find its own',
  min_uptime: 'the instance was launched, or a person asked for it, a short while ago',
  windows: 'the change windows do not allow it now',
  unconfirmed: 'the alert fires after its own end; it may be an old copy until it is confirmed',
  still_firing: 'Alertmanager could not say whether the alert still fires',
  resolved_grace: 'the alert was resolved a short while ago and may fire again',
  still_needed: 'the alert was resolved, but another alert still asks for the machine',
  need_unconfirmed: 'the alert was resolved, and it is not known at the moment whether the machine is still needed',
  fleet_limit: 'the limit on automatic stops is reached',
  paused: 'a person has paused automatic starts and stops',
  held: 'a person, or a tag on the instance, keeps it running for now',
  leased: 'the instance runs on a lease that has not ended yet',
  warned: 'people were told of the stop, and can still say no',
  warning_undelivered: 'people could not be told of the stop; it waits until they are',
  ...OTHER_VERSION,
} as const;

/** Why an operation was refused: it is right not to act. */
export const REFUSED_REASONS = {
  not_found: 'no such instance',
  ambiguous: 'more than one instance matches the name',
  moved: 'the name or address no longer leads to the instance that it led to at first',
  contradicted: 'a label of the alert names another machine than its address or name does',
  pod_address: "the alert has a pod's label, and nothing confirms that the address is the machine's",
  unusable_address: 'the name leads to an address that no instance can have',
  place_unreachable: 'an account or region did not answer until the end, and the machine may be there',
  unknown_place: 'the region or account is not configured',
  client_missing: 'the chosen client is not installed',
  terminated: 'the instance is terminated or shutting down',
  token_selector: 'the token does not allow this machine',
  require_tag: 'the instance lacks the required tag',
  opt_out: 'a tag on the instance forbids it',
  managed: 'a group, a fleet, a cluster, an AWS service or a tool manages the instance',
  own_machine: 'ec2-operator itself runs on the instance',
  no_window: 'the change windows never allow it',
  no_recent_alert: 'the operation waited for more than an hour, and no copy of the alert came in the last five hours',
  stale_alert: 'the alert began, or the request was made, before the instance was last launched',
  spot: 'the configuration protects Spot instances',
  scratch_disk: 'a stop would erase the local disks of the instance',
  committed: 'the capacity is paid for anyway, so a stop would save nothing',
  still_needed: 'the alert was resolved, but another alert kept asking for the machine',
  need_unconfirmed: 'the alert was resolved, but nothing confirms that the machine is no longer needed',
  held: 'a person, or a tag on the instance, keeps it running; override_hold=true stops it all the same',
  flapping: 'the instance was started or stopped automatically too often',
  protected: 'stop protection is on',
  unsupported: 'EC2 does not support this verb for this instance',
  ...OTHER_VERSION,
} as const;

/** Why an operation failed: it was right to act, but it did not work. */
export const FAILED_REASONS = {
  unauthorized: 'AWS refused the credentials or the permission',
  misconfigured: 'the AWS client lacks a region or credentials, or cannot assume its role',
  bounced: 'EC2 accepted the start, and the instance fell back to stopped',
  reverted: 'the instance was launched again after this operation acted on it',
  vanished: 'the instance was terminated during the operation',
  deadline: 'the operation ran out of time',
  ec2_error: 'EC2 answered with an error that is not known to be temporary',
  internal_error: 'a fault in ec2-operator; its log has the details',
  ...OTHER_VERSION,
} as const;

/** Why an operation succeeded. */
export const SUCCEEDED_REASONS = {
  state_reached: 'the instance reached the requested state',
  already_in_state: 'the instance was already in that state; EC2 was not asked to change anything',
  dry_run: 'a dry run: EC2 would have accepted the call',
  ...OTHER_VERSION,
} as const;

/** Why an operation was cancelled. */
export const CANCELLED_REASONS = {
  by_person: 'a person cancelled it',
  superseded: 'an opposite operation or request with precedence replaced it',
  resolved: 'its alert was resolved, fires again, or no longer counts, before EC2 was asked',
  unconfirmed: 'the alert fired after its own end, and nothing confirmed that in time',
  not_firing: 'Alertmanager says that the alert no longer fires',
  lease_over: 'the lease that it came from was ended, replaced, or lost its machine',
  ...OTHER_VERSION,
} as const;

export type IgnoredReason = keyof typeof IGNORED_REASONS;
export type InvalidReason = keyof typeof INVALID_REASONS;
export type WaitingReason = keyof typeof WAITING_REASONS;
export type RefusedReason = keyof typeof REFUSED_REASONS;
export type FailedReason = keyof typeof FAILED_REASONS;
export type SucceededReason = keyof typeof SUCCEEDED_REASONS;
export type CancelledReason = keyof typeof CANCELLED_REASONS;
