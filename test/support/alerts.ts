/** Webhook bodies as Alertmanager sends them. */
import { addressOf } from './fleet.ts';

/** One entry of `alerts[]`, or whatever a test puts there instead. */
export type AlertBody = Readonly<Record<string, unknown>>;

/** A firing alert that began ten minutes ago and asks for a real stop; `labels` add to it and override. */
export function alert(labels: Readonly<Record<string, unknown>>, more: AlertBody = {}): AlertBody {
  return {
    status: 'firing',
    labels: { alertname: 'UnusedGPU', action: 'stop', client: 'native', dryrun: 'false', ...labels },
    annotations: {},
    startsAt: minutesAgo(10),
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
    ...more,
  };
}

/** The alert that stops the machine with this number, by its address. */
export function stopAlert(number: number, more: AlertBody = {}): AlertBody {
  return alert({ hostname: addressOf(number) }, more);
}

export function delivery(alerts: readonly unknown[], more: AlertBody = {}): AlertBody {
  return {
    receiver: 'ec2operator',
    status: 'firing',
    alerts,
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example',
    version: '4',
    groupKey: '{}:{}',
    truncatedAlerts: 0,
    ...more,
  };
}

/** The same text for the same minutes within one test run, so that an alert sent twice is one episode. */
export function minutesAgo(minutes: number): string {
  return new Date(STARTED - minutes * 60_000).toISOString();
}

const STARTED = Date.now();
