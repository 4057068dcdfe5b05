/** The dashboard that ships, read as Grafana reads it; what its queries ask for is compared in queries.test.ts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import * as z from 'zod';
import { ROWS } from '../../tools/dashboard/dashboard.ts';
import { ROOT } from './dockerfile.ts';
import { promtool, withFile } from './run.ts';

const datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });
const position = z.strictObject({ x: z.int(), y: z.int(), w: z.int().positive(), h: z.int().positive() });
const row = z.object({ type: z.literal('row'), id: z.int().positive(), title: z.string(), gridPos: position });
const panel = z.object({
  type: z.enum(['stat', 'timeseries', 'table']),
  id: z.int().positive(),
  title: z.string().min(1),
  description: z.string().min(1),
  gridPos: position,
  datasource,
  targets: z.array(z.object({ refId: z.string(), expr: z.string().min(1), datasource })).min(1),
});
const dashboardSchema = z.object({
  uid: z.literal('ec2-operator'),
  title: z.string(),
  schemaVersion: z.int().min(36),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z.array(z.discriminatedUnion('type', [row, panel])),
});

test('every file in deploy/ that is generated is up to date', () => {
  const { status, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'tools/generate-deploy.ts'), '--check'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
});

describe('deploy/grafana/ec2-operator.json', () => {
  const text = readFileSync(path.join(ROOT, 'deploy/grafana/ec2-operator.json'), 'utf8');
  const dashboard = dashboardSchema.parse(JSON.parse(text));
  const panels = dashboard.panels.filter((each) => each.type !== 'row');

  test('lets the viewer pick the Prometheus and the job, and uses no other variable of its own', () => {
    const own = dashboard.templating.list.map(({ name }) => name);
    assert.deepEqual(own, ['datasource', 'job']);
    const used = [...text.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
    assert.deepEqual(new Set(used), new Set([...own, '__rate_interval', '__range']));
  });

  test('has every row and panel, each with an id of its own and where nothing else is', () => {
    const titles = ROWS.flatMap(({ title, panels: inRow }) => [title, ...inRow.map((one) => one.title)]);
    assert.deepEqual(
      dashboard.panels.map(({ title }) => title),
      titles,
    );
    assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, titles.length);
    const cells = dashboard.panels.flatMap(({ gridPos }) => cellsOf(gridPos));
    assert.equal(new Set(cells).size, cells.length);
    for (const { gridPos } of dashboard.panels) assert.ok(gridPos.x + gridPos.w <= 24);
  });

  test('calls the queries of a panel by different letters', () => {
    for (const { targets, title } of panels)
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
  });

  test('has queries that Prometheus can read', (t) => {
    const rules = panels
      .flatMap(({ targets }) => targets)
      .map(({ expr }, index) => ({ record: `query:${index}`, expr: filledIn(expr) }));
    assert.ok(rules.length >= panels.length);
    withFile('rules.yaml', stringify({ groups: [{ name: 'dashboard', rules }] }), (file) => {
      promtool(t, 'check', 'rules', file);
    });
  });

  /** As Grafana fills in its variables. */
  function filledIn(expr: string): string {
    return expr.replaceAll('$job', 'ec2-operator').replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1d');
  }

  function cellsOf({ x, y, w, h }: z.output<typeof position>): readonly string[] {
    return Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`);
  }
});
