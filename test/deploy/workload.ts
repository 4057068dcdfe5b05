/** The rendered files of deploy/kubernetes, taken apart as the tests look at them. */
import type * as z from 'zod';
import { findTool } from '../support/tools.ts';
import { deployment, KUBERNETES_KINDS } from './manifests.ts';
import { MONITORING_KINDS } from './monitoring-manifests.ts';
import { find, render, type Resource } from './render.ts';

const KINDS: Readonly<Record<string, z.ZodType>> = { ...KUBERNETES_KINDS, ...MONITORING_KINDS };

const kubectl = findTool('kubectl', 'kubernetes-client');

/** Why suites that render are skipped, as `node --test` takes it. */
export const skip = 'skip' in kubectl ? kubectl.skip : false;

/** @param folder below deploy/; nothing where there is no kubectl, and the suite is skipped */
export function rendered(folder: string): readonly Resource[] {
  return 'skip' in kubectl ? [] : render(kubectl.path, folder);
}

/** @throws where a resource is of no known kind, or not what the API of its kind takes */
export function validate(resources: readonly Resource[]): void {
  for (const resource of resources) {
    const schema = KINDS[resource.kind];
    if (schema === undefined) throw new Error(`expected a kind that manifests.ts describes, got ${resource.kind}`);
    const { error } = schema.safeParse(resource);
    if (error !== undefined) throw new Error(`${resource.kind} ${resource.metadata.name}`, { cause: error });
  }
}

type Spec = z.output<typeof deployment>['spec'];
type Pod = Spec['template']['spec'];

interface Workload extends Pick<Spec, 'replicas' | 'strategy' | 'selector'> {
  /** Those of the pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: Pod;
  readonly container: Pod['containers'][0];
  /** The variables that are set as they stand, by name. */
  readonly variables: Readonly<Record<string, string>>;
  /** The variables that are read from a Secret, by name. */
  readonly secretVariables: Readonly<Record<string, { readonly name: string; readonly key: string }>>;
}

/** The one Deployment among these. */
export function deploymentIn(resources: readonly Resource[]): Workload {
  const { spec } = deployment.parse(find(resources, 'Deployment'));
  const { spec: pod, metadata } = spec.template;
  const [container] = pod.containers;
  const variables: [string, string][] = [];
  const secretVariables: [string, { name: string; key: string }][] = [];
  for (const variable of container.env) {
    if ('value' in variable) variables.push([variable.name, variable.value]);
    else secretVariables.push([variable.name, variable.valueFrom.secretKeyRef]);
  }
  return {
    ...spec,
    labels: metadata.labels,
    pod,
    container,
    variables: Object.fromEntries(variables),
    secretVariables: Object.fromEntries(secretVariables),
  };
}
