/** Every overlay, as `kubectl kustomize` renders it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import { loadConfig } from '../../src/config/load.ts';
import { configSchema } from '../../src/config/schema.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { only, readImage, ROOT, variables as variablesOf } from './dockerfile.ts';
import { configMap, ingress, networkPolicy, service } from './manifests.ts';
import { restrictionsBroken } from './pod-security.ts';
import { find, kindsOf, resourceSchema } from './render.ts';
import { deploymentIn, rendered, skip, validate } from './workload.ts';

const image = readImage();
const manifest = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')));
const secret = z
  .object({ metadata: z.object({ name: z.string() }), stringData: z.record(z.string(), z.literal('')) })
  .parse(parse(readFileSync(path.join(ROOT, 'deploy/kubernetes/base/secret.example.yaml'), 'utf8')));

const OVERLAYS = [
  'overlays/sqlite',
  'overlays/postgres',
  'examples/irsa',
  'examples/pod-identity',
  'examples/links',
  'examples/oauth2-proxy',
];

for (const folder of OVERLAYS) {
  describe(`deploy/kubernetes/${folder}`, { skip }, () => {
    const resources = rendered(`kubernetes/${folder}`);

    test('is what the API of Kubernetes takes', () => {
      validate(resources);
    });

    test('runs the image of this version as its own user, restricted as the Pod Security Standards ask', () => {
      const { pod, container } = deploymentIn(resources);
      assert.match(container.image, new RegExp(`^(?:registry\\.example\\.com/)?ec2-operator:${manifest.version}$`));
      const [uid, gid] = only(image, 'USER').split(':').map(Number);
      const { runAsUser, runAsGroup, fsGroup } = pod.securityContext;
      assert.deepEqual([runAsUser, runAsGroup, fsGroup], [uid, gid, gid]);
      const { spec } = z
        .object({ spec: z.object({ template: z.object({ spec: z.unknown() }) }) })
        .parse(find(resources, 'Deployment')).spec.template;
      assert.deepEqual(restrictionsBroken(spec), []);
      // The standards leave this one to us.
      assert.equal(container.securityContext.readOnlyRootFilesystem, true);
      assert.equal(pod.automountServiceAccountToken, false);
    });

    test('names nothing that is not there', () => {
      const { pod, container } = deploymentIn(resources);
      assert.equal(pod.serviceAccountName, find(resources, 'ServiceAccount').metadata.name);
      for (const volume of pod.volumes) {
        if ('persistentVolumeClaim' in volume)
          assert.equal(volume.persistentVolumeClaim.claimName, find(resources, 'PersistentVolumeClaim').metadata.name);
        if ('configMap' in volume) assert.equal(volume.configMap.name, find(resources, 'ConfigMap').metadata.name);
      }
      assert.deepEqual(
        container.volumeMounts.map(({ name }) => name).sort(),
        pod.volumes.map(({ name }) => name).sort(),
      );
      const ports = container.ports.map(({ name }) => name);
      for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe])
        assert.ok(typeof httpGet.port === 'string' && ports.includes(httpGet.port), String(httpGet.port));
    });

    test('reads its secrets from a Secret that is not among the files', () => {
      assert.ok(!kindsOf(resources).includes('Secret'));
      const { pod, secretVariables } = deploymentIn(resources);
      const keys = Object.keys(secret.stringData);
      for (const { name, key } of Object.values(secretVariables)) {
        assert.equal(name, secret.metadata.name);
        assert.ok(keys.includes(key), key);
      }
      const [tokens, ...more] = pod.volumes.flatMap((volume) => ('secret' in volume ? [volume.secret] : []));
      assert.ok(tokens !== undefined && more.length === 0);
      assert.equal(tokens.secretName, secret.metadata.name);
      assert.equal(tokens.defaultMode, 0o440, 'for the group of the pod, and nobody else');
      assert.deepEqual(tokens.items.map(({ key }) => key).sort(), keys.filter((key) => key.endsWith('_TOKEN')).sort());
    });

    test('takes names with a dot as they stand', () => {
      assert.deepEqual(deploymentIn(resources).pod.dnsConfig.options, [{ name: 'ndots', value: '1' }]);
    });

    test('sets variables that the server knows', () => {
      const known = Object.values(configSchema.shape).map((setting) => setting.meta()?.env);
      const { variables, secretVariables } = deploymentIn(resources);
      for (const name of Object.keys({ ...variables, ...secretVariables }))
        assert.ok(name === 'CONFIG_FILE' || known.includes(name), name);
    });

    test('mounts a configuration file that the server accepts, and the tokens that it names', () => {
      const { data } = configMap.parse(find(resources, 'ConfigMap'));
      const { container, pod, variables } = deploymentIn(resources);
      const mounted = (name = ''): string =>
        container.volumeMounts.find((mount) => mount.name === name)?.mountPath ?? assert.fail(`${name} is not mounted`);
      const file = variables['CONFIG_FILE'] ?? '';
      assert.equal(path.dirname(file), mounted(pod.volumes.find((volume) => 'configMap' in volume)?.name));
      const config = loadConfig({ AUTH_TOKEN_FILE: variables['AUTH_TOKEN_FILE'] }, data[path.basename(file)]);
      assert.equal(config.port, container.ports[0]?.containerPort);
      const scopes = Object.fromEntries(config.tokens.map((token) => [token.name, token.scopes]));
      assert.deepEqual(scopes, { alertmanager: ['start', 'stop'], prometheus: ['read'] });
      const files = [config.auth_token_file, ...config.tokens.map((token) => token.file)];
      const inVolume = pod.volumes.flatMap((volume) =>
        'secret' in volume ? volume.secret.items.map((item) => path.join(mounted(volume.name), item.path)) : [],
      );
      assert.deepEqual(new Set(files), new Set(inVolume));
    });

    test('selects its own pods', () => {
      const { selector, labels, pod, container } = deploymentIn(resources);
      const { spec } = service.parse(find(resources, 'Service'));
      assert.deepEqual(selector.matchLabels, labels);
      assert.deepEqual(spec.selector, labels);
      // Programs beside the server may have ports of their own.
      assert.equal(spec.ports.find((port) => port.name === 'http')?.targetPort, container.ports[0]?.name);
      for (const constraint of pod.topologySpreadConstraints)
        assert.deepEqual(constraint.labelSelector.matchLabels, labels);
    });

    test('leaves /tmp writable, and never lets two processes share SQLite', () => {
      const { replicas, strategy, container, pod, secretVariables } = deploymentIn(resources);
      const paths = container.volumeMounts.map((mount) => mount.mountPath);
      assert.ok(paths.includes(variablesOf(image)['HOME'] ?? ''));
      const hasPostgres = 'DATABASE_URL' in secretVariables;
      assert.equal(paths.includes(variablesOf(image)['DATA_DIR'] ?? ''), !hasPostgres);
      assert.equal(
        pod.volumes.some((volume) => 'persistentVolumeClaim' in volume),
        !hasPostgres,
      );
      if (!hasPostgres) assert.deepEqual({ replicas, strategy }, { replicas: 1, strategy: { type: 'Recreate' } });
    });
  });
}

describe('deploy/kubernetes', { skip }, () => {
  test('has an overlay of one replica with a volume', () => {
    const kinds = ['ConfigMap', 'Deployment', 'PersistentVolumeClaim', 'Service', 'ServiceAccount'];
    assert.deepEqual(kindsOf(rendered('kubernetes/overlays/sqlite')), kinds);
  });

  test('has an overlay of three replicas on PostgreSQL that stay apart and go one by one', () => {
    const resources = rendered('kubernetes/overlays/postgres');
    const kinds = ['ConfigMap', 'Deployment', 'NetworkPolicy', 'PodDisruptionBudget', 'Service', 'ServiceAccount'];
    assert.deepEqual(kindsOf(resources), kinds);
    const { replicas, strategy, secretVariables, labels, pod } = deploymentIn(resources);
    assert.equal(replicas, 3);
    assert.deepEqual(strategy, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
    assert.deepEqual(Object.keys(secretVariables), ['DATABASE_URL']);
    assert.deepEqual(pod.topologySpreadConstraints.map(({ topologyKey }) => topologyKey).sort(), [
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ]);
    const budget = z.object({ spec: z.unknown() }).parse(find(resources, 'PodDisruptionBudget'));
    assert.deepEqual(budget.spec, { maxUnavailable: 1, selector: { matchLabels: labels } });
  });

  test('lets monitoring in there, and only DNS, AWS, the database, Alertmanager and Prometheus out', () => {
    const resources = rendered('kubernetes/overlays/postgres');
    const { spec } = networkPolicy.parse(find(resources, 'NetworkPolicy'));
    const { labels, container } = deploymentIn(resources);
    assert.deepEqual(spec.podSelector.matchLabels, labels);
    assert.deepEqual(spec.policyTypes, ['Ingress', 'Egress']);
    const monitoring = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }];
    const incoming = [{ protocol: 'TCP', port: container.ports[0]?.name }];
    assert.deepEqual(spec.ingress, [{ from: monitoring, ports: incoming }]);
    const outgoing = spec.egress.flatMap(({ to, ports }) =>
      ports.map(({ protocol, port }) => `${protocol} ${port}${to === undefined ? '' : ` ${JSON.stringify(to)}`}`),
    );
    assert.deepEqual(outgoing, [
      'UDP 53',
      'TCP 53',
      'TCP 443',
      'TCP 5432',
      'TCP 80 [{"ipBlock":{"cidr":"169.254.170.23/32"}}]',
      `TCP 9093 ${JSON.stringify(monitoring)}`,
      `TCP 9090 ${JSON.stringify(monitoring)}`,
    ]);
  });

  test('shows both ways to a role of AWS, for the ServiceAccount that the pods run as', () => {
    const irsa = find(rendered('kubernetes/examples/irsa'), 'ServiceAccount').metadata;
    const { annotations } = z.object({ annotations: z.record(z.string(), z.string()) }).parse(irsa);
    assert.match(annotations['eks.amazonaws.com/role-arn'] ?? '', /^arn:aws:iam::\d{12}:role\/ec2-operator$/);
    const resources = rendered('kubernetes/examples/pod-identity');
    const account = find(resources, 'ServiceAccount').metadata;
    const { spec } = z.object({ spec: z.unknown() }).parse(find(resources, 'PodIdentityAssociation'));
    assert.deepEqual(spec, {
      clusterName: 'my-cluster',
      namespace: account['namespace'],
      serviceAccount: account.name,
      roleARN: annotations['eks.amazonaws.com/role-arn'],
    });
  });
});

test('the example of a Secret is a resource', () => {
  const text = readFileSync(path.join(ROOT, 'deploy/kubernetes/base/secret.example.yaml'), 'utf8');
  assert.equal(resourceSchema.parse(parse(text)).kind, 'Secret');
});

describe('deploy/kubernetes/examples/links', { skip }, () => {
  const resources = rendered('kubernetes/examples/links');

  test('opens the pages behind links and the requests of Slack to the world, and nothing else', () => {
    const { spec } = ingress.parse(find(resources, 'Ingress'));
    const paths = spec.rules.flatMap(({ http }) => http.paths);
    assert.deepEqual(
      paths.map(({ path: each }) => each),
      ['/l/', '/slack/'],
    );
    for (const { path: each, backend: to } of paths) {
      assert.ok(ROUTES.some((entry) => entry.path.startsWith(each)));
      assert.deepEqual(to.service, { name: find(resources, 'Service').metadata.name, port: { name: 'http' } });
    }
    // None of the routes behind them asks for a token.
    for (const entry of ROUTES.filter(({ path: each }) => paths.some((one) => each.startsWith(one.path))))
      assert.ok(entry.access === 'open' || entry.access === 'link', entry.path);
  });

  test('its policies let in the ingress controller beside the monitoring', () => {
    const policies = resources.filter(({ kind }) => kind === 'NetworkPolicy').map(({ metadata }) => metadata.name);
    assert.deepEqual(policies.toSorted(), ['ec2-operator', 'ec2-operator-links']);
  });
});
