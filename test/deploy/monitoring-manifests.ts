/** The parts of the Prometheus Operator's API that deploy/kubernetes/prometheus-operator uses, as strict as its CRDs. */
import * as z from 'zod';
import { metadata, selector } from './manifests.ts';

/** As Prometheus writes durations: `30s`, `1h30m`. */
const duration = z.string().regex(/^(?:\d+(?:ms|[smhdwy]))+$/);

/** A token out of a Secret in the same namespace. */
const authorization = z.strictObject({
  type: z.literal('Bearer'),
  credentials: z.strictObject({ name: z.string(), key: z.string() }),
});

export const serviceMonitor = z.strictObject({
  apiVersion: z.literal('monitoring.coreos.com/v1'),
  kind: z.literal('ServiceMonitor'),
  metadata,
  spec: z.strictObject({
    jobLabel: z.string(),
    selector,
    endpoints: z.tuple([
      z.strictObject({ port: z.string(), path: z.string().startsWith('/'), interval: duration, authorization }),
    ]),
  }),
});

const rule = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: duration.optional(),
  keep_firing_for: duration.optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

export const prometheusRule = z.strictObject({
  apiVersion: z.literal('monitoring.coreos.com/v1'),
  kind: z.literal('PrometheusRule'),
  metadata,
  spec: z.strictObject({
    groups: z.array(z.strictObject({ name: z.string(), rules: z.array(rule).min(1) })).min(1),
  }),
});

export const alertmanagerConfig = z.strictObject({
  apiVersion: z.literal('monitoring.coreos.com/v1alpha1'),
  kind: z.literal('AlertmanagerConfig'),
  metadata,
  spec: z.strictObject({
    route: z.strictObject({
      receiver: z.string(),
      matchers: z
        .array(z.strictObject({ name: z.string(), matchType: z.enum(['=', '!=', '=~', '!~']), value: z.string() }))
        .min(1),
      continue: z.boolean(),
      groupBy: z.array(z.string()).min(1),
      groupWait: duration,
      groupInterval: duration,
      repeatInterval: duration,
    }),
    receivers: z.tuple([
      z.strictObject({
        name: z.string(),
        webhookConfigs: z.tuple([
          z.strictObject({
            url: z.url(),
            sendResolved: z.boolean(),
            maxAlerts: z.int().min(0),
            httpConfig: z.strictObject({ followRedirects: z.boolean(), authorization }),
          }),
        ]),
      }),
    ]),
  }),
});

/** By kind. */
export const MONITORING_KINDS = {
  AlertmanagerConfig: alertmanagerConfig,
  PrometheusRule: prometheusRule,
  ServiceMonitor: serviceMonitor,
} as const;
