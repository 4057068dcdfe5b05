/** A real Alertmanager that tells nobody anything: it is only asked. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { minimalEnvironment, startProgram } from './program.ts';
import { findTool } from './tools.ts';

export interface Alertmanager extends AsyncDisposable {
  readonly url: string;
  /** The alert with these labels fires as of now, or has ended. */
  readonly tell: (labels: Readonly<Record<string, string>>, state: 'firing' | 'resolved') => Promise<void>;
  /** Silences every alert of that name. */
  readonly silence: (alertname: string) => Promise<void>;
}

const CONFIG = 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n';
const HOUR_MS = 3_600_000;

/** The program, or why a suite that needs it skips. */
export function findAlertmanager(): ReturnType<typeof findTool> {
  return findTool('prometheus-alertmanager', 'prometheus-alertmanager');
}

export async function startAlertmanager(program: string): Promise<Alertmanager> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-alertmanager-'));
  stack.defer(async () => rm(directory, { recursive: true, force: true }));
  const file = path.join(directory, 'alertmanager.yml');
  await writeFile(file, CONFIG);
  const running = stack.use(
    await startProgram({
      name: 'Alertmanager',
      program,
      args: [
        `--config.file=${file}`,
        `--storage.path=${path.join(directory, 'data')}`,
        '--web.listen-address=127.0.0.1:0',
        '--cluster.listen-address=',
      ],
      environment: minimalEnvironment(),
    }),
  );
  const url = await running.awaitLine((line) => {
    const address = /msg="Listening on" address=(\S+)/.exec(line)?.[1];
    return address === undefined ? undefined : `http://${address}`;
  });
  const whole = stack.move();
  return {
    url,
    tell: async (labels, state) => {
      const ends = Date.now() + (state === 'firing' ? HOUR_MS : -1_000);
      const startsAt = new Date(Date.now() - 2 * HOUR_MS).toISOString();
      await post(`${url}/api/v2/alerts`, [{ labels, startsAt, endsAt: new Date(ends).toISOString() }]);
    },
    silence: async (alertname) => {
      await post(`${url}/api/v2/silences`, {
        matchers: [{ name: 'alertname', value: alertname, isRegex: false, isEqual: true }],
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + HOUR_MS).toISOString(),
        createdBy: 'anna',
        comment: 'not now',
      });
    },
    [Symbol.asyncDispose]: async () => whole.disposeAsync(),
  };
}

async function post(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok)
    throw new Error(`expected Alertmanager to take ${url}, got ${response.status}: ${await response.text()}`);
}
