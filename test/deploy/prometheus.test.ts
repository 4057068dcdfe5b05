/** Every rule and route that the project ships, shows or has to work with, as Prometheus and Alertmanager see them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { parse, stringify } from 'yaml';
import * as z from 'zod';
import { intend } from '../../src/domain/intent.ts';
import { findTool } from '../support/tools.ts';
import { ROOT } from './dockerfile.ts';

const RULES = 'deploy/prometheus/rules.yaml';
const ROUTE = 'deploy/prometheus/alertmanager.yaml';
const INSTANCE = '{{ $labels.instance }}';

const rule = z.looseObject({ alert: z.string(), for: z.string(), labels: z.record(z.string(), z.string()) });
const rulesSchema = z.object({ groups: z.array(z.object({ rules: z.array(rule).min(1) })).min(1) });
const helmRules = z.object({
  additionalPrometheusRulesMap: z.record(z.string(), z.object({ groups: z.array(z.unknown()) })),
});
const helmRoute = z.object({ alertmanager: z.object({ config: z.object({ route: z.unknown() }).loose() }) });
const receiverList = z.object({ receivers: z.array(z.looseObject({ name: z.string() })).min(1) });

describe('promtool', () => {
  test('finds nothing wrong with the rules that ship', (t) => {
    promtool(t, 'check', 'rules', path.join(ROOT, RULES));
  });

  test('sees them fire for idle machines, and for no others', (t) => {
    promtool(t, 'test', 'rules', path.join(ROOT, 'deploy/prometheus/rules.test.yaml'));
  });

  test('finds nothing wrong with the rule of the original', (t) => {
    const { additionalPrometheusRulesMap: files } = helmRules.parse(readYaml('test/fixtures/seed/rule.yaml'));
    for (const file of Object.values(files)) checkRules(t, stringify(file));
  });

  test('finds nothing wrong with the rules in the README', (t) => {
    const shown = readmeYaml().filter((block) => block.startsWith('- alert:'));
    assert.ok(shown.length > 0);
    for (const block of shown) {
      const rules: unknown = parse(block);
      checkRules(t, stringify({ groups: [{ name: 'readme', rules }] }));
    }
  });

  function checkRules(t: TestContext, content: string): void {
    withFile(content, (file) => {
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
    withFile(content, (file) => {
      amtool(t, 'check-config', file);
    });
  }
});

describe('the rules that ship', () => {
  const rules = rulesSchema.parse(readYaml(RULES)).groups.flatMap((group) => group.rules);

  test('ask for a dry run of a stop of the machine behind the exporter', () => {
    for (const { alert, labels } of rules) {
      const filledIn = z
        .record(z.string(), z.string())
        .parse(parse(stringify(labels).replaceAll(INSTANCE, 'gpu-1:9835')));
      const entry = { status: 'firing', labels: { alertname: alert, ...filledIn } };
      const intended = intend(entry, { route: 'hostname', defaultClient: 'cli', now: 0 });
      assert.equal(intended.outcome, 'intent');
      const { verb, client, dryRun, target } = intended.intent;
      assert.deepEqual({ verb, client, dryRun }, { verb: 'stop', client: 'native', dryRun: true });
      assert.deepEqual(target, { kind: 'name', name: 'gpu-1', text: 'gpu-1:9835' });
    }
  });
});

describe('the route that ships', () => {
  test('loses no alert, repeats no resolved one, and turns no POST into a GET', () => {
    const webhook = z.object({
      url: z.string(),
      send_resolved: z.literal(false),
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

function promtool(t: TestContext, ...args: readonly string[]): string | undefined {
  return run(t, 'promtool', 'prometheus', args);
}

function amtool(t: TestContext, ...args: readonly string[]): string | undefined {
  return run(t, 'amtool', 'prometheus-alertmanager', args);
}

/** What it writes to standard output; undefined, and the test skipped, where it is not installed. */
function run(t: TestContext, name: string, debianPackage: string, args: readonly string[]): string | undefined {
  const tool = findTool(name, debianPackage);
  if ('skip' in tool) {
    t.skip(tool.skip);
    return undefined;
  }
  const { status, stdout, stderr } = spawnSync(tool.path, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${name} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

function withFile(content: string, use: (file: string) => void): void {
  using directory = mkdtempDisposableSync('/tmp/ec2-operator-deploy-');
  const file = path.join(directory.path, 'file.yaml');
  writeFileSync(file, content);
  use(file);
}

function readYaml(file: string): unknown {
  return parse(readFileSync(path.join(ROOT, file), 'utf8'));
}

function readmeYaml(): readonly string[] {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => block);
}
