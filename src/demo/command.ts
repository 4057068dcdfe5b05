/** `demo`: runs the operator on the embedded AWS, sends it alerts as Alertmanager does, and shows how people are told and answer. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startApp } from '../app.ts';
import type { Call } from '../cli/call.ts';
import { readVariable } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import type { ClientEnvironment } from '../sandbox/client-environment.ts';
import { startSandboxFor } from '../sandboxed.ts';
import { openLetterbox } from './letterbox.ts';
import { startLife } from './life.ts';
import { TOKEN, tokenSettings, VISITOR } from './people.ts';
import { writePast } from './past.ts';
import { tellStory } from './story.ts';

const FLEET = fileURLToPath(new URL('fleet.yaml', import.meta.url));

/** How long people have to answer. Both sides are played at once, which needs no time to think. */
const WARNED_FOR = { person: '60s', once: '6s' } as const;

/** @returns the exit code: 0 if the machine that nobody kept was stopped, and the kept one runs */
export async function runDemo(
  { environment, line: { flags }, screen, signal }: Call,
  setVariables: (variables: ClientEnvironment) => void,
): Promise<number> {
  const print = (line: string): void => screen.write([[line]]);
  const isOnce = flags.has('once');
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-demo-'));
  stack.defer(async () => rm(directory, { recursive: true, force: true }));
  const letterbox = stack.use(await openLetterbox());
  const port = await freePort(Number(readVariable(environment, 'PORT') ?? 8080));
  const loaded = loadConfig(
    {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: directory,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      LOG_LEVEL: readVariable(environment, 'LOG_LEVEL') ?? 'error',
    },
    configOf(letterbox.url, isOnce ? WARNED_FOR.once : WARNED_FOR.person),
  );
  const sandboxed = stack.use(await startSandboxFor(loaded, FLEET, { startMs: 2_000, stopMs: 3_000 }));
  await writePast(directory, sandboxed.sandbox.instances(), Date.now());
  setVariables(sandboxed.environment);
  const app = stack.use(
    await startApp({ config: sandboxed.config, environment: { ...environment, ...sandboxed.environment } }),
  );
  if (!isOnce) {
    for (const line of welcome(app.url)) print(line);
    stack.use(startLife({ url: app.url, sandbox: sandboxed.sandbox, random: Math.random }));
  }
  const cameTrue = await tellStory({ app, sandboxed, letterbox, print, signal, isPlayed: isOnce });
  if (isOnce || signal.aborted) return cameTrue ? 0 : 1;
  for (const line of invitation(app.url)) print(line);
  await once(signal, 'abort');
  return cameTrue ? 0 : 1;
}

function welcome(url: string): readonly string[] {
  return [
    `Open ${url} and log in with this token: you are ${VISITOR}, and may do everything.`,
    `  ${TOKEN}`,
    'The fleet lives: machines go idle and busy, and colleagues keep, stop and start theirs.',
    '',
  ];
}

function configOf(channel: string, before: string): string {
  return `
hosts: { gpu-1: 10.0.1.5, gpu-2: 10.0.1.6, inference-1: 10.0.2.10, notebook: 10.0.9.9 }
warn: { before: ${before} }
guards: { min_uptime: 3m, flapping: off }
owners: { tags: [owner], email: '{owner}@example.com', domains: [example.com] }
tokens:
${tokenSettings()}
channels:
  - { name: terminal, webhook: { url: '${channel}' } }
`;
}

function invitation(url: string): readonly string[] {
  const curl = `curl -H 'Authorization: Bearer ${TOKEN}'`;
  return [
    '',
    'It keeps serving; Ctrl-C ends it. What happened, and why:',
    `  ${curl} '${url}/api/v1/operations'`,
    `  ${curl} '${url}/api/v1/notices'`,
  ];
}

/** The wanted port, or any free one if it is taken. */
async function freePort(wanted: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const probe = createServer();
  probe.once('error', () => {
    resolve(undefined);
  });
  probe.listen(wanted, '127.0.0.1', () => {
    const address = probe.address();
    probe.close(() => {
      resolve(address === null || typeof address === 'string' ? undefined : address.port);
    });
  });
  return (await promise) ?? freePort(0);
}
