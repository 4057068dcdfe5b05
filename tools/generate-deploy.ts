/** Writes what deploy/ holds of generated files; with --check says which of them are out of date, and fails. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildDashboard } from './dashboard/dashboard.ts';

const DEPLOY = path.join(import.meta.dirname, '..', 'deploy');

const files: Readonly<Record<string, string>> = {
  'grafana/ec2-operator.json': `${JSON.stringify(buildDashboard(), undefined, 2)}\n`,
  'kubernetes/prometheus-operator/machine-rules.yaml': prometheusRule('rules.yaml', 'ec2-operator-machines'),
  'kubernetes/prometheus-operator/operator-rules.yaml': prometheusRule('operator-rules.yaml', 'ec2-operator'),
};

const stale = Object.entries(files).filter(([name, text]) => read(path.join(DEPLOY, name)) !== text);
if (process.argv.includes('--check')) {
  for (const [name] of stale)
    process.stderr.write(`deploy/${name} is out of date: run node tools/generate-deploy.ts\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [name, text] of stale) {
    mkdirSync(path.dirname(path.join(DEPLOY, name)), { recursive: true });
    writeFileSync(path.join(DEPLOY, name), text);
  }
}

/** The rules of a file as the Prometheus Operator wants them, comments included: the file itself is what follows `spec`. */
function prometheusRule(file: string, name: string): string {
  const rules = readFileSync(path.join(DEPLOY, 'prometheus', file), 'utf8');
  const spec = rules.replaceAll(/^(?=.)/gm, '  ');
  return `# Made by \`node tools/generate-deploy.ts\` from deploy/prometheus/${file}. Do not edit.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: ${name}
  labels:
    app.kubernetes.io/name: ec2-operator
    # kube-prometheus-stack selects by this label: the name of its Helm release.
    release: kube-prometheus-stack
spec:
${spec}`;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
