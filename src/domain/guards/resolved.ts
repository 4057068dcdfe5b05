/** The guard of stops that a resolved alert asks for: its end does not prove that the machine is unneeded. */
import { alertOf } from '../cause.ts';
import { formatDuration } from '../duration.ts';
import { ALLOW, refuse, wait, type GuardContext, type Verdict } from '../verdict.ts';

/** How soon Prometheus and Alertmanager are asked again, in milliseconds. */
const ASK_AGAIN_MS = 30_000;

/** Receipts of firing alerts say it too, so that the configuration can be corrected in time. */
export const NOT_CONFIRMED =
  'a resolved alert does not prove that the machine is unneeded, because its sender may be gone. Set prometheus.url, so that Prometheus can confirm it, or on_resolved: { trust: true }';

export function onResolved({ intent, now, settings, evidence: { need } }: GuardContext): Verdict {
  const alert = alertOf(intent.cause);
  if (intent.verb !== 'stop' || alert?.resolved !== true) return ALLOW;
  const { stops, graceMs } = settings.onResolved;
  if (stops === 'refused') return refuse('need_unconfirmed', `on_resolved: stop is refused: ${NOT_CONFIRMED}`);
  const until = (alert.heardAt ?? alert.beganAt) + graceMs;
  if (until > now) {
    const message = `the alert was resolved at ${new Date(alert.beganAt).toISOString()}; the stop waits ${formatDuration(graceMs)} in case it fires again`;
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
