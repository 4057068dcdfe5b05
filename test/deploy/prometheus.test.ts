/** Every rule and route that the project ships, shows or has to work with, as Prometheus and Alertmanager see them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { parse, stringify } from 'yaml';
import * as z from 'zod';
import { intend } from '../../src/domain/intend.ts';
import { ROOT } from './dockerfile.ts';
import { readRules } from './rules.ts';
import { amtool, promtool, readYaml, withFile } from './run.ts';

const RULES = ['rules', 'demand-rules', 'operator-rules'];
const ROUTE = 'deploy/prometheus/alertmanager.yaml';

const helmRules = z.object({
  additionalPrometheusRulesMap: z.record(z.string(), z.object({ groups: z.array(z.unknown()) })),
});
const helmRoute = z.object({ alertmanager: z.object({ config: z.object({ route: z.unknown() }).loose() }) });
const receiverList = z.object({ receivers: z.array(z.looseObject({ name: z.string() })).min(1) });

const ruleTests = z.object({
  tests: z.array(
    z.object({ alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })) }),
  ),
});

describe('promtool', () => {
  for (const name of RULES) {
    test(`finds nothing wrong with ${name}.yaml`, (t) => {
      promtool(t, 'check', 'rules', path.join(ROOT, `deploy/prometheus/${name}.yaml`));
    });

    test(`sees the alerts of ${name}.yaml fire when they should, and not otherwise`, (t) => {
      promtool(t, 'test', 'rules', path.join(ROOT, `deploy/prometheus/${name}.test.yaml`));
    });

    test(`is shown every alert of ${name}.yaml, firing`, () => {
      const { tests } = ruleTests.parse(readYaml(`deploy/prometheus/${name}.test.yaml`));
      const cases = tests.flatMap((one) => one.alert_rule_test);
      const shown = cases.filter((one) => one.exp_alerts.length > 0).map((one) => one.alertname);
      const alerts = readRules(`deploy/prometheus/${name}.yaml`).map((rule) => rule.alert);
      assert.deepEqual(new Set(shown), new Set(alerts));
    });
  }

  test('finds nothing wrong with the rule of the original', (t) => {
    const { additionalPrometheusRulesMap: files } = helmRules.parse(readYaml('test/fixtures/seed/rule.yaml'));
    for (const file of Object.values(files)) checkRules(t, stringify(file));
  });

  function checkRules(t: TestContext, content: string): void {
    withFile('rules.yaml', content, (file) => {
      promtool(t, 'check', 'rules', file);
    });
  }
});

describe('amtool', () => {
  test('finds nothing wrong with the configuration that ships', (t) => {
    amtool(t, 'check-config', path.join(ROOT, ROUTE));
  });

  test('sees it lead starts and stops to the operator, and nothing else', (t) => {
    for (const [label, receiver] of [
      ['action=stop', 'ec2-operator'],
      ['action=start', 'ec2-operator'],
      ['action=page', 'nobody'],
      ['severity=critical', 'nobody'],
    ] as const) {
      const answer = amtool(t, 'config', 'routes', 'test', `--config.file=${path.join(ROOT, ROUTE)}`, label);
      if (answer !== undefined) assert.equal(answer.trim(), receiver, label);
    }
  });

  test('finds nothing wrong with the route of the original', (t) => {
    const { alertmanager } = helmRoute.parse(readYaml('test/fixtures/seed/alertmanager.yaml'));
    checkConfig(t, stringify(alertmanager.config));
  });

  test('finds nothing wrong with the receivers in the README', (t) => {
    const shown = readmeYaml().filter((block) => block.startsWith('receivers:'));
    assert.ok(shown.length > 0);
    for (const block of shown) {
      const { receivers } = receiverList.parse(parse(block));
      checkConfig(t, stringify({ route: { receiver: receivers[0]?.name }, receivers }));
    }
  });

  function checkConfig(t: TestContext, content: string): void {
    withFile('alertmanager.yaml', content, (file) => {
      amtool(t, 'check-config', file);
    });
  }
});

describe('the rules that ship', () => {
  test('ask for a dry run of a stop of the machine behind the exporter', () => {
    for (const rule of readRules('deploy/prometheus/rules.yaml')) {
      const wish = wishOf('firing', rule.alert, filledIn(rule.labels, { instance: 'gpu-1:9835' }));
      assert.deepEqual(wish, { verb: 'stop', client: 'native', dryRun: true, target: 'gpu-1' });
    }
  });

  test('ask for a start of the machine that is wanted, and for its stop when it is not any more', () => {
    for (const rule of readRules('deploy/prometheus/demand-rules.yaml')) {
      const labels = { ...rule.labels, hostname: 'gpu-1' };
      const start = { verb: 'start', client: 'native', dryRun: true, target: 'gpu-1' };
      assert.deepEqual(wishOf('firing', rule.alert, labels), start);
      assert.deepEqual(wishOf('resolved', rule.alert, labels), { ...start, verb: 'stop' });
    }
  });

  function wishOf(status: string, alertname: string, labels: Readonly<Record<string, string>>): object {
    const times = { startsAt: '2026-11-22T10:00:00Z', endsAt: '2026-11-22T11:00:00Z' };
    const entry = { status, labels: { alertname, ...labels }, ...times };
    const intended = intend(entry, { route: 'hostname', defaultClient: 'cli', labels: {}, now: 0 });
    assert.equal(intended.outcome, 'intent', JSON.stringify(intended));
    const { verb, client, dryRun, target } = intended.intent;
    assert.equal(target.kind, 'name');
    return { verb, client, dryRun, target: target.name };
  }

  /** Labels as Prometheus makes them out of templates. */
  function filledIn(
    labels: Readonly<Record<string, string>>,
    of: Readonly<Record<string, string>>,
  ): Record<string, string> {
    const entries = Object.entries(labels).map(([label, text]) => [
      label,
      text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_whole, name: string) => of[name] ?? ''),
    ]);
    return z.record(z.string(), z.string()).parse(Object.fromEntries(entries));
  }
});

describe('the route that ships', () => {
  test('loses no alert, tells of resolved ones, and turns no POST into a GET', () => {
    const webhook = z.object({
      url: z.string(),
      send_resolved: z.literal(true),
      max_alerts: z.literal(0),
      http_config: z.object({
        follow_redirects: z.literal(false),
        authorization: z.object({ type: z.literal('Bearer'), credentials_file: z.string() }),
      }),
    });
    const receivers = z.array(z.object({ name: z.string(), webhook_configs: z.array(webhook).optional() }));
    const parsed = z.object({ receivers }).parse(readYaml(ROUTE));
    const urls = parsed.receivers.flatMap((each) => each.webhook_configs ?? []).map(({ url }) => new URL(url).pathname);
    assert.deepEqual(urls, ['/operateHostname']);
  });
});

function readmeYaml(): readonly string[] {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```yaml[^\n]*\n(.*?)^```$/gms)].map(([, block = '']) => block);
}
