import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import { loadConfig } from '../../src/config/load.ts';
import { configSchema } from '../../src/config/schema.ts';
import { findTool } from '../support/tools.ts';
import { only, readImage, ROOT, variables } from './dockerfile.ts';
import { deploymentIn, find, kindsOf, render, resourceSchema, type Resource } from './render.ts';

const kubectl = findTool('kubectl', 'kubernetes-client');
const skip = 'skip' in kubectl ? kubectl.skip : false;
const image = readImage();
const manifest = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')));

for (const folder of ['base', 'overlays/postgres']) {
  describe(`deploy/kubernetes/${folder}`, { skip }, () => {
    const resources = rendered(folder);

    test('runs the image of this version, restricted as the Pod Security Standards ask', () => {
      const { pod, container } = deploymentIn(resources);
      assert.equal(container.image, `ec2-operator:${manifest.version}`);
      const [uid, gid] = only(image, 'USER').split(':').map(Number);
      assert.deepEqual(pod.securityContext, {
        runAsNonRoot: true,
        runAsUser: uid,
        runAsGroup: gid,
        fsGroup: gid,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      });
      assert.deepEqual(container.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      assert.equal(pod.terminationGracePeriodSeconds, 30);
    });

    test('names nothing that is not there', () => {
      const { pod, container } = deploymentIn(resources);
      assert.equal(pod.serviceAccountName, find(resources, 'ServiceAccount').metadata.name);
      for (const { persistentVolumeClaim: claim, configMap } of pod.volumes) {
        if (claim) assert.equal(claim.claimName, find(resources, 'PersistentVolumeClaim').metadata.name);
        if (configMap) assert.equal(configMap.name, find(resources, 'ConfigMap').metadata.name);
      }
      assert.deepEqual(
        container.volumeMounts.map(({ name }) => name).sort(),
        pod.volumes.map(({ name }) => name).sort(),
      );
      const ports = container.ports.map(({ name }) => name);
      for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe])
        assert.ok(ports.includes(httpGet.port), httpGet.port);
    });

    test('reads its secrets from a Secret that is not among the files', () => {
      assert.ok(!kindsOf(resources).includes('Secret'));
      const secret = z
        .object({ metadata: z.object({ name: z.string() }), stringData: z.record(z.string(), z.literal('')) })
        .parse(parse(readFileSync(path.join(ROOT, 'deploy/kubernetes/base/secret.example.yaml'), 'utf8')));
      for (const { name, value, valueFrom } of deploymentIn(resources).container.env) {
        assert.equal(value === undefined, valueFrom !== undefined, name);
        if (valueFrom === undefined) continue;
        assert.equal(valueFrom.secretKeyRef.name, secret.metadata.name);
        assert.ok(Object.keys(secret.stringData).includes(valueFrom.secretKeyRef.key));
      }
    });

    test('sets variables that the server knows', () => {
      const known = Object.values(configSchema.shape).map((setting) => setting.meta()?.env);
      for (const { name } of deploymentIn(resources).container.env)
        assert.ok(name === 'CONFIG_FILE' || known.includes(name), name);
    });

    test('mounts a configuration file that the server accepts, where CONFIG_FILE looks for it', () => {
      const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(find(resources, 'ConfigMap'));
      const { container, pod } = deploymentIn(resources);
      const volume = pod.volumes.find(({ configMap }) => configMap !== undefined)?.name;
      const mountPath = container.volumeMounts.find(({ name }) => name === volume)?.mountPath ?? '';
      const file = container.env.find(({ name }) => name === 'CONFIG_FILE')?.value ?? '';
      assert.equal(path.dirname(file), mountPath);
      const config = loadConfig({}, data[path.basename(file)]);
      assert.equal(config.port, container.ports[0]?.containerPort);
    });

    test('selects its own pods', () => {
      const { selector, labels, pod } = deploymentIn(resources);
      const service = z
        .object({ spec: z.object({ selector: z.unknown(), ports: z.tuple([z.object({ targetPort: z.string() })]) }) })
        .parse(find(resources, 'Service')).spec;
      assert.deepEqual(selector.matchLabels, labels);
      assert.deepEqual(service.selector, labels);
      assert.equal(service.ports[0].targetPort, deploymentIn(resources).container.ports[0]?.name);
      for (const constraint of pod.topologySpreadConstraints)
        assert.deepEqual(constraint.labelSelector.matchLabels, labels);
    });

    test('leaves /tmp writable, and never lets two processes share SQLite', () => {
      const { replicas, strategy, container, pod } = deploymentIn(resources);
      const paths = container.volumeMounts.map((mount) => mount.mountPath);
      assert.ok(paths.includes(variables(image)['HOME'] ?? ''));
      const hasPostgres = container.env.some(({ name }) => name === 'DATABASE_URL');
      assert.equal(paths.includes(variables(image)['DATA_DIR'] ?? ''), !hasPostgres);
      assert.equal(
        pod.volumes.some(({ persistentVolumeClaim: claim }) => claim !== undefined),
        !hasPostgres,
      );
      if (!hasPostgres) assert.deepEqual({ replicas, strategy }, { replicas: 1, strategy: { type: 'Recreate' } });
    });
  });
}

describe('deploy/kubernetes', { skip }, () => {
  test('has a base of one replica with a volume', () => {
    const resources = rendered('base');
    assert.deepEqual(kindsOf(resources), [
      'ConfigMap',
      'Deployment',
      'PersistentVolumeClaim',
      'Service',
      'ServiceAccount',
    ]);
  });

  test('has an overlay of two replicas on PostgreSQL that stay apart and go one by one', () => {
    const resources = rendered('overlays/postgres');
    const kinds = ['ConfigMap', 'Deployment', 'PodDisruptionBudget', 'Service', 'ServiceAccount'];
    assert.deepEqual(kindsOf(resources), kinds);
    const { replicas, strategy, container, labels, pod } = deploymentIn(resources);
    assert.equal(replicas, 2);
    assert.deepEqual(strategy, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
    assert.ok(container.env.some(({ name }) => name === 'DATABASE_URL'));
    assert.deepEqual(pod.topologySpreadConstraints.map(({ topologyKey }) => topologyKey).sort(), [
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ]);
    const budget = z.object({ spec: z.unknown() }).parse(find(resources, 'PodDisruptionBudget'));
    assert.deepEqual(budget.spec, { maxUnavailable: 1, selector: { matchLabels: labels } });
  });
});

test('the example of a Secret is a resource', () => {
  const text = readFileSync(path.join(ROOT, 'deploy/kubernetes/base/secret.example.yaml'), 'utf8');
  assert.equal(resourceSchema.parse(parse(text)).kind, 'Secret');
});

function rendered(folder: string): readonly Resource[] {
  return 'skip' in kubectl ? [] : render(kubectl.path, folder);
}
