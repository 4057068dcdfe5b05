/** Every YAML block of the pages is read by the program that it is for; the fence says which. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { parse, parseAllDocuments, stringify } from 'yaml';
import * as z from 'zod';
import { loadConfig } from '../../src/config/load.ts';
import { intend } from '../../src/domain/intend.ts';
import { resourceSchema } from '../deploy/render.ts';
import { readRules } from '../deploy/rules.ts';
import { amtool, promtool, withFile } from '../deploy/run.ts';
import { blocksOf, PAGES, type Block } from './pages.ts';

const CHECKS: Readonly<Record<string, (t: TestContext, block: Block) => void>> = {
  /** The file that CONFIG_FILE names. */
  config: (_t, { text }) => {
    loadConfig({}, text);
  },
  /** Rules, or groups of them. */
  rules: (t, { text }) => {
    const given: unknown = parse(text);
    checkRules(t, Array.isArray(given) ? { groups: [{ name: 'shown', rules: given }] } : given);
  },
  /** Labels of an alert that asks for something. */
  labels: (_t, { text }) => {
    const labels = { ...z.record(z.string(), z.string()).parse(parse(text)), hostname: 'gpu-1' };
    const intended = intend(
      { status: 'firing', labels },
      { route: 'hostname', defaultClient: 'native', labels: {}, now: 0 },
    );
    assert.equal(intended.outcome, 'intent', JSON.stringify(intended));
  },
  /** A configuration of Alertmanager, or its receivers alone. */
  alertmanager: (t, { text }) => {
    checkAlertmanager(t, alertmanagerSchema.parse(parse(text)));
  },
  /** Values of the chart kube-prometheus-stack. */
  helm: (t, { text }) => {
    const { additionalPrometheusRulesMap: rules = {}, alertmanager = {} } = helmSchema.parse(parse(text));
    for (const groups of Object.values(rules)) checkRules(t, groups);
    if (alertmanager.config !== undefined) checkAlertmanager(t, alertmanager.config);
  },
  /** What kubectl applies. What ships of it is rendered and validated in test/deploy. */
  manifest: (_t, { text }) => {
    for (const document of parseAllDocuments(text)) resourceSchema.parse(document.toJS());
  },
  kustomization: (_t, { text }) => {
    kustomizationSchema.parse(parse(text));
  },
};

const alertmanagerSchema = z.looseObject({
  route: z.looseObject({}).optional(),
  receivers: z.array(z.looseObject({ name: z.string() })).min(1),
});

const helmSchema = z.strictObject({
  additionalPrometheusRulesMap: z.record(z.string(), z.looseObject({ groups: z.array(z.unknown()) })).optional(),
  alertmanager: z
    .strictObject({
      config: alertmanagerSchema.optional(),
      alertmanagerSpec: z
        .strictObject({
          alertmanagerConfigMatcherStrategy: z.strictObject({ type: z.enum(['None', 'OnNamespace']) }).optional(),
          secrets: z.array(z.string()).optional(),
        })
        .optional(),
    })
    .optional(),
});

const kustomizationSchema = z.looseObject({
  apiVersion: z.literal('kustomize.config.k8s.io/v1beta1'),
  kind: z.literal('Kustomization'),
  resources: z.array(z.string()),
});

for (const block of PAGES.flatMap(blocksOf).filter(({ language }) => language === 'yaml')) {
  test(`${block.where} is what it says`, (t) => {
    const [kind = ''] = block.info;
    const check = CHECKS[kind];
    assert.ok(check, `expected one of ${Object.keys(CHECKS).join(', ')} behind "yaml", got "${kind}"`);
    check(t, block);
  });
}

for (const block of PAGES.flatMap(blocksOf).filter(({ language }) => language === 'json')) {
  test(`${block.where} is JSON`, () => {
    assert.equal(typeof JSON.parse(block.text), 'object');
  });
}

test('the labels in the README are those of the rules that ship', () => {
  const [block] = blocksOf('README.md').filter(({ info }) => info[0] === 'labels');
  for (const shipped of readRules('deploy/prometheus/rules.yaml')) {
    const { exporter: _, ...labels } = shipped.labels;
    assert.deepEqual(parse(block?.text ?? ''), labels);
  }
});

function checkRules(t: TestContext, content: unknown): void {
  withFile('rules.yaml', stringify(content), (file) => {
    promtool(t, 'check', 'rules', file);
  });
}

function checkAlertmanager(t: TestContext, { receivers, ...rest }: z.output<typeof alertmanagerSchema>): void {
  const route = { receiver: receivers[0]?.name, ...rest.route };
  withFile('alertmanager.yaml', stringify({ ...rest, route, receivers }), (file) => {
    amtool(t, 'check-config', file);
  });
}

test('the defaults of the reference are those of the program, and every setting has its meaning', () => {
  const page = readFileSync(new URL('../../docs/reference/configuration.md', import.meta.url), 'utf8');
  const rows = page.split('\n').flatMap((line) => {
    const [, name, , shown = '', meaning = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    return name?.startsWith('`') === true ? [{ name: name.slice(1, -1), shown, meaning }] : [];
  });
  assert.deepEqual(
    rows.filter(({ meaning }) => meaning === '').map(({ name }) => name),
    [],
  );
  const unset = rows.filter(({ shown }) => shown === 'unset').map(({ name }) => `${name}.`);
  const told = rows.filter(
    ({ name, shown }) =>
      /^`(?:\[.*\]|\S+)`$/.test(shown) && !name.includes('[]') && !unset.some((parent) => name.startsWith(parent)),
  );
  assert.ok(told.some(({ name }) => name === 'guards.min_uptime') && told.length > 25);
  for (const { name, shown } of told) {
    const value: unknown = parse(shown.slice(1, -1));
    const file = name.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
    // A guard that is off where nothing is said has no settings of its own.
    if (name.startsWith('guards.require_tag.')) continue;
    assert.deepEqual(loadConfig({}, stringify(file)), loadConfig({}), name);
  }
});
