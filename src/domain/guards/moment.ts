/** Guards about the moment: what they hold back may be right at another time. A person's request overrides most of them. */
import { alertOf, episodeOf, firstAskedAt, type Cause, type CauseKind } from '../cause.ts';
import { formatDuration, LONGEST_MS, parseDuration } from '../duration.ts';
import { describeInstance } from '../instance.ts';
import { fleetKey, fleetLimitsFor, freeAt, instanceKey, tellReached, waitFor } from '../limit.ts';
import { ownTag } from '../own-tag.ts';
import { quote } from '../parsed.ts';
import { isSelected } from '../selector.ts';
import { ALLOW, refuse, wait, type GuardContext, type Verdict, type Wait } from '../verdict.ts';
import { putOff, standingWarning, stopTime, type PutOff } from '../warning.ts';
import { nextFree } from '../window.ts';

/** How far EC2's clock may be ahead of ours when a person starts a machine and stops it again at once. */
const SKEW_MS = 60_000;

/** How the beginning of a cause is compared with a launch, and described. */
const BEGINNINGS = {
  alert: { skewMs: 0, began: 'the alert began' },
  person: { skewMs: SKEW_MS, began: 'the request was made' },
  // A lease whose machine was launched later is over: `leased` says so.
  lease: undefined,
} as const satisfies Record<CauseKind, unknown>;

/** A machine that was launched after the alert began is most likely in use again. */
export function staleAlert({ intent, instance }: GuardContext): Verdict {
  const { cause, verb } = intent;
  const beginning = BEGINNINGS[cause.by];
  if (beginning === undefined || verb !== 'stop') return ALLOW;
  const { skewMs, began } = beginning;
  const at = beganBy(cause);
  if (at + skewMs >= instance.launchedAt) return ALLOW;
  const message = `${began} at ${iso(at)}, before ${describeInstance(instance)} was launched at ${iso(instance.launchedAt)}`;
  return refuse('stale_alert', message);
}

/** An alert whose date is in the future has begun when its first copy came. Copies without a date may be of a new alert. */
function beganBy(cause: Cause): number {
  return episodeOf(cause) === undefined ? cause.beganAt : firstAskedAt(cause);
}

/** Repeated automatic starts or stops of one machine mean that rules disagree, not that it is idle. */
export function flapping({ intent, instance, now, settings, evidence }: GuardContext): Verdict {
  const { count, perMs } = settings.flapping;
  const times = evidence.acts.get(instanceKey(instance.id, intent.verb)) ?? [];
  if (freeAt(settings.flapping, times, now) === undefined) return ALLOW;
  const recent = times.filter((at) => at > now - perMs).map(iso);
  const message = `${describeInstance(instance)} has had ${recent.length} automatic ${intent.verb}s within ${formatDuration(perMs)} (${recent.join(', ')}); the limit is ${count}`;
  return refuse('flapping', message);
}

/** People do not use a machine right after its launch, nor right after asking for a machine that runs already. */
export function minUptime(context: GuardContext): Verdict {
  const {
    intent,
    instance,
    now,
    settings,
    evidence: { needed },
  } = context;
  // A launch in the future is an error of a clock, and counts as a launch now.
  if (intent.verb !== 'stop' || instance.state !== 'running') return ALLOW;
  const tag = `${settings.optOut.tag}:min-uptime`;
  const ownWords = ownTag(instance.tags, tag);
  const own = ownWords === undefined ? undefined : parseDuration(ownWords);
  if (ownWords !== undefined && own === undefined) {
    const message = `${describeInstance(instance)} has the tag ${tag}=${quote(ownWords)}, which is not a duration such as 30m or 6h (at most ${LONGEST_MS / 86_400_000}d)`;
    return refuse('opt_out', message);
  }
  const least = own ?? settings.minUptimeMs;
  const launchedAt = Math.min(instance.launchedAt, now);
  const neededAt = Math.min(needed?.at ?? -Infinity, now);
  const since = Math.max(launchedAt, neededAt);
  const later = putOff(context, (from) => Math.max(from, since + least));
  if (later === undefined || later.stopsAt === stopTime(context)) return ALLOW;
  const named = describeInstance(instance);
  const began =
    needed === undefined || neededAt <= launchedAt ? `${named} was launched` : `${needed.who} asked to start ${named}`;
  const ago = `${formatDuration(now - since)} ago; min_uptime keeps it running for ${formatDuration(least)}`;
  return withWarning(wait(later.until, 'min_uptime', `${began} ${ago}`), later);
}

