/** A rule that says when a machine is wanted, in a real Prometheus that tells a real Alertmanager. */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { stringify } from 'yaml';
import { minimalEnvironment, startProgram } from '../support/program.ts';
import { served, type Server } from './world.ts';

/** What the exporter shows of a machine: a number, or no series at all. */
export interface Demand extends AsyncDisposable {
  readonly address: string;
  /** Jobs that want the machine; undefined: nobody says. */
  jobs: number | undefined;
}

export async function startDemand(hostname: string): Promise<Demand> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(demand.jobs === undefined ? '' : `gpu_jobs{hostname="${hostname}"} ${demand.jobs}\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected the exporter to listen on TCP');
  const demand: Demand = {
    address: `127.0.0.1:${address.port}`,
    jobs: 1,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return demand;
}

export interface Evaluator extends Server {
  /** Puts this in the place of the rule's expression. */
  readonly edit: (expression: string) => Promise<void>;
}

/** Sends each alert again every second, so that Alertmanager misses it after four. */
export async function startEvaluator(
  program: string,
  directory: string,
  demand: Demand,
  alertmanager: Pick<Server, 'url'>,
  replica: string,
): Promise<Evaluator> {
  await mkdir(directory, { recursive: true });
  const rulesFile = path.join(directory, 'rules.yml');
  const write = async (expr: string): Promise<void> =>
    writeFile(
      rulesFile,
      stringify({
        groups: [
          {
            name: 'machines',
            rules: [
              {
                alert: 'GpuWanted',
                expr,
                labels: { action: 'start', on_resolved: 'stop', dryrun: 'false' },
              },
            ],
          },
        ],
      }),
    );
  await write('max by (hostname) (gpu_jobs) > 0');
  await writeFile(
    path.join(directory, 'prometheus.yml'),
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s', external_labels: { replica } },
      rule_files: ['rules.yml'],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }] },
      scrape_configs: [{ job_name: 'jobs', honor_labels: true, static_configs: [{ targets: [demand.address] }] }],
    }),
  );
  const running = await startProgram({
    name: `Prometheus ${replica}`,
    program,
    args: [
      `--config.file=${path.join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${path.join(directory, 'data')}`,
      // An alert runs out after four of these: on a busy machine, Prometheus falls behind by seconds.
      '--rules.alert.resend-delay=3s',
      '--web.listen-address=127.0.0.1:0',
      '--web.enable-lifecycle',
    ],
    environment: minimalEnvironment(),
  });
  const server = await served(running, async () => running.awaitLine(listeningOn));
  return {
    ...server,
    edit: async (expression) => {
      await write(expression);
      const response = await fetch(`${server.url}/-/reload`, { method: 'POST' });
      if (!response.ok) throw new Error(`expected Prometheus to read its rules again, got ${response.status}`);
    },
  };
}

export async function startNotifier(program: string, directory: string, operatorUrl: string): Promise<Server> {
  await mkdir(directory, { recursive: true });
  const configFile = path.join(directory, 'alertmanager.yml');
  await writeFile(
    configFile,
    stringify({
      route: {
        receiver: 'ec2-operator',
        group_by: ['alertname'],
        group_wait: '1s',
        group_interval: '1s',
        repeat_interval: '1h',
      },
      receivers: [
        { name: 'ec2-operator', webhook_configs: [{ url: `${operatorUrl}/operateHostname`, send_resolved: true }] },
      ],
    }),
  );
  const running = await startProgram({
    name: 'Alertmanager',
    program,
    args: [
      `--config.file=${configFile}`,
      `--storage.path=${path.join(directory, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
      '--cluster.listen-address=',
    ],
    environment: minimalEnvironment(),
  });
  return served(running, async () => running.awaitLine(listeningOn));
}

function listeningOn(line: string): string | undefined {
  const address = /msg="Listening on" address=(\S+)/.exec(line)?.[1];
  return address === undefined ? undefined : `http://${address}`;
}
