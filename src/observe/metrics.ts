/** What Prometheus scrapes. Names and labels are part of the interface: rules and dashboards are written against them. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { CLIENTS, VERBS } from '../domain/intent.ts';
import type { State } from '../domain/operation.ts';
import {
  CANCELLED_REASONS,
  FAILED_REASONS,
  IGNORED_REASONS,
  INVALID_REASONS,
  REFUSED_REASONS,
  SUCCEEDED_REASONS,
} from '../domain/reason.ts';

export interface Metrics {
  alertReceived(labels: { readonly outcome: string; readonly reason: string }): void;
  operationEnded(labels: {
    readonly verb: string;
    readonly client: string;
    readonly outcome: string;
    readonly reason: string;
  }): void;
  ec2Called(labels: { readonly action: string; readonly code: string }): void;
  alertsTruncated(count: number): void;
  fault(): void;
  /** Prometheus' text format. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/**
 * Every label combination that can occur exists at zero from the start, so that the first increase is seen by `rate()`.
 *
 * @param countByState asked at each scrape; open operations are counted in the store, not in this process
 */
export function createMetrics(countByState: () => Promise<Readonly<Record<State, number>>>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const alerts = new Counter({
    name: 'ec2_operator_alerts_total',
    help: 'Alerts received, by what their receipt says.',
    labelNames: ['outcome', 'reason'],
    registers,
  });
  const truncated = new Counter({
    name: 'ec2_operator_alerts_truncated_total',
    help: 'Alerts that the sender cut off its deliveries (max_alerts): they were never received.',
    registers,
  });
  const operations = new Counter({
    name: 'ec2_operator_operations_total',
    help: 'Operations that have ended.',
    labelNames: ['verb', 'client', 'outcome', 'reason'],
    registers,
  });
  const calls = new Counter({
    name: 'ec2_operator_ec2_calls_total',
    help: 'Calls to EC2, by error code; OK for those that went well.',
    labelNames: ['action', 'code'],
    registers,
  });
  const faults = new Counter({
    name: 'ec2_operator_faults_total',
    help: 'Faults of the operator itself or of its store; its log has the details.',
    registers,
  });
  registry.registerMetric(
    new Gauge({
      name: 'ec2_operator_operations',
      help: 'Operations in the store, by state.',
      labelNames: ['state'],
      registers: [],
      async collect() {
        // A scrape must not fail because the store does: the other metrics are needed then most of all.
        const counts = await countByState().catch(() => undefined);
        this.reset();
        for (const [state, count] of Object.entries(counts ?? {})) this.set({ state }, count);
      },
    }),
  );
  for (const labels of alertLabels()) alerts.inc(labels, 0);
  for (const labels of operationLabels()) operations.inc(labels, 0);
  for (const action of ['DescribeInstances', 'StartInstances', 'StopInstances']) calls.inc({ action, code: 'OK' }, 0);

  return {
    alertReceived: (labels) => {
      alerts.inc(labels);
    },
    operationEnded: (labels) => {
      operations.inc(labels);
    },
    ec2Called: (labels) => {
      calls.inc(labels);
    },
    alertsTruncated: (count) => {
      truncated.inc(count);
    },
    fault: () => {
      faults.inc();
    },
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

function alertLabels(): readonly { outcome: string; reason: string }[] {
  return [
    ...['accepted', 'joined', 'done'].map((outcome) => ({ outcome, reason: '' })),
    ...Object.keys(IGNORED_REASONS).map((reason) => ({ outcome: 'ignored', reason })),
    ...Object.keys(INVALID_REASONS).map((reason) => ({ outcome: 'invalid', reason })),
  ];
}

function operationLabels(): readonly { verb: string; client: string; outcome: string; reason: string }[] {
  const ends = {
    succeeded: SUCCEEDED_REASONS,
    refused: REFUSED_REASONS,
    failed: FAILED_REASONS,
    cancelled: CANCELLED_REASONS,
  };
  return VERBS.flatMap((verb) =>
    CLIENTS.flatMap((client) =>
      Object.entries(ends).flatMap(([outcome, reasons]) =>
        Object.keys(reasons).map((reason) => ({ verb, client, outcome, reason })),
      ),
    ),
  );
}
