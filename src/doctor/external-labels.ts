/** The effect of Prometheus' external labels, which are on every alert. Pure. */
import { CLIENTS, parseRequest } from '../domain/intent.ts';
import { show } from '../domain/parsed.ts';
import { readLabels, SHARED_LABELS, type LabelSettings } from '../domain/labels.ts';
import type { Labels } from '../domain/label-set.ts';
import { report, type Finding } from './finding.ts';

/** Labels of one rule or one series. On every alert, they would make every alert a start or stop. */
const NEVER_EXTERNAL = ['action', 'on_resolved', 'dryrun', 'hostname', 'instance_id', 'instance'] as const;

/** @param external `global.external_labels` of Prometheus' configuration */
export function checkExternalLabels(external: Labels, settings: LabelSettings): readonly Finding[] {
  const { ok, info, error } = report('prometheus.external_labels');
  const shown = (name: string): string => `${name}: ${JSON.stringify((external[name] ?? '').slice(0, 80))}`;
  const { request, ignored } = readLabels(external, 'hostname', settings);
  const findings: Finding[] = NEVER_EXTERNAL.filter((name) => external[name] !== undefined).map((name) =>
    error(
      `every alert without its own label ${name} carries ${shown(name)}, which ec2-operator reads`,
      'remove it from global.external_labels, and set it in the rules that need it',
    ),
  );
  const read = parseRequest(
    { ...request, target: '192.0.2.1', action: 'stop' },
    { route: 'hostname', defaultClient: CLIENTS[0] },
  );
  if (!read.ok) {
    const change = 'correct global.external_labels, or `labels:` in the configuration of ec2-operator';
    findings.push(error(`they make every alert invalid: ${read.message}`, change));
  }
  findings.push(
    ...ignored.map((name) =>
      info(
        `${shown(name)} is on every alert and is not read`,
        `nothing, unless it is for ec2-operator: then set \`labels: { ${name}: ${name} }\``,
      ),
    ),
  );
  if (findings.length > 0) return findings;
  const named = SHARED_LABELS.flatMap((name) =>
    request[name] === undefined ? [] : [`${name} ${show(request[name])}`],
  );
  return [ok(named.length === 0 ? 'ec2-operator reads none of them' : `ec2-operator reads ${named.join(', ')}`)];
}
