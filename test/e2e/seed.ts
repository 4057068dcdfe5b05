/** The rule and the route that users of the original have, with their own names and URL filled in. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import type { GpuMachine } from './machines.ts';

const rule = z.looseObject({ alert: z.string(), labels: z.record(z.string(), z.string()) });
const ruleGroup = z.looseObject({ name: z.string(), rules: z.array(rule) });
const seedRules = z.object({
  additionalPrometheusRulesMap: z.record(z.string(), z.object({ groups: z.array(ruleGroup) })),
});

const receiver = z.looseObject({
  name: z.string(),
  webhook_configs: z.array(z.looseObject({ url: z.string() })).optional(),
});
const seedAlertmanager = z.object({
  alertmanager: z.object({ config: z.looseObject({ route: z.looseObject({}), receivers: z.array(receiver) }) }),
});

type RuleGroup = z.output<typeof ruleGroup>;

/**
 * A Prometheus rule file with one copy of the seed's rule for each machine: the host name is filled in, and the labels
 * `client` and `dryrun` are as the machine says. All of the rest is the seed's.
 */
export function seedRulesFor(machines: readonly GpuMachine[]): { readonly groups: readonly RuleGroup[] } {
  const groups = new Map<string, RuleGroup>();
  for (const machine of machines) {
    const text = readSeed('rule.yaml', 'your-hostname', machine.name);
    const { additionalPrometheusRulesMap: files } = seedRules.parse(parse(text));
    for (const { groups: found } of Object.values(files)) {
      for (const group of found) {
        const rules = group.rules.map((one) => ({ ...one, labels: labelsFor(one.labels, machine) }));
        groups.set(group.name, { ...group, rules: [...(groups.get(group.name)?.rules ?? []), ...rules] });
      }
    }
  }
  return { groups: [...groups.values()] };
}

function labelsFor(seed: z.output<typeof rule>['labels'], machine: GpuMachine): Record<string, string> {
  const { dryrun: _seed, ...rest } = seed;
  return { ...rest, client: machine.client, ...(machine.dryrun === undefined ? {} : { dryrun: machine.dryrun }) };
}

export interface RouteOptions {
  /** How Alertmanager names itself to the operator; absent: not at all, as in the seed. */
  readonly credentialsFile?: string;
}

/** How long Alertmanager collects alerts before it first sends a group: long enough for all machines to be scraped. */
const GROUP_WAIT = '3s';

/** Alertmanager's configuration with the seed's route. What is added are waits that suit a test, and credentials. */
export function seedRouteTo(operatorUrl: string, options: RouteOptions = {}): object {
  const text = readSeed('alertmanager.yaml', 'https://ec2op.your-domain.com', operatorUrl);
  const { config } = seedAlertmanager.parse(parse(text)).alertmanager;
  const { credentialsFile } = options;
  const client =
    credentialsFile === undefined ? {} : { http_config: { authorization: { credentials_file: credentialsFile } } };
  return {
    ...config,
    route: { ...config.route, group_wait: GROUP_WAIT, group_interval: '1s' },
    receivers: config.receivers.map(({ webhook_configs: webhooks, ...rest }) => ({
      ...rest,
      ...(webhooks === undefined ? {} : { webhook_configs: webhooks.map((webhook) => ({ ...webhook, ...client })) }),
    })),
  };
}

/** Fails where the seed does not have what is to be replaced: the test would go on with a rule that never fires. */
function readSeed(file: string, placeholder: string, value: string): string {
  const text = readFileSync(new URL(`../fixtures/seed/${file}`, import.meta.url), 'utf8');
  if (!text.includes(placeholder)) throw new Error(`expected ${file} to name ${placeholder}`);
  return text.replaceAll(placeholder, value);
}
