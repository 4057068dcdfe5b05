/** Where a reader of the documentation sits: a checkout, a shell, and an operator on the embedded EC2. */
import { cpSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { defaultFleet } from '../../src/sandbox/fleet.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { ROOT } from '../deploy/dockerfile.ts';
import { REGION } from '../support/fleet.ts';
import { sandboxEnvironment, startOperator, programDirectory } from '../support/operator.ts';
import { minimalEnvironment, startProgram } from '../support/program.ts';

export interface Desk extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** Holds a copy of deploy/, and links to what else the repository holds, so that what the reader makes there stays out of the repository. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a script in one shell. */
  readonly run: (script: string) => Promise<{ readonly code: number | string; readonly output: string }>;
}

const TOKEN = 'a-token-for-the-documentation';

/** The machines are those of the sandbox, which the pages name, and some names lead to them. */
const CONFIG = `
regions: [eu-central-1, us-east-1]
hosts: { gpu-1: 10.0.1.5, gpu-2: 10.0.1.6 }
`;

export async function startDesk(): Promise<Desk> {
  await using stack = new AsyncDisposableStack();
  const directory = await programDirectory(stack);
  for (const name of readdirSync(ROOT)) {
    if (['.git', 'data'].includes(name)) continue;
    // The reader changes what is in it.
    if (name === 'deploy') cpSync(path.join(ROOT, name), path.join(directory, name), { recursive: true });
    else symlinkSync(path.join(ROOT, name), path.join(directory, name));
  }
  const programs = path.join(directory, '.programs');
  await mkdir(programs);
  const program = `#!/bin/sh\nexec "${process.execPath}" "${path.join(ROOT, 'bin/ec2-operator.mjs')}" "$@"\n`;
  writeFileSync(path.join(programs, 'ec2-operator'), program, { mode: 0o755 });
  // Readers see an error in the answer; a script needs to be told.
  const curl = '#!/bin/sh\nPATH=${PATH#*:} exec curl --fail-with-body "$@"\n';
  writeFileSync(path.join(programs, 'curl'), curl, { mode: 0o755 });

  const sandbox = stack.use(
    await startSandbox({ fleet: defaultFleet(Date.now()), timings: { startMs: 50, stopMs: 50 } }),
  );
  const dataDir = path.join(directory, 'operator');
  const operator = stack.use(
    await startOperator({
      after: { sandbox, dataDir },
      environment: { AUTH: 'token', AUTH_TOKEN: TOKEN },
      config: CONFIG,
    }),
  );
  const minimal = minimalEnvironment();
  const environment = {
    ...minimal,
    ...sandboxEnvironment(sandbox),
    AWS_REGION: REGION,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_FORMAT: 'json',
    EC2_OPERATOR_URL: operator.url,
    EC2_OPERATOR_TOKEN: TOKEN,
    PATH: `${programs}:${minimal['PATH'] ?? ''}`,
  };
  const held = stack.move();
  return {
    url: operator.url,
    token: TOKEN,
    directory,
    environment,
    run: async (script) => {
      await using shell = await startProgram({
        name: 'the shell',
        program: 'bash',
        args: ['-c', `cd '${directory}'\n${script}`],
        environment,
      });
      const code = await shell.exited;
      return { code, output: shell.lines.join('\n') };
    },
    [Symbol.asyncDispose]: async () => held.disposeAsync(),
  };
}
