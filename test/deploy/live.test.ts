/** A real Prometheus that scrapes a real operator: every panel has something to show, and no alert is about nothing. */
import assert from 'node:assert/strict';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import * as z from 'zod';
import { ROWS } from '../../tools/dashboard/dashboard.ts';
import { eventually } from '../support/eventually.ts';
import { startOperator } from '../support/operator.ts';
import { minimalEnvironment, startProgram } from '../support/program.ts';
import { findTool } from '../support/tools.ts';
import { stopAlert } from '../support/alerts.ts';
import { ROOT } from './dockerfile.ts';

const TOKEN = 'a-token-for-everything';

const vector = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});
const ruleList = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({ name: z.string(), health: z.string(), state: z.string(), lastError: z.string().optional() }),
        ),
      }),
    ),
  }),
});

const program = findTool('prometheus', 'prometheus');

/** The savings are read every five minutes: until then there is no stop, and no part of none. */
const RATE_OF_NONE = 'Regretted';

test(
  'every panel shows something and no rule complains once a machine was stopped',
  {
    skip: 'skip' in program ? program.skip : false,
  },
  async () => {
    assert.ok('path' in program);
    await using operator = await startOperator({ environment: { AUTH: 'token', AUTH_TOKEN: TOKEN }, watch: true });
    using directory = mkdtempDisposableSync('/tmp/ec2-operator-live-');
    const config = path.join(directory.path, 'prometheus.yml');
    writeFileSync(config, stringify(prometheusConfig(new URL(operator.url).host)));
    await using prometheus = await startProgram({
      name: 'Prometheus',
      program: program.path,
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${path.join(directory.path, 'data')}`,
        '--web.listen-address=127.0.0.1:0',
      ],
      environment: minimalEnvironment(),
    });
    const address = await prometheus.awaitLine((line) => /msg="Listening on" address=(\S+)/.exec(line)?.[1]);
    const ask = async (route: string): Promise<unknown> => (await fetch(`http://${address}/api/v1/${route}`)).json();
    const query = async (expr: string) =>
      vector.parse(await ask(`query?query=${encodeURIComponent(filledIn(expr))}`)).data.result;
    const until = { explain: prometheus.tail };

    // Counters are at zero then, and what comes is seen to grow.
    const scraped = 'count_over_time(ec2_operator_faults_total{job="$job"}[1m]) >= 2';
    await eventually('two scrapes', async () => (await query(scraped))[0], until);
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ alerts: [stopAlert(1)] });
    assert.equal((await operator.request('/operateHostname', { method: 'POST', headers, body })).status, 200);

    for (const { title, queries } of ROWS.flatMap((row) => row.panels)) {
      if (title === RATE_OF_NONE) continue;
      for (const { expr } of queries) await eventually(`${title}: ${expr}`, async () => (await query(expr))[0], until);
    }
    const stopped = panel('Stopped').queries[0].expr;
    await eventually('a machine that was stopped', async () => isPositive(await query(stopped)), until);

    const rules = await eventually(
      'rules that were all evaluated',
      async () => {
        const { groups } = ruleList.parse(await ask('rules')).data;
        const all = groups.flatMap((group) => group.rules);
        return all.some(({ health }) => health === 'unknown') ? undefined : all;
      },
      until,
    );
    assert.ok(rules.length > 10);
    assert.deepEqual(
      rules.filter(({ health, state }) => health !== 'ok' || state !== 'inactive'),
      [],
    );
  },
);

function prometheusConfig(operator: string): object {
  const rules = ['rules', 'demand-rules', 'operator-rules'];
  return {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: rules.map((name) => path.join(ROOT, `deploy/prometheus/${name}.yaml`)),
    scrape_configs: [
      {
        job_name: 'ec2-operator',
        authorization: { type: 'Bearer', credentials: TOKEN },
        static_configs: [{ targets: [operator] }],
      },
    ],
  };
}

/** As Grafana fills in its variables. */
function filledIn(expr: string): string {
  return expr.replaceAll('$job', 'ec2-operator').replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h');
}

function panel(title: string): (typeof ROWS)[number]['panels'][number] {
  return ROWS.flatMap((row) => row.panels).find((each) => each.title === title) ?? assert.fail(title);
}

function isPositive(result: readonly { readonly value: readonly [number, string] }[]): true | undefined {
  return Number(result[0]?.value[1]) > 0 ? true : undefined;
}
