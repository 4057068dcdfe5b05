/** How far clocks are apart, by the Date headers of answers. */
import type { ClockReading } from '../domain/clock-reading.ts';
import { report, type Finding } from './finding.ts';

/** A Date header has no parts of a second, and the answer takes a moment. */
const UNNOTICED_MS = 60_000;

/** AWS refuses requests whose signature is more than five minutes away from its own clock (IAM: "Signature Version 4"). */
const SIGNATURES_FAIL_MS = 300_000;

/**
 * Whether our clock agrees with theirs.
 *
 * @param whose what messages call them, such as `AWS`
 */
export function checkClock(readings: readonly ClockReading[], whose: string): readonly Finding[] {
  const { ok, warning, error } = report('clock', whose);
  // The smallest: what a slow answer adds is not skew.
  const [smallest] = readings
    .map(({ local, remote }) => remote - local)
    .sort((left, right) => Math.abs(left) - Math.abs(right));
  if (smallest === undefined) return [];
  const seconds = Math.round(Math.abs(smallest) / 1_000);
  const evidence = `our clock is ${seconds} s ${smallest > 0 ? 'behind' : 'ahead of'} that of ${whose}`;
  if (Math.abs(smallest) <= UNNOTICED_MS) return [ok(`our clock and that of ${whose} agree`)];
  const change = 'set the clock of this machine, or let chrony or systemd-timesyncd do it';
  if (whose !== AWS) return [warning(`${evidence}: alerts would look older or newer than they are`, change)];
  if (Math.abs(smallest) < SIGNATURES_FAIL_MS) {
    return [warning(`${evidence}: alerts are compared with the launch times that EC2 tells`, change)];
  }
  return [error(`${evidence}: AWS refuses signatures that are off by five minutes`, change)];
}

/** What messages call AWS's clock. */
export const AWS = 'AWS';
