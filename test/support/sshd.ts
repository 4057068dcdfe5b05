/** OpenSSH's server on a port of loopback, and its client, which reaches it through `ec2-operator ssh-proxy`. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { findFreePort } from './free-port.ts';
import { minimalEnvironment, startProgram, type RunningProgram } from './program.ts';
import { temporaryDirectory } from './operator.ts';
import { findTool } from './tools.ts';

const SSHD = findTool('sshd', 'openssh-server');
const SSH = findTool('ssh', 'openssh-client');
const KEYGEN = 'ssh-keygen';

/** Why no suite can use it; false when it is there. */
export const NO_SSH: string | false = 'skip' in SSHD ? SSHD.skip : 'skip' in SSH ? SSH.skip : false;

export interface SshSite extends AsyncDisposable {
  readonly port: number;
  readonly directory: string;
  /** Starts the server, which is not up at first. */
  readonly boot: () => Promise<RunningProgram>;
  /** The options that `ssh` and `scp` need, for a ProxyCommand. */
  readonly options: (proxyCommand: string) => readonly string[];
  readonly user: string;
}

/** Nothing of the system's own configuration of ssh counts. */
export async function prepareSsh(): Promise<SshSite> {
  await using stack = new AsyncDisposableStack();
  const directory = await temporaryDirectory(stack);
  const port = await findFreePort();
  const user = userInfo().username;
  const at = (name: string): string => path.join(directory, name);
  for (const name of ['host_key', 'client_key'])
    spawnSync(KEYGEN, ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)], { stdio: 'ignore' });
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${at('host_key')}`,
    `AuthorizedKeysFile ${at('client_key.pub')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'PrintMotd no',
    'Subsystem sftp internal-sftp',
  ];
  writeFileSync(at('sshd_config'), `${config.join('\n')}\n`);
  const settings = (proxyCommand: string): readonly string[] => [
    `ProxyCommand=${proxyCommand}`,
    `IdentityFile=${at('client_key')}`,
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    'StrictHostKeyChecking=no',
    `UserKnownHostsFile=${at('known_hosts')}`,
    'LogLevel=ERROR',
  ];
  const running = stack.move();
  return {
    port,
    directory,
    user,
    boot: async () => {
      // Where root's sshd gives up its rights.
      if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
      const sshd = await startProgram({
        name: 'sshd',
        program: 'path' in SSHD ? SSHD.path : '',
        args: ['-D', '-e', '-f', at('sshd_config')],
        environment: minimalEnvironment(),
      });
      running.use(sshd);
      await sshd.awaitLine((line) => (line.includes('Server listening on') ? true : undefined));
      return sshd;
    },
    options: (proxyCommand) => ['-F', 'none', ...settings(proxyCommand).flatMap((one) => ['-o', one])],
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}
