/** What `kubectl kustomize` makes of a folder. */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import * as z from 'zod';
import { ROOT } from './dockerfile.ts';

const DEPLOY = path.join(ROOT, 'deploy');

export const resourceSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

export type Resource = z.output<typeof resourceSchema>;

/**
 * @param folder below deploy/
 * @param files what somebody has put there besides: from path to content
 */
export function render(
  kubectl: string,
  folder: string,
  files: Readonly<Record<string, string>> = {},
): readonly Resource[] {
  using copy = mkdtempDisposableSync('/tmp/ec2-operator-kustomize-');
  cpSync(DEPLOY, copy.path, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(copy.path, file)), { recursive: true });
    writeFileSync(path.join(copy.path, file), content);
  }
  if (!knowsModernKustomize(kubectl)) {
    for (const file of globSync(path.join(copy.path, '**/kustomization.yaml'))) spellForVersion2(file);
  }
  const output = execFileSync(kubectl, ['kustomize', path.join(copy.path, folder)], { encoding: 'utf8' });
  return parseAllDocuments(output).map((document) => resourceSchema.parse(document.toJS()));
}

const versionSchema = z.object({ kustomizeVersion: z.string().optional() });

/** Debian 12 has kubectl 1.20 with kustomize 2.0.3, which does not name its version yet. */
function knowsModernKustomize(kubectl: string): boolean {
  const output = execFileSync(kubectl, ['version', '--client', '--output=json'], { encoding: 'utf8' });
  return versionSchema.parse(JSON.parse(output)).kustomizeVersion !== undefined;
}

const kustomization = z.looseObject({
  resources: z.array(z.string()).default([]),
  patches: z.array(z.object({ path: z.string() })).default([]),
});

/** Kustomize 2 says `bases` for folders and `patchesStrategicMerge` for patches. Both have been deprecated since. */
function spellForVersion2(file: string): void {
  const { resources, patches, ...rest } = kustomization.parse(parse(readFileSync(file, 'utf8')));
  const isFolder = (resource: string): boolean => !resource.endsWith('.yaml');
  const old = {
    ...rest,
    bases: resources.filter((resource) => isFolder(resource)),
    resources: resources.filter((resource) => !isFolder(resource)),
    patchesStrategicMerge: patches.map((patch) => patch.path),
  };
  writeFileSync(file, stringify(old));
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
