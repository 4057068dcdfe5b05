/** The reasons of each guard, and the guards of each reason. */
import type { GuardName } from './guard.ts';
import type { Verdict } from './verdict.ts';

type HeldReason = Exclude<Verdict, { readonly verdict: 'allow' }>['reason'];

export const GUARD_REASONS: Readonly<Record<GuardName, readonly HeldReason[]>> = {
  not_gone: ['terminated'],
  token_selector: ['token_selector'],
  require_tag: ['require_tag'],
  opt_out: ['opt_out'],
  managed: ['managed'],
  asg_member: ['managed'],
  own_machine: ['own_machine'],
  root_device: ['unsupported'],
  spot: ['spot'],
  scratch_disk: ['scratch_disk'],
  committed: ['committed'],
  stale_alert: ['stale_alert'],
  paused: ['paused'],
  held: ['held'],
  leased: ['leased', 'lease_over'],
  flapping: ['flapping'],
  settled: ['transition'],
  min_uptime: ['min_uptime', 'opt_out'],
  windows: ['windows', 'no_window'],
  unconfirmed: ['unconfirmed', 'not_firing'],
  still_firing: ['still_firing', 'not_firing'],
  recent_alert: ['no_recent_alert'],
  on_resolved: ['resolved_grace', 'still_needed', 'need_unconfirmed'],
  fleet_limit: ['fleet_limit'],
  warned: ['warned', 'warning_undelivered'],
};

/** The guards that give a reason; none where it does not come from a guard. */
export function guardsGiving(reason: string): readonly string[] {
  return Object.entries(GUARD_REASONS)
    .filter(([, reasons]) => reasons.some((one) => one === reason))
    .map(([guard]) => guard);
}
