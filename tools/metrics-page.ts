/** The reference page of the metrics, from the catalogue that the registry is made of. */
import { CATALOG } from '../src/observe/catalog.ts';
import type { Description } from '../src/observe/description.ts';

export function metricsPage(): string {
  const entries: readonly (readonly [string, Description])[] = Object.entries(CATALOG);
  return `# Metrics

\`GET /metrics\` answers in Prometheus' text format and needs a token with the scope \`read\`. Label combinations that are known in
advance start at zero. Node's own process metrics (\`process_*\`, \`nodejs_*\`) come in addition.

Metrics that are looked up in the store are the same in every replica on one database, and have no value while the store is
unavailable. Use their \`max\`, not their \`sum\`:

${LOOKED_UP.map((name) => `- \`${name}\``).join('\n')}

| metric | type | labels |
|---|---|---|
${entries.map(([name, { type, labels = {} }]) => `| [\`${name}\`](#${name}) | ${type} | ${namesOf(labels)} |`).join('\n')}

${entries.map(([name, description]) => section(name, description)).join('\n')}`;
}

const LOOKED_UP = [
  'ec2_operator_operations',
  'ec2_operator_oldest_operation_age_seconds',
  'ec2_operator_worker_lag_seconds',
];

function section(name: string, { type, help, labels = {}, buckets, example }: Description): string {
  const shownLabels = Object.entries(labels).map(([label, values]) => `- \`${label}\`: ${showValues(values)}`);
  return [
    `## ${name}`,
    `${capital(type)}. ${help}`,
    ...(shownLabels.length === 0 ? [] : [shownLabels.join('\n')]),
    ...(buckets === undefined ? [] : [`Buckets: ${buckets.join(', ')}.`]),
    ...(example === undefined ? [] : [`\`\`\`promql\n${example}\n\`\`\``]),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function namesOf(labels: NonNullable<Description['labels']>): string {
  return Object.keys(labels)
    .map((label) => `\`${label}\``)
    .join(', ');
}

function showValues(values: readonly string[] | string): string {
  return typeof values === 'string' ? values : values.map((value) => `\`${value}\``).join(', ');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