/** A warning may precede its window: the window has to be open when the machine stops. */
export function windows(context: GuardContext): Verdict {
  const { intent, instance, settings } = context;
  const about = settings.windows.filter(
    ({ verbs, only }) => verbs.includes(intent.verb) && (only === undefined || isSelected(only, instance)),
  );
  if (about.length === 0) return ALLOW;
  const later = putOff(context, (from) => nextFree(about, from));
  const machine = describeInstance(instance);
  // Windows repeat every week, so a wait for one that does not open would never end.
  if (later === undefined) return refuse('no_window', `the change windows never allow a ${intent.verb} of ${machine}`);
  if (later.stopsAt === stopTime(context)) return ALLOW;
  const message = `the change windows next allow a ${intent.verb} of ${machine} at ${iso(later.stopsAt)}`;
  return withWarning(wait(later.until, 'windows', message), later);
}

function withWarning(waiting: Wait, { warned }: PutOff): Wait {
  return warned === undefined ? waiting : { ...waiting, warned };
}

/** How soon Alertmanager is asked again, in milliseconds. */
const ASK_AGAIN_MS = 30_000;

/** How soon an unconfirmed alert is checked again, in milliseconds. A copy makes its operation due at once. */
const LOOK_FOR_COPY_MS = 60_000;

/** A firing alert after its own end may be an old copy. Alertmanager or another copy confirms that it fires again. */
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
      const arrived = `a firing copy of the alert arrived at ${iso(unconfirmedSince)}, after the alert was resolved`;
      const message = `${arrived}; it counts once another copy arrives, at least a minute later`;
      return wait(now + LOOK_FOR_COPY_MS, 'unconfirmed', message);
    }
  }
}

/** An alert may end while its operation waits. Without an answer nothing is stopped. */
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

/** An operation that waited for longer needs evidence that its alert still fires, in milliseconds. */
export const LONG_WAIT_MS = 3_600_000;

/** Longer than Alertmanager's default `repeat_interval` of 4 h, in milliseconds. */
export const SILENT_MS = 5 * 3_600_000;

/** The notification of the end may be lost, but an alert that still fires is sent again and again. */
export function recentAlert({ intent, now, evidence: { copies } }: GuardContext): Verdict {
  if (copies === undefined || intent.verb !== 'stop' || alertOf(intent.cause) === undefined) return ALLOW;
  const { askedAt, lastAt } = copies;
  if (now - askedAt <= LONG_WAIT_MS || (lastAt !== undefined && now - lastAt <= SILENT_MS)) return ALLOW;
  const last =
    lastAt === undefined ? 'no copy of the alert is known' : `the last copy of the alert came at ${iso(lastAt)}`;
  const message = `the stop was requested at ${iso(askedAt)}, and ${last}: nothing confirms that the alert still fires`;
  return refuse('no_recent_alert', message);
}

/** A single wrong rule must not stop the whole fleet. */
export function fleetLimit(context: GuardContext): Verdict {
  const { intent, instance, now, settings, evidence } = context;
  // A warned stop has had its place since the warning.
  if (intent.verb !== 'stop' || standingWarning(context) !== undefined) return ALLOW;
  const lead = stopTime(context) - now;
  const full = fleetLimitsFor(settings, instance).flatMap((limit) => {
    const until = waitFor(limit, evidence.acts.get(fleetKey(limit.only)) ?? [], now, lead);
    return until === undefined ? [] : [{ limit, until }];
  });
  const [last] = full.toSorted((one, other) => other.until - one.until);
  if (last === undefined) return ALLOW;
  return wait(last.until, 'fleet_limit', tellReached(last.limit));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
