/** Compares the local clock with others, by the Date headers of their answers. */
import type { ClockReading } from '../domain/clock-reading.ts';
import { report, type Finding } from './finding.ts';

/** The name of AWS's clock in messages. */
export const AWS = 'AWS';

/** A Date header has whole seconds only, and the answer takes a moment. */
const UNNOTICED_MS = 60_000;

/** AWS refuses signatures that are more than five minutes off its own clock (IAM: "Signature Version 4"). */
const SIGNATURES_FAIL_MS = 300_000;

/** @param whose the name of the other clock in messages, such as `AWS` */
export function checkClock(readings: readonly ClockReading[], whose: string): readonly Finding[] {
  const { ok, warning, error } = report('clock', whose);
  // A slow answer adds to the difference, so the smallest difference is nearest to the skew.
  const [smallest] = readings
    .map(({ local, remote }) => remote - local)
    .sort((left, right) => Math.abs(left) - Math.abs(right));
  if (smallest === undefined) return [];
  const seconds = Math.round(Math.abs(smallest) / 1_000);
  const evidence = `the local clock is ${seconds} s ${smallest > 0 ? 'behind' : 'ahead of'} that of ${whose}`;
  if (Math.abs(smallest) <= UNNOTICED_MS) return [ok(`the local clock and that of ${whose} agree`)];
  const change = 'set the clock of this machine, or run chrony or systemd-timesyncd';
  if (whose !== AWS) return [warning(`${evidence}: alerts look older or newer than they are`, change)];
  if (Math.abs(smallest) < SIGNATURES_FAIL_MS) {
    return [warning(`${evidence}: alerts are compared with launch times from EC2`, change)];
  }
  return [error(`${evidence}: AWS refuses signatures that are five minutes off`, change)];
}
