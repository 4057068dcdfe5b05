/** The metrics for Prometheus: events are counted, and other values are looked up at each scrape. */
import process from 'node:process';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { placeKey, type Place } from '../domain/instance.ts';
import { NOTICE_KINDS } from '../domain/notice.ts';
import { NOTICE_ENDS } from './catalog-notices.ts';
import type { LEASE_EVENTS } from './catalog.ts';
import type { LinkPurpose } from '../domain/link-purpose.ts';
import type { LinkOutcome } from './catalog-links.ts';
import { EC2_CODES, firstOnes, QUOTA_PLACES, SEEN_INSTANCES } from './bounds.ts';
import type { HoldOutcome } from './catalog.ts';
import { createInstruments, type Instruments } from './instruments.ts';
import { createSavingsGauges } from './savings-gauges.ts';
import { createScrape, type Scraped } from './scraped.ts';
import { createSeenInstances, type Seen } from './seen-instances.ts';
import { createWatchGauges, type WatchMetrics } from './watch-gauges.ts';

export interface Metrics extends WatchMetrics {
  alertReceived(labels: { readonly outcome: string; readonly reason: string }): void;
  operationEnded(labels: CallLabels & { readonly state: string; readonly reason: string }): void;
  /** EC2 has accepted the call of an operation, `ms` after the operation was opened. */
  callAccepted(work: CallLabels, ms: number): void;
  /** A machine has reached its state, `ms` after the operation was opened. */
  stateReached(work: CallLabels, ms: number): void;
  holdAsked(labels: { readonly outcome: HoldOutcome }): void;
  warningBegan(): void;
  warningEnded(labels: { readonly answer: string }): void;
  labelIgnored(labels: { readonly label: string }): void;
  guardJudged(labels: { readonly guard: string; readonly verdict: string }): void;
  ec2Called(call: Ec2Call): void;
  /** EC2 was asked about machines in a place. */
  placeAsked(place: Place, isReachable: boolean): void;
  storeCalled(operation: string, ms: number): void;
  instanceSeen(seen: Seen): void;
  leaseSaid(labels: { readonly event: (typeof LEASE_EVENTS)[number] }): void;
  linkAsked(labels: { readonly purpose: LinkPurpose | 'unknown'; readonly outcome: LinkOutcome }): void;
  loginFailed(): void;
  connectionCut(): void;
  /** So many streams of hints are open now. */
  streamsOpen(count: number): void;
  hintSent(labels: { readonly outcome: 'sent' | 'joined' }): void;
  alertsTruncated(count: number): void;
  scheduleCalled(call: ScheduleLabels): void;
  schedulesFailing(count: number): void;
  /** A notice has come to its end. */
  noticeEnded(labels: Readonly<Record<'channel' | 'kind' | 'outcome', string>>): void;
  /** A channel was handed a notice, and has answered after `ms`. */
  noticeHanded(labels: { readonly channel: string }, isRepeated: boolean, ms: number): void;
  /** An app of Slack, by its first channel. */
  slackConnected(channel: string, isConnected: boolean): void;
  fault(): void;
  logLineDropped(): void;
  /** Prometheus' text format. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** prom-client takes this alias for a record of labels, but not an interface. */
type CallLabels = Readonly<Record<'verb' | 'client', string>>;

type ScheduleLabels = Readonly<Record<'action' | 'code', string>>;

export interface Ec2Call {
  readonly action: string;
  /** EC2's error code, or `OK`. */
  readonly code: string;
  readonly instances: number;
  readonly ms: number;
  readonly throttled: boolean;
}

export interface MetricSources extends Scraped {
  readonly version: string;
}

/** Each call makes its own registry, so several operators in one process do not share counts. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  registerProcess(registry);
  const make = createInstruments(registry);
  const alerts = make.counter('ec2_operator_alerts_total');
  const truncated = make.counter('ec2_operator_alerts_truncated_total');
  const operations = make.counter('ec2_operator_operations_total');
  const toCall = make.histogram('ec2_operator_alert_to_ec2_call_seconds');
  const toState = make.histogram('ec2_operator_alert_to_state_reached_seconds');
  const ignoredLabels = make.counter('ec2_operator_labels_ignored_total');
  const verdicts = make.counter('ec2_operator_guard_verdicts_total');
  const holds = make.counter('ec2_operator_holds_total');
  const warnings = make.counter('ec2_operator_warnings_total');
  const answers = make.counter('ec2_operator_warnings_ended_total');
  const calls = make.counter('ec2_operator_ec2_calls_total');
  const callTimes = make.histogram('ec2_operator_ec2_call_duration_seconds');
  const batches = make.histogram('ec2_operator_batch_size');
  const throttles = make.counter('ec2_operator_ec2_throttles_total');
  const storeTimes = make.histogram('ec2_operator_store_duration_seconds');
  const leases = make.counter('ec2_operator_lease_changes_total');
  const links = make.counter('ec2_operator_link_requests_total');
  const logins = make.counter('ec2_operator_logins_failed_total');
  const streams = make.gauge('ec2_operator_event_streams');
  const hints = make.counter('ec2_operator_hints_total');
  const cuts = make.counter('ec2_operator_connections_cut_total');
  const slackConnected = make.gauge('ec2_operator_slack_connected');
  const faults = make.counter('ec2_operator_faults_total');
  const lines = make.counter('ec2_operator_log_lines_dropped_total');
  const dropped = make.counter('ec2_operator_label_values_dropped_total');
  const isTold = firstOnes(EC2_CODES, () => dropped.inc({ metric: 'ec2_operator_ec2_calls_total' }));
  const scrape = createScrape(sources, make, () => dropped.inc({ metric: 'ec2_operator_quota_tokens' }));
  const notices = createNoticeCounts(make, sources.channels);
  const scheduleCalls = make.counter('ec2_operator_schedule_calls_total');
  const schedulesFailing = make.gauge('ec2_operator_schedules_failing');
  const isScheduleCodeTold = firstOnes(EC2_CODES, () => dropped.inc({ metric: 'ec2_operator_schedule_calls_total' }));
  const reachable = make.gauge('ec2_operator_place_reachable');
  const isPlaceShown = firstOnes(QUOTA_PLACES, () => dropped.inc({ metric: 'ec2_operator_place_reachable' }));
  const instanceSeen = createSeenInstances(make.gauge('ec2_operator_instance_state'), SEEN_INSTANCES);
  const { refresh, ...watch } = createWatchGauges(make, () =>
    dropped.inc({ metric: 'ec2_operator_watch_age_seconds' }),
  );
  const savings = createSavingsGauges(make, sources.savings);
  make.gauge('ec2_operator_build_info').set({ version: sources.version, node: process.versions.node }, 1);

  return {
    alertReceived: (labels) => alerts.inc(labels),
    operationEnded: (labels) => operations.inc(labels),
    callAccepted: (work, ms) => toCall.observe(work, seconds(ms)),
    stateReached: (work, ms) => toState.observe(work, seconds(ms)),
    holdAsked: (labels) => holds.inc(labels),
    warningBegan: () => warnings.inc(),
    warningEnded: (labels) => answers.inc(labels),
    labelIgnored: (labels) => ignoredLabels.inc(labels),
    guardJudged: (labels) => verdicts.inc(labels),
    ec2Called: ({ action, code, instances, ms, throttled }) => {
      calls.inc({ action, code: isTold(code) ? code : 'other' });
      callTimes.observe({ action }, seconds(ms));
      // A page of a survey names none.
      if (instances > 0) batches.observe({ action }, instances);
      if (throttled) throttles.inc({ action });
    },
    placeAsked: (place, isReachable) => {
      if (!isPlaceShown(placeKey(place))) return;
      reachable.set({ region: place.region ?? '', account: place.account ?? '' }, isReachable ? 1 : 0);
    },
    storeCalled: (operation, ms) => storeTimes.observe({ operation }, seconds(ms)),
    instanceSeen,
    leaseSaid: (labels) => leases.inc(labels),
    linkAsked: (labels) => links.inc(labels),
    loginFailed: () => logins.inc(),
    slackConnected: (channel, isConnected) => {
      slackConnected.set({ channel }, isConnected ? 1 : 0);
    },
    connectionCut: () => cuts.inc(),
    streamsOpen: (count) => {
      streams.set(count);
    },
    hintSent: (labels) => hints.inc(labels),
    alertsTruncated: (count) => truncated.inc(count),
    scheduleCalled: ({ action, code }) =>
      scheduleCalls.inc({ action, code: isScheduleCodeTold(code) ? code : 'other' }),
    schedulesFailing: (count) => schedulesFailing.set(count),
    ...notices,
    ...watch,
    fault: () => faults.inc(),
    logLineDropped: () => lines.inc(),
    render: async () => {
      refresh();
      savings.refresh();
      await scrape();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

/** Counts begin at zero for each channel that is configured. */
function createNoticeCounts(
  make: Instruments,
  channels: readonly string[],
): Pick<Metrics, 'noticeEnded' | 'noticeHanded'> {
  const notices = make.counter('ec2_operator_notices_total');
  const retries = make.counter('ec2_operator_notice_retries_total');
  const times = make.histogram('ec2_operator_notice_delivery_seconds');
  for (const channel of channels) {
    for (const kind of Object.keys(NOTICE_KINDS))
      for (const outcome of NOTICE_ENDS) notices.inc({ channel, kind, outcome }, 0);
    retries.inc({ channel }, 0);
    times.zero({ channel });
  }
  return {
    noticeEnded: (labels) => notices.inc(labels),
    noticeHanded: (labels, isRepeated, ms) => {
      times.observe(labels, seconds(ms));
      if (isRepeated) retries.inc(labels);
    },
  };
}

/** A clock that was set back would make a duration negative, and reduce the sum. */
function seconds(ms: number): number {
  return Math.max(0, ms) / 1_000;
}

/** Gauges that end in `_total`, against Prometheus' conventions. Gauges by type show the same numbers. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

function registerProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}
