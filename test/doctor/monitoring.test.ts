/** The doctor on a real Alertmanager and a real Prometheus, right and wrong. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import type { Finding } from '../../src/doctor/finding.ts';
import { findFreePort } from '../support/free-port.ts';
import { addressOf, machine } from '../support/fleet.ts';
import { temporaryDirectory } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';
import { examined, expectFinding, of } from './examined.ts';
import { awaitAlertmanager, startAlertmanager, startPrometheus } from './monitoring.ts';

const alertmanagerTool = findTool('prometheus-alertmanager', 'prometheus-alertmanager');
const prometheusTool = findTool('prometheus', 'prometheus');
const skip =
  'skip' in alertmanagerTool ? alertmanagerTool.skip : 'skip' in prometheusTool ? prometheusTool.skip : false;
const programs = {
  alertmanager: 'path' in alertmanagerTool ? alertmanagerTool.path : '',
  prometheus: 'path' in prometheusTool ? prometheusTool.path : '',
};

/** Two machines of four GPUs; all but one GPU are idle. */
const METRICS = ['gpu-1:9835', 'gpu-2:9835']
  .flatMap((instance) =>
    [0, 1, 2, 3].map((uuid) => {
      const busy = instance === 'gpu-2:9835' && uuid === 3 ? 0.9 : 0;
      return `gpu_utilization{instance="${instance}",uuid="${uuid}"} ${busy}\n`;
    }),
  )
  .join('');
const NAMES = { 'gpu-1': [addressOf(1)], 'gpu-2': [addressOf(2)] };
const MACHINES = [1, 2].map((number) => machine(number, { type: 'm5.large', tags: { 'ec2-operator': 'allowed' } }));

const LABELS = { hostname: '{{ $labels.instance }}', action: 'stop', client: 'native', dryrun: 'false' };
const GOOD = { alert: 'UnusedGPU', expr: 'max by (instance) (gpu_utilization) < 0.02', for: '5m', labels: LABELS };

/** The configuration that ships. */
function shippedRoute(): object {
  const file = new URL('../../deploy/prometheus/alertmanager.yaml', import.meta.url);
  return parse(readFileSync(file, 'utf8')) as object;
}

