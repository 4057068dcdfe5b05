/** Guards about the moment: it may be right later, or it was right before. A person who asks knows better than most of them. */
import { alertOf, type CauseKind } from '../cause.ts';
import { formatDuration, LONGEST_MS, parseDuration } from '../duration.ts';
import { describeInstance } from '../instance.ts';
import { describeLimit, fleetKey, fleetLimitsFor, freeAt, instanceKey, waitFor } from '../limit.ts';
import { quote } from '../parsed.ts';
import { isSelected } from '../selector.ts';
import { ALLOW, refuse, wait, type GuardContext, type Verdict } from '../verdict.ts';
import { nextFree } from '../window.ts';

/** How far EC2's clock may be ahead of ours when a person starts a machine and stops it again at once. */
const SKEW_MS = 60_000;

/** How the beginning of a cause is compared with a launch, and told. */
const BEGINNINGS = {
  alert: { skewMs: 0, began: 'the alert began' },
  person: { skewMs: SKEW_MS, began: 'this was asked for' },
} as const satisfies Record<CauseKind, unknown>;

/** What was asked for before the last launch speaks of a machine that has been restarted since, most likely to be used. */
export function staleAlert({ intent, instance }: GuardContext): Verdict {
  const { cause, verb } = intent;
  const { skewMs, began } = BEGINNINGS[cause.by];
  if (verb !== 'stop' || cause.beganAt + skewMs >= instance.launchedAt) return ALLOW;
  const asked = `${began} ${iso(cause.beganAt)}`;
  return refuse('stale_alert', `${asked}, ${describeInstance(instance)} was launched ${iso(instance.launchedAt)}`);
}

/** A machine that goes up and down again and again is not idle, it is being fought over. */
export function flapping({ intent, instance, now, settings, evidence }: GuardContext): Verdict {
  const { count, perMs } = settings.flapping;
  const times = evidence.acts.get(instanceKey(instance.id, intent.verb)) ?? [];
  if (freeAt(settings.flapping, times, now) === undefined) return ALLOW;
  const history = times
    .filter((at) => at > now - perMs)
    .map(iso)
    .join(', ');
  const message = `${describeInstance(instance)} has had ${count} automatic ${intent.verb}s or more within ${formatDuration(perMs)} (${history})`;
  return refuse('flapping', message);
}

/** Who has just started a machine has not begun to use it yet; nor has who asked for a start and found it running. */
export function minUptime({ intent, instance, now, settings, evidence: { needed } }: GuardContext): Verdict {
  // A stopped machine has no uptime; a launch in the future is a clock's fault, and waits as long as one of now.
  if (intent.verb !== 'stop' || instance.state !== 'running') return ALLOW;
  const tag = `${settings.optOut.tag}:min-uptime`;
  const ownWords = instance.tags[tag];
  const own = ownWords === undefined ? undefined : parseDuration(ownWords);
  if (ownWords !== undefined && own === undefined) {
    const message = `${describeInstance(instance)} carries the tag ${tag}=${quote(ownWords)}, which is not a duration such as 30m or 6h, of at most ${LONGEST_MS / 86_400_000}d`;
    return refuse('opt_out', message);
  }
  const least = own ?? settings.minUptimeMs;
  const launchedAt = Math.min(instance.launchedAt, now);
  const neededAt = Math.min(needed?.at ?? -Infinity, now);
  const since = Math.max(launchedAt, neededAt);
  if (since + least <= now) return ALLOW;
  const ago = `${formatDuration(now - since)} ago, and is left alone for ${formatDuration(least)}`;
  const asked = needed === undefined || neededAt <= launchedAt ? 'was launched' : `was asked for by ${needed.who}`;
  return wait(since + least, 'min_uptime', `${describeInstance(instance)} ${asked} ${ago}`);
}

