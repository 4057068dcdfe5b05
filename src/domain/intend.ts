/** From an alert to an intent. */
import { NOT_CONFIRMED } from './guards/resolved.ts';
import type { OnResolved } from './guard-settings.ts';
import { aboutAlert } from './about.ts';
import { fingerprintOf, parseAlert, parseEndedAt, type Alert } from './alert.ts';
import { isOfResolved, type Cause } from './cause.ts';
import type { HeardEnd } from './hear-alert.ts';
import { spanKey } from './alert-span.ts';
import {
  alertKey,
  episodeKey,
  isUnset,
  parseAsk,
  parseRequest,
  VERBS,
  workKey,
  type Work,
  type Intent,
  type RequestContext,
  type Verb,
} from './intent.ts';
import { parseLease } from './lease.ts';
import { readLabels, type LabelSettings, type SharedLabel } from './labels.ts';
import { parsed, quote, show, unparsed, type Parsed } from './parsed.ts';
import type { IgnoredReason, InvalidReason } from './reason.ts';
import { stateReasonOf } from './state-reason.ts';

export interface IntendContext extends RequestContext {
  /** The handling of stops by resolved alerts, for a warning while the alert fires. Absent: no warning. */
  readonly resolvedStops?: OnResolved['stops'];
  readonly labels: LabelSettings;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type Intended = AlertIdentity & {
  /** The episode that this notification ends. */
  readonly ends?: Ends;
  /** Of an alert. */
  readonly signs?: Signs;
} & Interpretation;

/** Signs by which stretches of asking are told apart (`AlertSpan`). Times are milliseconds since the epoch. */
export interface Signs {
  /** As the sender wrote it. */
  readonly startsAt?: number;
  /** The stretch that is over (`spanKey`), and since when. */
  readonly over?: { readonly key: string } & HeardEnd;
}

type Interpretation =
  | {
      readonly outcome: 'intent';
      readonly intent: Intent;
      /** A fault of an alert that is acted on all the same. */
      readonly warning?: string;
      readonly ignoredLabels?: readonly SharedLabel[];
    }
  | { readonly outcome: 'ignored'; readonly reason: IgnoredReason; readonly message: string }
  | { readonly outcome: 'invalid'; readonly reason: InvalidReason; readonly message: string };

export interface AlertIdentity {
  /** Empty for a person's request. */
  readonly fingerprint: string;
  readonly alertname?: string;
}

/** An episode that no longer asks for anything: its alert was resolved, or fires again. */
export interface Ends {
  /** Absent where its labels cannot be read as they are now. */
  readonly episode?: string;
  /** The same episode, however it was read when it came (`alertKey`). */
  readonly alert: string;
  /** Of a firing alert: its earlier ends that asked for this work are over, too. */
  readonly earlier?: { readonly verb: Verb; readonly work: string; readonly fingerprint: string };
  readonly message: string;
}

/** Whether an alert asks for an act both when it fires and when it is resolved, so that each undoes the other. */
export function alternates(intended: Extract<Intended, { outcome: 'intent' }>): boolean {
  const { intent, ends } = intended;
  return ends !== undefined || isOfResolved(intent.cause);
}

/** Grafana's own alerts, which say nothing about a machine (grafana/alerting, NoData and Error states). */
const IGNORED_ALERTNAMES: Readonly<Record<string, IgnoredReason>> = {
  TestAlert: 'test_alert',
  DatasourceNoData: 'no_data',
  DatasourceError: 'datasource_error',
};

/** Turns one entry of a delivery's `alerts[]` into an intent, or says why not. Never throws. */
export function intend(entry: unknown, context: IntendContext): Intended {
  const alert = parseAlert(entry);
  const fingerprint = alert.ok ? alert.value.fingerprint : fingerprintOf(entry);
  if (!alert.ok) {
    const reason = alert.status === false ? 'invalid_status' : 'invalid_alert';
    return { outcome: 'invalid', fingerprint, reason, message: alert.message };
  }
  const identity = { fingerprint, ...nameOf(alert.value) };
  const ignored = whyIgnored(identity.alertname);
  if (ignored !== undefined) return { outcome: 'ignored', ...identity, ...ignored };
  const reason = stateReasonOf(alert.value.labels, alert.value.annotations);
  if (reason !== undefined) return leaveAlone(alert.value, identity, reason, context);
  const action = otherAction(alert.value);
  const other = action === undefined ? undefined : readWork(alert.value, action, context);
  const ends = endOf(alert.value, action, `${nameForPeople(alert.value)} ${toldEnd(alert.value)}`, context);
  return {
    ...identity,
    ...(ends === undefined ? {} : { ends }),
    signs: signsOf(alert.value, other, context.now),
    ...(alert.value.status === 'firing' ? intendFiring(alert.value, context) : intendResolved(alert.value, context)),
  };
}

/** A failing data source must not start every machine of a rule. A stop that waits for this alert is cancelled, a start is not. */
function leaveAlone(alert: Alert, identity: AlertIdentity, reason: string, context: IntendContext): Intended {
  const why = `Grafana gives another reason for the alert's state than its condition (${reason})`;
  const asksToStop = ['action', 'on_resolved'].some((label) => alert.labels[label] === 'stop');
  const message = `${nameForPeople(alert)} says nothing any more: ${why}`;
  const stop = asksToStop ? readWork(alert, 'stop', context) : undefined;
  const ends = asksToStop ? endOf(alert, 'stop', message, context) : undefined;
  return {
    outcome: 'ignored',
    ...identity,
    reason: 'state_reason',
    message: `${why}: nothing is known of the machine`,
    ...(ends === undefined ? {} : { ends }),
    ...(stop === undefined ? {} : { signs: { over: { key: spanKey(stop, alert.fingerprint), at: context.now } } }),
  };
}

/** A mistake in `on_resolved` is reported while the alert fires, and does not prevent its action. */
function intendFiring(alert: Alert, context: IntendContext): Interpretation {
  const onResolved = readOnResolved(alert.labels);
  if (onResolved.ok && onResolved.value !== undefined && isUnset(alert.labels['action'])) {
    const message = `the label action is not set; on_resolved asks to ${onResolved.value} when the alert is resolved`;
    const doubt = doubtOf(onResolved.value, context);
    return {
      outcome: 'ignored',
      reason: 'on_resolved_only',
      message: doubt === undefined ? message : `${message}; ${doubt}`,
    };
  }
  const meant = readAction(alert, alert.labels['action'], alert.startsAt?.ms, context);
  return warn(meant, onResolved.ok ? doubtOf(onResolved.value, context) : onResolved.message);
}

function intendResolved(alert: Alert, context: IntendContext): Interpretation {
  const verb = readOnResolved(alert.labels);
  if (!verb.ok) return { outcome: 'invalid', reason: 'invalid_on_resolved', message: verb.message };
  if (verb.value === undefined)
    return { outcome: 'ignored', reason: 'resolved', message: 'only firing alerts are acted on' };
  const endedAt = parseEndedAt(alert);
  if (!endedAt.ok) return { outcome: 'invalid', reason: 'invalid_alert', message: endedAt.message };
  return warn(readAction(alert, verb.value, endedAt.value, context), doubtOf(verb.value, context));
}

function warn(meant: Interpretation, warning: string | undefined): Interpretation {
  if (meant.outcome !== 'intent' || warning === undefined) return meant;
  return { ...meant, warning: meant.warning === undefined ? warning : `${meant.warning}; ${warning}` };
}

function doubtOf(onResolved: Verb | undefined, { resolvedStops }: IntendContext): string | undefined {
  return onResolved === 'stop' && resolvedStops === 'refused'
    ? `on_resolved: stop will be refused: ${NOT_CONFIRMED}`
    : undefined;
}

function readAction(
  alert: Alert,
  action: unknown,
  beganAt: number | undefined,
  context: IntendContext,
): Interpretation {
  const { request, witness, ignored } = readLabels(alert.labels, context.route, context.labels);
  const asked = parseRequest({ ...request, action }, context);
  if (!asked.ok) return { outcome: 'invalid', reason: asked.reason, message: asked.message };
  const sign = signOfEpisode(alert);
  const about = aboutAlert(alert.annotations, alert);
  const cause: Cause = {
    by: 'alert',
    fingerprint: alert.fingerprint,
    alertname: nameOf(alert).alertname ?? '',
    // A sender's fast clock must not make an alert look newer than the machine's last launch.
    beganAt: Math.min(beganAt ?? context.now, context.now),
    ...(sign === undefined ? {} : { episode: episodeKey(asked.value, sign) }),
    ...(alert.status === 'resolved' ? { resolved: true, heardAt: context.now } : {}),
    ...(alert.status === 'resolved' && alert.startsAt !== undefined
      ? { firedAt: Math.min(alert.startsAt.ms, context.now) }
      : {}),
    ...(about === undefined ? {} : { about }),
    ...(witness === undefined ? {} : { witness }),
  };
  const lease = readLease(alert, asked.value);
  return {
    outcome: 'intent',
    intent: { ...asked.value, ...(lease.ok && lease.value !== undefined ? { leaseMs: lease.value } : {}), cause },
    // A machine that does not start costs its people more than one that runs for too long, and the sender is told.
    ...(lease.ok ? {} : { warning: `${lease.message}; the machine is started without a lease` }),
    ...(ignored.length === 0 ? {} : { ignoredLabels: ignored }),
  };
}

/** The label counts for starts: an alert that starts a machine may also stop it, when it is resolved. */
function readLease({ labels: { lease } }: Alert, { verb }: Work): Parsed<number | undefined> {
  return verb === 'stop' || isUnset(lease) ? parsed(undefined) : parseLease(lease, 'the label lease');
}

/** The action that the labels give to the alert's other status. Where both statuses have the same action, neither ends the other. */
function otherAction({ status, labels: { action, on_resolved: onResolved } }: Alert): unknown {
  const [here, there] = status === 'firing' ? [action, onResolved] : [onResolved, action];
  return isUnset(there) || here === there ? undefined : there;
}

function readWork(alert: Alert, action: unknown, context: IntendContext): Work | undefined {
  const { request } = readLabels(alert.labels, context.route, context.labels);
  const asked = parseRequest({ ...request, action }, context);
  return asked.ok ? asked.value : undefined;
}

function endOf(alert: Alert, action: unknown, message: string, context: IntendContext): Ends | undefined {
  const { request } = readLabels(alert.labels, context.route, context.labels);
  const ask = parseAsk({ ...request, action }, context);
  const sign = signOfEpisode(alert);
  if (!ask.ok || sign === undefined) return undefined;
  const work = readWork(alert, action, context);
  const episode = work === undefined ? {} : { episode: episodeKey(work, sign) };
  const ends = { ...episode, alert: alertKey(ask.value, sign), message };
  if (alert.status === 'resolved' || work === undefined) return ends;
  return { ...ends, earlier: { verb: work.verb, work: workKey(work), fingerprint: alert.fingerprint } };
}

function signsOf(alert: Alert, over: Work | undefined, now: number): Signs {
  const { startsAt, fingerprint } = alert;
  const dated = startsAt === undefined ? {} : { startsAt: startsAt.ms };
  if (over === undefined) return dated;
  const key = spanKey(over, fingerprint);
  // The request of an end is over when the alert fires again, by another start.
  if (alert.status === 'firing') return { ...dated, over: { key, at: startsAt?.ms ?? now } };
  const endedAt = parseEndedAt(alert);
  const at = endedAt.ok ? endedAt.value : undefined;
  return { ...dated, over: { key, ...dated, ...(at === undefined ? {} : { at }) } };
}

function toldEnd({ status }: Alert): string {
  return status === 'firing' ? 'fires again' : 'was resolved';
}

function readOnResolved({ on_resolved: verb }: Alert['labels']): Parsed<Verb | undefined> {
  const value = VERBS.find((known) => known === verb);
  if (value !== undefined || isUnset(verb)) return parsed(value);
  return unparsed(`expected on_resolved to be start or stop, got ${show(verb)}`);
}

function whyIgnored(name = ''): { readonly reason: IgnoredReason; readonly message: string } | undefined {
  const reason = Object.hasOwn(IGNORED_ALERTNAMES, name) ? IGNORED_ALERTNAMES[name] : undefined;
  return reason && { reason, message: `an alert named ${quote(name)} is never acted on` };
}

function nameOf({ labels: { alertname } }: Alert): { readonly alertname?: string } {
  return typeof alertname === 'string' ? { alertname: alertname.slice(0, 200) } : {};
}

function nameForPeople(alert: Alert): string {
  return `the alert ${quote(nameOf(alert).alertname ?? 'without a name')} (${alert.fingerprint})`;
}

/** Absent where the sender does not say when the alert began. */
function signOfEpisode({ fingerprint, startsAt }: Alert): string | undefined {
  return startsAt && `${fingerprint}|${startsAt.text}`;
}