async function lookAt(
  monitoring: Readonly<Record<'alertmanager' | 'prometheus', { readonly url: string } | undefined>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly Finding[]> {
  const { alertmanager, prometheus } = monitoring;
  const config = {
    ...(alertmanager === undefined ? {} : { alertmanager: { url: alertmanager.url } }),
    ...(prometheus === undefined ? {} : { prometheus: { url: prometheus.url } }),
  };
  return (await examined({ machines: MACHINES, names: NAMES, config, environment })).findings;
}

describe('the way of an alert', { skip, concurrency: true }, () => {
  test('is right with the route that ships', { timeout: 120_000 }, async () => {
    await using stack = new AsyncDisposableStack();
    const directory = await temporaryDirectory(stack);
    const alertmanager = stack.use(
      await startAlertmanager(programs.alertmanager, path.join(directory, 'alertmanager'), shippedRoute()),
    );
    const prometheus = stack.use(
      await startPrometheus(programs.prometheus, path.join(directory, 'prometheus'), {
        rules: [GOOD],
        metrics: METRICS,
        alertmanager: alertmanager.url,
      }),
    );
    await awaitAlertmanager(prometheus);
    const findings = await lookAt({ alertmanager, prometheus });
    assert.deepEqual(of(findings, 'error'), []);
    assert.deepEqual(
      of(findings, 'warning').filter((text) => !text.startsWith('store:')),
      [],
    );
    expectFinding(findings, 'ok', 'alertmanager.route', /reaches ec2-operator by route\.routes\[0\]/);
    expectFinding(findings, 'ok', 'prometheus.hosts', /gpu-1:9835: each leads to one machine/);
    expectFinding(findings, 'ok', 'clock', /Alertmanager/);
    expectFinding(findings, 'info', 'prometheus.external_labels', /region: "eu" is on every alert and is not read/);
    expectFinding(findings, 'ok', 'clock', /Prometheus/);
    expectFinding(findings, 'info', 'prometheus.replay', /^it can be asked what another rule would have saved/);
  });

  test('rules that do the wrong thing, or nothing', { timeout: 120_000 }, async () => {
    await using stack = new AsyncDisposableStack();
    const directory = await temporaryDirectory(stack);
    const rule = (alert: string, change: object): object => ({ ...GOOD, alert, ...change });
    const without = (name: string): object => ({ labels: { ...LABELS, [name]: undefined } });
    const prometheus = stack.use(
      await startPrometheus(programs.prometheus, directory, {
        metrics: METRICS,
        rules: [
          rule('NoFor', { for: undefined }),
          rule('PerGpu', { expr: 'gpu_utilization < 0.02' }),
          rule('BusyPerGpu', { expr: 'gpu_utilization * 100 > 95' }),
          rule('NoHostname', without('hostname')),
          rule('NoDryRun', without('dryrun')),
          rule('DryRun', { labels: { ...LABELS, dryrun: 'true' } }),
          rule('BadClient', { labels: { ...LABELS, client: 'boto' } }),
          rule('BadAction', { labels: { ...LABELS, action: 'Stop' } }),
          rule('Unknown', { labels: { ...LABELS, hostname: 'nobody' } }),
          rule('NoData', { expr: 'nvidia_absent == 0' }),
          { alert: 'Broken', expr: 'gpu_utilization * on () gpu_utilization', labels: LABELS },
          { alert: 'NotOurs', expr: 'vector(1)', labels: { action: 'page' } },
        ],
      }),
    );
    const findings = await lookAt({ alertmanager: undefined, prometheus });
    const by = (name: string): readonly Finding[] => findings.filter(({ about }) => about === `machines/${name}`);
    expectFinding(by('NoFor'), 'warning', 'prometheus.rule', /no `for`/);
    expectFinding(
      by('PerGpu'),
      'error',
      'prometheus.rule',
      /gpu-1 has 4 series, uuid=0, 1, 2 and 1 more; one idle GPU/,
    );
    expectFinding(by('BusyPerGpu'), 'error', 'prometheus.rule', /gpu-2 has 4 series|gpu-1 has 4 series/);
    expectFinding(by('NoHostname'), 'error', 'prometheus.rule', /the label hostname to name the machine/);
    expectFinding(by('NoDryRun'), 'warning', 'prometheus.rule', /no label dryrun/);
    expectFinding(by('DryRun'), 'warning', 'prometheus.rule', /has dryrun: "true"/);
    expectFinding(by('BadClient'), 'warning', 'prometheus.rule', /has client: "boto", which is not read/);
    expectFinding(by('BadAction'), 'error', 'prometheus.rule', /action to be start or stop, got "Stop"/);
    expectFinding(by('Unknown'), 'error', 'prometheus.hosts', /1 of 1 names .* no address of "nobody"/);
    expectFinding(by('NoData'), 'info', 'prometheus.rule', /no series at this moment/);
    expectFinding(by('NoData'), 'warning', 'prometheus.rule', /without aggregating/);
    expectFinding(by('Broken'), 'error', 'prometheus.rule', /cannot be evaluated/);
    assert.deepEqual(by('NotOurs'), []);
    expectFinding(findings, 'error', 'prometheus', /to no Alertmanager/);
  });

  test('an Alertmanager that loses alerts', { timeout: 120_000 }, async () => {
    await using stack = new AsyncDisposableStack();
    const directory = await temporaryDirectory(stack);
    const receiver = (name: string, url: string, more: object = {}): object => ({
      name,
      webhook_configs: [{ url, ...more }],
    });
    const alertmanager = stack.use(
      await startAlertmanager(programs.alertmanager, path.join(directory, 'alertmanager'), {
        route: {
          receiver: 'nobody',
          group_wait: '1s',
          routes: [
            { receiver: 'nobody', match_re: { alertname: 'Swallowed|Eaten' } },
            {
              receiver: 'ours',
              matchers: ['action =~ "start|stop"'],
              repeat_interval: '12h',
              group_interval: '30m',
              continue: true,
            },
            { receiver: 'again', matchers: ['alertname = "Twice"'], group_by: ['...'] },
          ],
        },
        receivers: [
          { name: 'nobody' },
          receiver('ours', 'http://ec2-operator/operateHostname', { max_alerts: 10, send_resolved: false }),
          receiver('again', 'https://me:secret@ec2-operator/operateInstance'),
          receiver('unused', 'http://ec2-operator:8080/operateHostname'),
          receiver('misspelt', 'http://ec2-operator:8080/operatehostname/'),
        ],
      }),
    );
    const prometheus = stack.use(
      await startPrometheus(programs.prometheus, path.join(directory, 'prometheus'), {
        rules: ['UnusedGPU', 'Swallowed', 'Twice'].map((alert) => ({ ...GOOD, alert })),
        metrics: METRICS,
        alertmanager: alertmanager.url,
      }),
    );
    const findings = await lookAt({ alertmanager, prometheus });
    const by = (name: string): readonly Finding[] => findings.filter(({ about }) => about === name);
    expectFinding(by('ours'), 'error', 'alertmanager.receiver', /max_alerts: 10/);
    expectFinding(by('ours'), 'warning', 'alertmanager.receiver', /send_resolved: false/);
    expectFinding(by('ours'), 'error', 'alertmanager.receiver', /sends no authorization/);
    expectFinding(by('ours'), 'warning', 'alertmanager.receiver', /the POST becomes a GET/);
    expectFinding(by('unused'), 'error', 'alertmanager.route', /no route leads to this receiver/);
    expectFinding(by('misspelt'), 'error', 'alertmanager.receiver', /not a route of ec2-operator/);
    expectFinding(by('route.routes[1]'), 'warning', 'alertmanager.route', /group_by is not set/);
    expectFinding(by('route.routes[1]'), 'warning', 'alertmanager.route', /repeat_interval is 12h/);
    expectFinding(by('route.routes[1]'), 'warning', 'alertmanager.route', /group_interval is 30m/);
    expectFinding(by('route.routes[2]'), 'info', 'alertmanager.route', /delivery of every alert/);
    expectFinding(by('machines/UnusedGPU'), 'ok', 'alertmanager.route', /reaches ec2-operator by route\.routes\[1\]/);
    expectFinding(by('machines/Swallowed'), 'error', 'alertmanager.route', /goes to nobody by route\.routes\[0\]/);
    expectFinding(by('machines/Twice'), 'warning', 'alertmanager.route', /more than once, by route\.routes\[1\] and/);
    assert.ok(by('again').every(({ evidence }) => !evidence.includes('authorization')));
    assert.ok(!JSON.stringify(findings).includes('secret@'), 'a password is shown');

    const open = await lookAt({ alertmanager, prometheus }, { AUTH: 'none' });
    assert.deepEqual(
      of(open, 'error').filter((text) => text.includes('authorization')),
      [],
    );
  });

  test('GPUs in MIG mode and without readings, and a rule that is blind to them', { timeout: 120_000 }, async () => {
    await using stack = new AsyncDisposableStack();
    const directory = await temporaryDirectory(stack);
    const expr = 'max by (instance) (DCGM_FI_DEV_GPU_UTIL) < 2';
    const prometheus = stack.use(
      await startPrometheus(programs.prometheus, directory, {
        rules: [{ ...GOOD, expr }],
        metrics: `${METRICS}
DCGM_FI_DEV_GPU_UTIL{instance="gpu-1:9400",UUID="a"} 0
DCGM_FI_DEV_GPU_UTIL{instance="gpu-2:9400",UUID="b",GPU_I_ID="1"} 0
DCGM_FI_PROF_GR_ENGINE_ACTIVE{instance="gpu-2:9400",UUID="b",GPU_I_ID="2"} 0
nvidia_smi_utilization_gpu_ratio{instance="gpu-1:9835",uuid="c"} 0
nvidia_smi_gpu_info{instance="gpu-1:9835",uuid="d"} 1
`,
      }),
    );
    const findings = await lookAt({ alertmanager: undefined, prometheus });
    expectFinding(findings, 'warning', 'prometheus.rule', /^does not look at MIG slices, and gpu-2:9400 has some/);
    assert.deepEqual(
      findings
        .flatMap(({ check, about, evidence }) => (check === 'prometheus.gpus' ? [`${about} ${evidence}`] : []))
        .map((text) => text.split(':').slice(0, 2).join(':')),
      ['gpu-1:9835 no reading of the use of GPU d', 'gpu-2:9400 no reading of the use of MIG slice 1 of GPU b'],
    );
  });

  test(
    'an Alertmanager without a receiver for ec2-operator, and one that does not run',
    { timeout: 120_000 },
    async () => {
      await using stack = new AsyncDisposableStack();
      const directory = await temporaryDirectory(stack);
      const alertmanager = stack.use(
        await startAlertmanager(programs.alertmanager, directory, {
          route: { receiver: 'people' },
          receivers: [{ name: 'people', webhook_configs: [{ url: 'http://127.0.0.1:9/page' }] }],
        }),
      );
      const findings = await lookAt({ alertmanager, prometheus: undefined });
      expectFinding(findings, 'error', 'alertmanager.receiver', /no receiver posts to/);
      expectFinding(findings, 'info', 'prometheus', /not configured/);

      const nobody = { url: `http://127.0.0.1:${await findFreePort()}` };
      const away = await lookAt({ alertmanager: nobody, prometheus: nobody });
      expectFinding(away, 'error', 'alertmanager', /no answer from .*ECONNREFUSED/);
      expectFinding(away, 'error', 'prometheus', /no answer from .*ECONNREFUSED/);
    },
  );
});
