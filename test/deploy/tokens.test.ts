/** The configuration that ships for Kubernetes, with the tokens that its Secret holds, in a running operator. */
import assert from 'node:assert/strict';
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { delivery, stopAlert } from '../support/alerts.ts';
import { json, startOperator } from '../support/operator.ts';
import { ROOT } from './dockerfile.ts';

/** Where the pods have them. */
const MOUNTED = '/run/secrets/ec2-operator';

test('Prometheus may read, Alertmanager may stop, people may do both, and nobody else anything', async () => {
  using secret = mkdtempDisposableSync('/tmp/ec2-operator-secret-');
  const tokens = {
    AUTH_TOKEN: 'of-people-0123456789',
    ALERTMANAGER_TOKEN: 'of-am-0123456789',
    PROMETHEUS_TOKEN: 'of-prom-0123456789',
  };
  for (const [name, token] of Object.entries(tokens)) writeFileSync(path.join(secret.path, name), token);
  const shipped = readFileSync(path.join(ROOT, 'deploy/kubernetes/base/config.yaml'), 'utf8');
  await using operator = await startOperator({
    config: shipped.replaceAll(MOUNTED, secret.path),
    environment: { AUTH: 'token', AUTH_TOKEN_FILE: path.join(secret.path, 'AUTH_TOKEN') },
  });
  const statuses: Record<string, readonly number[]> = {};
  for (const [name, token] of [...Object.entries(tokens), ['STRANGER', 'guessed']] as const) {
    const headers = { authorization: `Bearer ${token}` };
    const metrics = await operator.request('/metrics', { headers });
    const post = json(delivery([stopAlert(1)]));
    const stop = await operator.request('/operateHostname', {
      ...post,
      headers: { ...headers, 'content-type': 'application/json' },
    });
    statuses[name] = [metrics.status, stop.status];
  }
  assert.deepEqual(statuses, {
    AUTH_TOKEN: [200, 200],
    ALERTMANAGER_TOKEN: [403, 200],
    PROMETHEUS_TOKEN: [200, 403],
    STRANGER: [401, 401],
  });
});
