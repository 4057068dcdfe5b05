/** Prometheus and Alertmanager as Debian ships them, with the seed's rule and route. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { minimalEnvironment, startProgram } from '../support/program.ts';
import { findTool } from '../support/tools.ts';
import { instanceLabel, startExporter } from './exporter.ts';
import type { GpuMachine } from './machines.ts';
import { seedRouteTo, seedRulesFor, type RouteOptions } from './seed.ts';
import { served, type Server, type World } from './world.ts';

/** The programs that the suite drives. */
export interface Programs {
  readonly prometheus: string;
  readonly promtool: string;
  readonly alertmanager: string;
  readonly amtool: string;
}

/** Finds the programs, `aws` for the operator included; or says what is missing. */
export function findPrograms(): { readonly programs: Programs } | { readonly skip: string } {
  const found: string[] = [];
  for (const [name, debianPackage] of [
    ['prometheus', 'prometheus'],
    ['promtool', 'prometheus'],
    ['prometheus-alertmanager', 'prometheus-alertmanager'],
    ['amtool', 'prometheus-alertmanager'],
    ['aws', 'awscli'],
  ] as const) {
    const tool = findTool(name, debianPackage);
    if ('skip' in tool) return tool;
    found.push(tool.path);
  }
  const [prometheus = '', promtool = '', alertmanager = '', amtool = ''] = found;
  return { programs: { prometheus, promtool, alertmanager, amtool } };
}

export async function startAlertmanager(
  programs: Programs,
  { directory }: Pick<World, 'directory'>,
  operatorUrl: string,
  options?: RouteOptions,
): Promise<Server> {
  const configFile = path.join(directory, 'alertmanager.yml');
  await writeFile(configFile, stringify(seedRouteTo(operatorUrl, options)));
  await check('amtool', programs.amtool, ['check-config', configFile]);
  const alertmanager = await startProgram({
    name: 'Alertmanager',
    program: programs.alertmanager,
    args: [
      `--config.file=${configFile}`,
      `--storage.path=${path.join(directory, 'alertmanager')}`,
      '--web.listen-address=127.0.0.1:0',
      '--cluster.listen-address=',
    ],
    environment: minimalEnvironment(),
  });
  return served(alertmanager, async () => alertmanager.awaitLine(listeningOn));
}

/** Prometheus with the exporter that it scrapes. */
export async function startPrometheus(
  programs: Programs,
  world: Pick<World, 'directory' | 'machines' | 'sandbox'>,
  alertmanager: Server,
): Promise<Server> {
  const { directory, machines, sandbox } = world;
  await using stack = new AsyncDisposableStack();
  const exporter = stack.use(await startExporter(machines, sandbox));
  await writeFile(path.join(directory, 'rules.yml'), stringify(seedRulesFor(machines)));
  const configFile = path.join(directory, 'prometheus.yml');
  await writeFile(configFile, stringify(prometheusConfig(machines, exporter.address, new URL(alertmanager.url).host)));
  await check('promtool', programs.promtool, ['check', 'config', configFile]);
  const prometheus = stack.use(
    await startProgram({
      name: 'Prometheus',
      program: programs.prometheus,
      args: [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${path.join(directory, 'prometheus')}`,
        '--web.listen-address=127.0.0.1:0',
      ],
      environment: minimalEnvironment(),
    }),
  );
  const url = await prometheus.awaitLine(listeningOn);
  const running = stack.move();
  return { ...prometheus, url, [Symbol.asyncDispose]: async () => running.disposeAsync() };
}

function prometheusConfig(machines: readonly GpuMachine[], exporter: string, alertmanager: string): object {
  return {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: [
      {
        job_name: 'gpu',
        static_configs: [{ targets: machines.map((one) => instanceLabel(one)) }],
        // One exporter stands for all of them, and each keeps its own instance label.
        relabel_configs: [
          { source_labels: ['__address__'], target_label: 'instance' },
          { source_labels: ['__address__'], target_label: '__param_target' },
          { target_label: '__address__', replacement: exporter },
        ],
      },
    ],
  };
}

/** Both of Prometheus' programs say where they listen, which with port 0 nobody knows before. */
function listeningOn(line: string): string | undefined {
  const address = /msg="Listening on" address=(\S+)/.exec(line)?.[1];
  return address === undefined ? undefined : `http://${address}`;
}

/** Runs a checker to its end. */
async function check(name: string, program: string, args: readonly string[]): Promise<void> {
  await using checker = await startProgram({ name, program, args, environment: minimalEnvironment() });
  await checker.awaitLine((line) => (/SUCCESS/.test(line) ? true : undefined));
  const exit = await checker.exited;
  if (exit !== 0)
    throw new Error(`expected ${name} to find nothing wrong, and it ended with ${exit}\n${checker.tail()}`);
}
