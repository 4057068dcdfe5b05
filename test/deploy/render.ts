/** What `kubectl kustomize` makes of a folder, read back as far as the tests look at it. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse, parseAllDocuments, stringify } from 'yaml';
import * as z from 'zod';
import { ROOT } from './dockerfile.ts';

/** What kustomize 2 leaves of a resource that a patch deletes. */
const EMPTY = {};

const KUBERNETES = path.join(ROOT, 'deploy/kubernetes');

export const resourceSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

export type Resource = z.output<typeof resourceSchema>;

/** @param folder below deploy/kubernetes */
export function render(kubectl: string, folder: string): readonly Resource[] {
  using copy = mkdtempDisposableSync('/tmp/ec2-operator-kustomize-');
  cpSync(KUBERNETES, copy.path, { recursive: true });
  if (!knowsModernKustomize(kubectl)) spellForVersion2(path.join(copy.path, folder, 'kustomization.yaml'));
  const output = execFileSync(kubectl, ['kustomize', path.join(copy.path, folder)], { encoding: 'utf8' });
  const documents = parseAllDocuments(output).map((document) => z.unknown().parse(document.toJS()));
  return documents
    .filter((document) => !isDeepStrictEqual(document, EMPTY))
    .map((document) => resourceSchema.parse(document));
}

const versionSchema = z.object({ kustomizeVersion: z.string().optional() });

/** Debian 12 has kubectl 1.20 with kustomize 2.0.3, which does not name its version yet. */
function knowsModernKustomize(kubectl: string): boolean {
  const output = execFileSync(kubectl, ['version', '--client', '--output=json'], { encoding: 'utf8' });
  return versionSchema.parse(JSON.parse(output)).kustomizeVersion !== undefined;
}

const kustomization = z.looseObject({
  resources: z.array(z.string()),
  patches: z.array(z.object({ path: z.string() })).optional(),
});

/** Kustomize 2 says `bases` for folders and `patchesStrategicMerge` for patches. Both have been deprecated since. */
function spellForVersion2(file: string): void {
  const { resources, patches, ...rest } = kustomization.parse(parse(readFileSync(file, 'utf8')));
  if (patches === undefined) return;
  const isFolder = (resource: string): boolean => !resource.endsWith('.yaml');
  const old = {
    ...rest,
    bases: resources.filter((resource) => isFolder(resource)),
    resources: resources.filter((resource) => !isFolder(resource)),
    patchesStrategicMerge: patches.map((patch) => patch.path),
  };
  writeFileSync(file, stringify(old));
}

const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const labels = z.record(z.string(), z.string());

const containerSchema = z.object({
  image: z.string(),
  env: z.array(
    z.object({
      name: z.string(),
      value: z.string().optional(),
      valueFrom: z.object({ secretKeyRef: z.strictObject({ name: z.string(), key: z.string() }) }).optional(),
    }),
  ),
  ports: z.array(z.object({ name: z.string(), containerPort: z.int() })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  resources: z.object({
    requests: z.object({ cpu: z.string(), memory: z.string() }),
    limits: z.object({ memory: z.string() }),
  }),
  securityContext: z.unknown(),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
});

const volumeSchema = z.object({
  name: z.string(),
  persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
  configMap: z.object({ name: z.string() }).optional(),
  emptyDir: z.object({ sizeLimit: z.string() }).optional(),
});

const deploymentSchema = z.object({
  spec: z.object({
    replicas: z.int(),
    strategy: z.unknown(),
    selector: z.object({ matchLabels: labels }),
    template: z.object({
      metadata: z.object({ labels }),
      spec: z.object({
        serviceAccountName: z.string(),
        terminationGracePeriodSeconds: z.int(),
        securityContext: z.unknown(),
        topologySpreadConstraints: z
          .array(z.object({ labelSelector: z.object({ matchLabels: labels }), topologyKey: z.string() }))
          .default([]),
        containers: z.tuple([containerSchema]),
        volumes: z.array(volumeSchema),
      }),
    }),
  }),
});

type Spec = z.output<typeof deploymentSchema>['spec'];
type Pod = Spec['template']['spec'];

interface Workload extends Pick<Spec, 'replicas' | 'strategy' | 'selector'> {
  /** Those of the pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: Pod;
  readonly container: Pod['containers'][0];
}

/** The one Deployment among these, taken apart. */
export function deploymentIn(resources: readonly Resource[]): Workload {
  const { spec } = deploymentSchema.parse(find(resources, 'Deployment'));
  const { spec: pod, metadata } = spec.template;
  return { ...spec, labels: metadata.labels, pod, container: pod.containers[0] };
}

/** @throws unless exactly one of these is of the kind */
export function find(resources: readonly Resource[], kind: string): Resource {
  const [found, ...more] = resources.filter((resource) => resource.kind === kind);
  if (found === undefined || more.length > 0)
    throw new Error(`expected one ${kind}, got ${kindsOf(resources).join(', ')}`);
  return found;
}

export function kindsOf(resources: readonly Resource[]): readonly string[] {
  return resources.map(({ kind }) => kind).sort();
}
