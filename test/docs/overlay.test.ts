/** The overlay that getting-started.md tells readers to make. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as z from 'zod';
import { ROOT } from '../deploy/dockerfile.ts';
import { find, render } from '../deploy/render.ts';
import { findTool } from '../support/tools.ts';
import { blocksOf } from './pages.ts';

const MINE = 'kubernetes/mine';
const tool = findTool('kubectl', 'kubernetes-client');

const deploymentSchema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.array(z.object({ image: z.string() })),
        volumes: z.array(z.looseObject({ configMap: z.object({ name: z.string() }).optional() })),
      }),
    }),
  }),
});
const configMapSchema = z.object({ metadata: z.object({ name: z.string() }), data: z.record(z.string(), z.string()) });

test("the reader's own settings and image are what is rolled out", { skip: 'skip' in tool && tool.skip }, () => {
  assert.ok('path' in tool);
  const settings = block('config');
  const resources = render(tool.path, MINE, {
    [`${MINE}/kustomization.yaml`]: block('kustomization'),
    [`${MINE}/config.yaml`]: settings,
    [`${MINE}/service-account.yaml`]: readFileSync(
      path.join(ROOT, 'deploy/kubernetes/examples/irsa/service-account.yaml'),
      'utf8',
    ),
  });
  const { metadata, data } = configMapSchema.parse(find(resources, 'ConfigMap'));
  assert.deepEqual(data, { 'config.yaml': settings });
  const { containers, volumes } = deploymentSchema.parse(find(resources, 'Deployment')).spec.template.spec;
  assert.deepEqual(
    containers.map(({ image }) => image),
    ['registry.example.com/ec2-operator:0.1.0'],
  );
  assert.deepEqual(
    volumes.flatMap(({ configMap }) => (configMap === undefined ? [] : [configMap.name])),
    [metadata.name],
  );
});

function block(kind: string): string {
  const found = blocksOf('docs/getting-started.md').filter(({ info }) => info[0] === kind);
  assert.equal(found.length, 1, kind);
  return found[0]?.text ?? '';
}
