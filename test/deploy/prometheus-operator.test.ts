/** The files for the Prometheus Operator say the same as those for Prometheus and Alertmanager alone. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import * as z from 'zod';
import { configMap, service } from './manifests.ts';
import { alertmanagerConfig, prometheusRule, serviceMonitor } from './monitoring-manifests.ts';
import { find, kindsOf } from './render.ts';
import { readRules } from './rules.ts';
import { amtool, promtool, readYaml, withFile } from './run.ts';
import { deploymentIn, rendered, skip, validate } from './workload.ts';

const groups = z.object({ groups: z.array(z.unknown()) });

describe('deploy/kubernetes/prometheus-operator', { skip }, () => {
  const resources = rendered('kubernetes/prometheus-operator');
  const operator = rendered('kubernetes/overlays/sqlite');

  test('is what the Prometheus Operator takes', () => {
    assert.deepEqual(kindsOf(resources), ['AlertmanagerConfig', 'PrometheusRule', 'PrometheusRule', 'ServiceMonitor']);
    validate(resources);
  });

  test('has the rules of deploy/prometheus, word by word', (t) => {
    const rules = resources.filter(({ kind }) => kind === 'PrometheusRule').map((one) => prometheusRule.parse(one));
    const files = { 'ec2-operator-machines': 'rules.yaml', 'ec2-operator': 'operator-rules.yaml' };
    assert.deepEqual(rules.map((rule) => rule.metadata.name).sort(), Object.keys(files).sort());
    for (const [name, file] of Object.entries(files)) {
      const spec = rules.find((rule) => rule.metadata.name === name)?.spec;
      assert.deepEqual(spec?.groups, groups.parse(readYaml(`deploy/prometheus/${file}`)).groups);
      withFile('rules.yaml', stringify(spec), (written) => promtool(t, 'check', 'rules', written));
    }
  });

  test('scrapes the Service, as the job that the rules look for, with the token that may read', () => {
    const { spec } = serviceMonitor.parse(find(resources, 'ServiceMonitor'));
    const { metadata, spec: ports } = service.parse(find(operator, 'Service'));
    assert.deepEqual(spec.selector.matchLabels, metadata.labels);
    const [endpoint] = spec.endpoints;
    assert.equal(endpoint.port, ports.ports[0]?.name);
    assert.equal(endpoint.path, '/metrics');
    const job = metadata.labels?.[spec.jobLabel];
    for (const { expr } of readRules('deploy/prometheus/operator-rules.yaml'))
      for (const [, asked] of expr.matchAll(/job="([^"]*)"/g)) assert.equal(asked, job);
    assertToken(endpoint.authorization.credentials, 'PROMETHEUS_TOKEN');
  });

  test('leads the same alerts to the operator as the configuration of Alertmanager, in the same way', (t) => {
    const { spec } = alertmanagerConfig.parse(find(resources, 'AlertmanagerConfig'));
    const [{ webhookConfigs }] = spec.receivers;
    const { httpConfig, url, ...webhook } = webhookConfigs[0];
    assertToken(httpConfig.authorization.credentials, 'ALERTMANAGER_TOKEN');
    const translated = {
      route: {
        receiver: 'nobody',
        routes: [
          {
            ...snakeCased(spec.route),
            matchers: spec.route.matchers.map(({ name, matchType, value }) => `${name} ${matchType} "${value}"`),
          },
        ],
      },
      receivers: [
        { name: 'nobody' },
        {
          name: spec.receivers[0].name,
          webhook_configs: [
            {
              url,
              ...snakeCased(webhook),
              http_config: {
                follow_redirects: httpConfig.followRedirects,
                authorization: {
                  type: 'Bearer',
                  credentials_file: '/etc/alertmanager/secrets/ec2-operator/ALERTMANAGER_TOKEN',
                },
              },
            },
          ],
        },
      ],
    };
    const text = JSON.stringify(readYaml('deploy/prometheus/alertmanager.yaml'));
    const shipped: unknown = JSON.parse(text.replace('//ec2-operator:', `//${new URL(url).hostname}:`));
    assert.deepEqual(translated, shipped);
    withFile('alertmanager.yaml', stringify(translated), (file) => amtool(t, 'check-config', file));
  });

  test('finds the operator in the namespace that the examples put it into', () => {
    const { spec } = alertmanagerConfig.parse(find(resources, 'AlertmanagerConfig'));
    const url = new URL(spec.receivers[0].webhookConfigs[0].url);
    const found = find(rendered('kubernetes/examples/irsa'), 'Service').metadata;
    assert.equal(url.hostname, `${found.name}.${String(found['namespace'])}.svc`);
    assert.equal(Number(url.port), service.parse(find(operator, 'Service')).spec.ports[0]?.port);
  });

  /** Of the Secret that the pods read, and a token that they know. */
  function assertToken({ name, key }: { readonly name: string; readonly key: string }, expected: string): void {
    const mounted = deploymentIn(operator).pod.volumes.flatMap((volume) => ('secret' in volume ? [volume.secret] : []));
    assert.equal(name, mounted[0]?.secretName);
    assert.equal(key, expected);
    assert.ok(mounted[0]?.items.some((item) => item.key === key));
  }
});

describe('deploy/grafana', { skip }, () => {
  test('brings the dashboard where the sidecar of Grafana looks for it', () => {
    const resources = rendered('grafana');
    assert.deepEqual(kindsOf(resources), ['ConfigMap']);
    const { metadata, data } = configMap.parse(resources[0]);
    assert.deepEqual(metadata.labels, { grafana_dashboard: '1' });
    const { title } = z.object({ title: z.string() }).parse(JSON.parse(data['ec2-operator.json'] ?? ''));
    assert.equal(title, 'ec2-operator');
  });
});

/** The Prometheus Operator spells Alertmanager's `group_by` as `groupBy`. */
function snakeCased(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const respelt = Object.entries(object).map(([key, value]) => [
    key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  return z.record(z.string(), z.unknown()).parse(Object.fromEntries(respelt));
}
