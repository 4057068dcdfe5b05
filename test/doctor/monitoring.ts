/** A real Alertmanager and a real Prometheus with configurations of the test's own. */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { stringify } from 'yaml';
import * as z from 'zod';
import { served, type Server } from '../e2e/world.ts';
import { eventually } from '../support/eventually.ts';
import { minimalEnvironment, startProgram } from '../support/program.ts';

/** Both of Prometheus' programs say where they listen, which with port 0 nobody knows before. */
function listeningOn(line: string): string | undefined {
  const address = /msg="Listening on" address=(\S+)/.exec(line)?.[1];
  return address === undefined ? undefined : `http://${address}`;
}

/** @param directory of this one alone; made when missing */
export async function startAlertmanager(program: string, directory: string, config: object): Promise<Server> {
  await mkdir(directory, { recursive: true });
  const configFile = path.join(directory, 'alertmanager.yml');
  await writeFile(configFile, stringify(config));
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

export interface PrometheusOptions {
  /** Rules as in a rule file. */
  readonly rules: readonly object[];
  /** What there is to be scraped. */
  readonly metrics: string;
  /** Absent: alerts go nowhere. */
  readonly alertmanager?: string;
}

/** Prometheus, once it has scraped and evaluated every rule. */
export async function startPrometheus(program: string, directory: string, options: PrometheusOptions): Promise<Server> {
  await using stack = new AsyncDisposableStack();
  await mkdir(directory, { recursive: true });
  const exporter = await serveMetrics(stack, options.metrics);
  const { alertmanager } = options;
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s', external_labels: { cluster: 'test', region: 'eu' } },
    rule_files: ['rules.yml'],
    scrape_configs: [{ job_name: 'gpu', honor_labels: true, static_configs: [{ targets: [exporter] }] }],
    ...(alertmanager === undefined
      ? {}
      : { alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager).host] }] }] } }),
  };
  await writeFile(
    path.join(directory, 'rules.yml'),
    stringify({ groups: [{ name: 'machines', rules: options.rules }] }),
  );
  await writeFile(path.join(directory, 'prometheus.yml'), stringify(config));
  const running = await startProgram({
    name: 'Prometheus',
    program,
    args: [
      `--config.file=${path.join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${path.join(directory, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    environment: minimalEnvironment(),
  });
  const server = stack.use(await served(running, async () => running.awaitLine(listeningOn)));
  await awaitEvaluation(server);
  const kept = stack.move();
  return { ...server, [Symbol.asyncDispose]: async () => kept.disposeAsync() };
}

async function serveMetrics(stack: AsyncDisposableStack, metrics: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(metrics);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  return `127.0.0.1:${address.port}`;
}

const rules = z.object({
  data: z.object({ groups: z.array(z.object({ rules: z.array(z.object({ lastEvaluation: z.string() })) })) }),
});
const samples = z.object({ data: z.object({ result: z.array(z.unknown()) }) });
const alertmanagers = z.object({ data: z.object({ activeAlertmanagers: z.array(z.unknown()) }) });

/** An evaluation before the first scrape finds nothing, not even an error. */
async function awaitEvaluation({ url, tail }: Server): Promise<void> {
  await eventually(
    'Prometheus has scraped',
    async () => {
      const { result } = samples.parse(await read(`${url}/api/v1/query?query=gpu_utilization`)).data;
      return result.length > 0 ? true : undefined;
    },
    { explain: tail },
  );
  const scrapedAt = Date.now();
  await eventually(
    'every rule has been evaluated since',
    async () => {
      const { groups } = rules.parse(await read(`${url}/api/v1/rules`)).data;
      const times = groups.flatMap((group) => group.rules.map(({ lastEvaluation }) => Date.parse(lastEvaluation)));
      return times.every((time) => time > scrapedAt) ? true : undefined;
    },
    { explain: tail },
  );
}

/** Whether Prometheus has found its Alertmanager, which takes it some seconds. */
export async function awaitAlertmanager(prometheus: Server): Promise<void> {
  await eventually('Prometheus knows its Alertmanager', async () => {
    const { data } = alertmanagers.parse(await read(`${prometheus.url}/api/v1/alertmanagers`));
    return data.activeAlertmanagers.length > 0 ? true : undefined;
  });
}

async function read(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}
