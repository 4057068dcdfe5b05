/** The last guard: once all others allow the stop for the end of its warning, people are told, and it waits. */
import { deliveryOf } from '../delivery.ts';
import { formatDuration } from '../duration.ts';
import { describeInstance } from '../instance.ts';
import { quote } from '../parsed.ts';
import { warningChannels } from '../telling.ts';
import { ALLOW, wait, type GuardContext, type Verdict } from '../verdict.ts';
import type { Warned } from '../warned.ts';
import { freshWarning, isUndelivered, LONGEST_WARNING_MS, standingWarning, warningOf } from '../warning.ts';

/** How soon it is looked at again whether people have been told, in milliseconds. */
const LOOK_AGAIN_MS = 60_000;

export function warned(context: GuardContext): Verdict {
  const { instance, intent, settings, now } = context;
  if (isUndelivered(context)) {
    const channels = warningChannels(instance, intent.cause, settings.telling).join(', ');
    const message = `no channel could deliver the warning that ${describeInstance(instance)} is to stop (${channels}); it stops once people were told and had their time to answer`;
    return wait(now + LOOK_AGAIN_MS, 'warning_undelivered', message);
  }
  const warning = standingWarning(context) ?? freshWarning(context);
  if (warning === undefined || warning.stopsAt <= now) return ALLOW;
  const remindAt = remindsAt(context, warning);
  const isTime = remindAt !== undefined && remindAt <= now;
  const told = isTime && mayHaveHeard(context, warning) ? { ...warning, reminded: true as const } : warning;
  const until = remindAt === undefined || isTime ? warning.stopsAt : remindAt;
  const message = `${describeInstance(instance)} stops at ${new Date(warning.stopsAt).toISOString()} unless it is kept`;
  return { ...wait(until, 'warned', `${message}${aboutTag(context)}`), warned: told };
}

/** Undefined where no reminder is to come: one at the time of the warning itself would say nothing new. */
function remindsAt({ settings }: GuardContext, { at, stopsAt, reminded }: Warned): number | undefined {
  const { againMs } = settings.warn;
  if (againMs === undefined || reminded === true) return undefined;
  return stopsAt - againMs > at ? stopsAt - againMs : undefined;
}

/** Whether there is something to remind people of. Once they are told, the stop and its reminder are put off. */
function mayHaveHeard(context: GuardContext, warning: Warned): boolean {
  const { delivery } = deliveryOf(context, warning);
  return delivery === 'told' || delivery === 'unasked';
}

function aboutTag(context: GuardContext): string {
  const { beforeMs, unreadable } = warningOf(context) ?? {};
  if (unreadable === undefined || beforeMs === undefined) return '';
  const expected = `a duration such as 30m (at most ${formatDuration(LONGEST_WARNING_MS)})`;
  return ` (its tag ${context.settings.optOut.tag}:warn=${quote(unreadable)} is not ${expected}: ${formatDuration(beforeMs)} is used)`;
}
