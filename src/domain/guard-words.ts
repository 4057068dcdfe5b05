/** The sentence that is true where a guard allows a stop, in the words of people who do not run ec2-operator. */
import { GUARDS, type GuardName } from './guard.ts';

const WORDS: Readonly<Record<GuardName, string>> = {
  not_gone: 'The machine still exists.',
  token_selector: 'The sender may act on this machine.',
  require_tag: 'The machine carries the tag that its owners set to allow this.',
  opt_out: 'No tag on the machine forbids it.',
  managed: 'No AWS service and no tool runs the machine.',
  asg_member: 'It belongs to no Auto Scaling group.',
  own_machine: 'ec2-operator itself does not run on it.',
  root_device: 'AWS can stop a machine with such disks.',
  spot: 'It is no Spot machine, or these may be stopped.',
  scratch_disk: 'A stop erases no local disk that matters.',
  committed: 'A stop of it saves money, or may be made all the same.',
  stale_alert: 'The alert is about this run of the machine, not about an earlier one.',
  paused: 'Nobody has paused automatic starts and stops.',
  held: 'Nobody keeps it running.',
  leased: 'No lease keeps it running.',
  flapping: 'It was not started and stopped too often lately.',
  settled: 'It is not changing its state right now.',
  min_uptime: 'It has run for long enough since its start.',
  windows: 'The change windows allow it at this time.',
  unconfirmed: 'The alert has not ended before.',
  still_firing: 'The alert still fires.',
  recent_alert: 'The alert was heard of lately.',
  on_resolved: 'Nothing else needs the machine after the end of the alert.',
  fleet_limit: 'Not too many machines stop at once.',
  warned: 'People were warned, and had time to answer.',
};

/** What a guard says that allows a thing by its settings, where its evidence tells of the thing. */
const ALLOWED: Readonly<Partial<Record<string, string>>> = { scratch_disk: 'Stops may erase local disks here.' };

/**
 * @param guard may be one of another version
 * @param isShown whether its evidence follows
 */
export function tellGuard(guard: string, isShown = false): string {
  const allowed = isShown ? ALLOWED[guard] : undefined;
  if (allowed !== undefined) return allowed;
  return isKnown(guard) ? WORDS[guard] : `The guard ${guard.slice(0, 40)} of another version.`;
}

function isKnown(guard: string): guard is GuardName {
  return Object.hasOwn(GUARDS, guard);
}
