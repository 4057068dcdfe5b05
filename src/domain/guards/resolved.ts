/** The guard of stops that are asked for because an alert was resolved: that is not yet a word about the machine. */
import { alertOf } from '../cause.ts';
import { formatDuration } from '../duration.ts';
import { ALLOW, refuse, wait, type GuardContext, type Verdict } from '../verdict.ts';

/** How soon the missing answer is asked for again, in milliseconds. */
const ASK_AGAIN_MS = 30_000;

/** Also told in the receipt, so that it can be set right before it matters. */
export const NOT_CONFIRMED =
  'a resolved alert does not say that nobody needs the machine: its sender may be gone. Set prometheus.url, so that Prometheus can confirm it, or on_resolved: { trust: true }';

export function onResolved({ intent, now, settings, evidence: { need } }: GuardContext): Verdict {
  const alert = alertOf(intent.cause);
  if (intent.verb !== 'stop' || alert?.resolved !== true) return ALLOW;
  const { stops, graceMs } = settings.onResolved;
  if (stops === 'refused') return refuse('need_unconfirmed', `on_resolved: stop is refused here: ${NOT_CONFIRMED}`);
  const until = (alert.heardAt ?? alert.beganAt) + graceMs;
  if (until > now) {
    const message = `the alert was resolved ${new Date(alert.beganAt).toISOString()}, and has ${formatDuration(graceMs)} to fire again`;
    return wait(until, 'resolved_grace', message);
  }
  switch (need?.need) {
    case undefined:
    case 'ended':
      return ALLOW;
    case 'yes':
      return wait(now + ASK_AGAIN_MS, 'still_needed', need.message);
    case 'unconfirmed':
      return refuse('need_unconfirmed', need.message);
    case 'unknown':
      return wait(now + ASK_AGAIN_MS, 'need_unconfirmed', need.message);
  }
}
