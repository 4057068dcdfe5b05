/** The last guard: once all others allow the stop for the end of its warning, people are told, and it waits. */
import { formatDuration } from '../duration.ts';
import { describeInstance } from '../instance.ts';
import { quote } from '../parsed.ts';
import { ALLOW, wait, type GuardContext, type Verdict } from '../verdict.ts';
import { stopTime, warningOf } from '../warning.ts';

export function warned(context: GuardContext): Verdict {
  const { instance, now } = context;
  const warning = warningOf(context);
  const stopsAt = stopTime(context);
  if (warning === undefined || stopsAt <= now) return ALLOW;
  const { unreadable, beforeMs } = warning;
  const tag =
    unreadable === undefined
      ? ''
      : ` (its tag warn=${quote(unreadable)} is not a duration such as 30m: ${formatDuration(beforeMs)} is used)`;
  const message = `${describeInstance(instance)} stops at ${new Date(stopsAt).toISOString()} unless it is kept${tag}`;
  return wait(stopsAt, 'warned', message);
}
