/** Every body in fixtures/webhook, and what must become of each of its alerts. The table is written by hand. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseDelivery } from '../src/domain/alert.ts';
import { intend, type Intended } from '../src/domain/intend.ts';
import type { Route } from '../src/domain/intent.ts';
import { targetKey } from '../src/domain/target.ts';

const FOLDER = new URL('fixtures/webhook/', import.meta.url);
const NOW = Date.parse('2026-11-22T12:00:00Z');

interface Expected {
  readonly route?: Route;
  /** One line for every alert, in order: the intent, or why there is none. */
  readonly alerts?: readonly string[];
  /** Words of the refusal, where the body as a whole is none of a webhook. */
  readonly refusal?: RegExp;
}

const GPU_1 = 'stop name gpu-1.example.internal native wet';
const GPU_1_DRY = 'stop name gpu-1.example.internal native dry';
const NOT_A_WEBHOOK = { refusal: /an object with an alerts array$/ };

const EXPECTED: Readonly<Record<string, Expected>> = {
  'a-custom-payload-in-the-shape-of-a-chat-message': NOT_A_WEBHOOK,
  'a-group-without-any-status-of-its-own': { alerts: [GPU_1, 'invalid invalid_status'] },
  'a-resolved-group-with-one-firing': {
    alerts: ['ignored resolved', 'stop name gpu-2.example.internal native wet'],
  },
  'alertmanager-0.15-without-fingerprint': { alerts: ['stop name gpu-1.example.internal cli wet'] },
  'alertmanager-0.25-with-any-script-in-the-labels': {
    alerts: ['invalid invalid_action', 'invalid invalid_action', 'stop name gpu-1.example.internal cli wet'],
  },
  'alertmanager-0.34-with-notification-reason-and-route-labels': {
    alerts: ['stop address 10.20.1.11 native wet', 'stop address 10.20.1.12 cli wet', 'ignored resolved'],
  },
  'alerts-that-are-not-alerts': {
    alerts: [...times(11, 'invalid invalid_alert'), ...times(6, 'invalid invalid_status')],
  },
  'an-alert-without-status-between-two-good-ones': {
    alerts: [GPU_1, 'invalid invalid_status', 'stop name gpu-3.example.internal native wet'],
  },
  'an-alertmanager-api-array': { refusal: /got an array/ },
  'cut-off-by-max-alerts': { alerts: [GPU_1] },
  'dry-run-in-every-spelling': { alerts: [...times(17, GPU_1_DRY), ...times(6, GPU_1)] },
  'eight-gpus-of-one-machine': { alerts: times(8, 'stop name gpu-8x.example.internal native wet') },
  'grafana-12-with-null-values': { alerts: ['stop name gpu-4.example.internal native wet'] },
  'grafana-9-with-value-string': { alerts: ['stop name gpu-4.example.internal native wet', 'ignored resolved'] },
  'grafana-datasource-no-data': {
    alerts: ['ignored no_data', 'ignored datasource_error', 'ignored no_data', GPU_1],
  },
  'grafana-legacy-alerting-of-2018': NOT_A_WEBHOOK,
  'grafana-test-button': { alerts: ['ignored test_alert', 'ignored test_alert'] },
  'grafana-with-state-reasons': {
    alerts: [...times(6, 'ignored state_reason'), 'stop name gpu-4.example.internal native wet'],
  },
  'hosts-in-every-form': {
    alerts: [
      'stop name gpu-1 native wet',
      GPU_1,
      GPU_1,
      GPU_1,
      'stop name gpu-1 native wet',
      'stop name under_score.example native wet',
      'stop address 10.20.1.11 native wet',
      'stop address 10.20.1.11 native wet',
      'stop address 2001:db8::11 native wet',
      'stop address 2001:db8::11 native wet',
      'stop address 2001:db8::11 native wet',
      'stop address 10.20.1.11 native wet',
      'stop address 10.20.1.11@us-east-1 native wet',
      'stop address 10.20.1.11@eu-west-1 native wet',
      'stop instance i-0123456789abcdef0 native wet',
      'stop instance i-0123456789abcdef0 native wet',
      'stop instance i-0123456789abcdef0 native wet',
      'stop name ip-10-20-1-11.someone-else.compute.internal native wet',
      ...times(5, 'invalid invalid_target'),
    ],
  },
  'instance-ids-in-two-labels': {
    route: 'instance',
    alerts: [
      'stop instance i-0123456789abcdef0 native wet',
      'stop instance i-0123456789abcdef0 native wet',
      'stop instance i-1a2b3c4d native wet',
      ...times(6, 'invalid invalid_target'),
      'stop instance i-0123456789abcdef0 native wet',
      ...times(2, 'invalid invalid_target'),
    ],
  },
  'labels-full-of-shell-and-wildcards': {
    alerts: [
      ...times(43, 'invalid invalid_target'),
      ...times(3, 'invalid invalid_place'),
      'invalid invalid_client',
      'invalid invalid_action',
      'invalid invalid_action',
    ],
  },
  'labels-named-like-object-properties': {
    alerts: ['invalid invalid_action', 'invalid invalid_action', 'invalid invalid_alert'],
  },
  'labels-that-are-not-strings': {
    alerts: [
      ...times(4, 'invalid invalid_target'),
      'invalid invalid_action',
      'invalid invalid_action',
      'invalid invalid_client',
      'invalid invalid_place',
      ...times(3, GPU_1_DRY),
    ],
  },
  mimir: { alerts: ['stop address 10.20.2.7 native wet'] },
  'no-alerts-at-all': { alerts: [] },
  'null-maps-and-null-envelope': { alerts: [GPU_1] },
  'numeric-version-and-group-key': { alerts: [GPU_1] },
  'sns-envelope': NOT_A_WEBHOOK,
  'start-times-of-every-kind': { alerts: [...times(7, GPU_1), ...times(6, 'invalid invalid_alert')] },
  'the-rule-of-the-original-fired': { alerts: ['stop name your-hostname cli wet'] },
  'utf-8-label-names': { alerts: [GPU_1] },
  'vmalert-through-alertmanager': { alerts: ['start address 10.20.2.8@eu-central-1 native wet'] },
};

test('every body in the folder is in the table', () => {
  const names = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));
  assert.deepEqual(names.sort(), Object.keys(EXPECTED).sort());
});

for (const [name, expected] of Object.entries(EXPECTED)) {
  test(name.replaceAll('-', ' '), () => {
    const delivery = parseDelivery(readBody(name));
    if (!delivery.ok) {
      assert.match(delivery.message, expected.refusal ?? /^never$/);
      return;
    }
    const route = expected.route ?? 'hostname';
    const seen = delivery.value.alerts.map((entry) =>
      intend(entry, { route, defaultClient: 'native', labels: {}, now: NOW }),
    );
    assert.deepEqual(seen.map(inOneLine), expected.alerts);
  });
}

function inOneLine(intended: Intended): string {
  if (intended.outcome !== 'intent') return `${intended.outcome} ${intended.reason}`;
  const { verb, target, client, dryRun, region } = intended.intent;
  const words = [verb, target.kind, targetKey(target), client, dryRun ? 'dry' : 'wet'];
  return [...words, ...(region === undefined ? [] : ['in', region])].join(' ');
}

function times(count: number, line: string): string[] {
  return Array.from({ length: count }, () => line);
}

function readBody(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
}