/** Someone has said at which times machines may be stopped or started. */
export function windows({ intent, instance, now, settings }: GuardContext): Verdict {
  const about = settings.windows.filter(
    ({ verbs, only }) => verbs.includes(intent.verb) && (only === undefined || isSelected(only, instance)),
  );
  if (about.length === 0) return ALLOW;
  const free = nextFree(about, now);
  if (free === now) return ALLOW;
  const machine = describeInstance(instance);
  // Windows come back every week: a wait for one that does not would have no end.
  if (free === undefined)
    return refuse('no_window', `the change windows allow to ${intent.verb} ${machine} at no time of a week`);
  return wait(free, 'windows', `the change windows allow to ${intent.verb} ${machine} next at ${iso(free)}`);
}

/** How soon Alertmanager is asked again, in milliseconds. */
const ASK_AGAIN_MS = 30_000;

/** How soon a copy that confirms an alert is looked for again, in milliseconds. The copy itself makes its operation due. */
const LOOK_FOR_COPY_MS = 60_000;

/** An alert that fires after its own end is an old copy, or was taken up again: Alertmanager knows, or another copy tells. */
export function unconfirmed({ intent: { cause }, now, evidence: { firing } }: GuardContext): Verdict {
  const unconfirmedSince = alertOf(cause)?.unconfirmedSince;
  if (firing === undefined || unconfirmedSince === undefined) return ALLOW;
  switch (firing.firing) {
    case 'yes':
      return ALLOW;
    case 'no':
      return refuse('not_firing', firing.message);
    case 'unknown':
      return wait(now + ASK_AGAIN_MS, 'unconfirmed', firing.message);
    case 'unasked': {
      const since = `the alert came in firing at ${iso(unconfirmedSince)}, after it had been resolved`;
      const message = `${since}: it is acted on when it comes in again, a minute later or more`;
      return wait(now + LOOK_FOR_COPY_MS, 'unconfirmed', message);
    }
  }
}

/** What was right when the alert came in may not be any more after a wait. Without an answer nothing is stopped. */
export function stillFiring({ intent, now, evidence: { firing } }: GuardContext): Verdict {
  if (firing === undefined || intent.verb !== 'stop' || alertOf(intent.cause) === undefined) return ALLOW;
  switch (firing.firing) {
    case 'yes':
    case 'unasked':
      return ALLOW;
    case 'no':
      return refuse('not_firing', firing.message);
    case 'unknown':
      return wait(now + ASK_AGAIN_MS, 'still_firing', firing.message);
  }
}

/** What has waited for longer needs a witness that its alert still fires. */
export const LONG_WAIT_MS = 3_600_000;

/** More than Alertmanager's `repeat_interval`, which is 4 h unless it is set otherwise. */
const SILENT_MS = 5 * 3_600_000;

/** A notification that it is over may have been lost, and the sender may be gone: what fires on is sent again and again. */
export function recentAlert({ intent, now, evidence: { copies } }: GuardContext): Verdict {
  if (copies === undefined || intent.verb !== 'stop' || alertOf(intent.cause) === undefined) return ALLOW;
  const { askedAt, lastAt } = copies;
  if (now - askedAt <= LONG_WAIT_MS || (lastAt !== undefined && now - lastAt <= SILENT_MS)) return ALLOW;
  const last =
    lastAt === undefined ? 'no copy of its alert is known' : `the last copy of its alert came ${iso(lastAt)}`;
  const message = `this was asked for ${iso(askedAt)}, and ${last}: nothing says that it still fires`;
  return refuse('no_recent_alert', message);
}

/** One wrong rule must not stop the whole fleet before anybody has noticed. */
export function fleetLimit({ intent, instance, now, settings, evidence }: GuardContext): Verdict {
  if (intent.verb !== 'stop') return ALLOW;
  const full = fleetLimitsFor(settings, instance).flatMap((limit) => {
    const until = waitFor(limit, evidence.acts.get(fleetKey(limit.only)) ?? [], now);
    return until === undefined ? [] : [{ limit, until }];
  });
  const [last] = full.toSorted((one, other) => other.until - one.until);
  if (last === undefined) return ALLOW;
  return wait(last.until, 'fleet_limit', `there have been ${describeLimit(last.limit)} already`);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
