/** The image's command, on the image's files, as the image's user: all that can be run of it without Docker. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test, type TestContext } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import { execForm, healthCheck, only, readImage, ROOT, variables } from './dockerfile.ts';
import { buildImageTree, type ImageTree } from './image-tree.ts';

const TOKEN = 'a-token-for-the-container';
const image = readImage();
const user = userOfImage();

describe('the container', { skip: user.skip ?? false }, () => {
  let tree: ImageTree;

  before(() => {
    tree = buildImageTree();
    if (user.ids !== undefined) chownSync(tree.data, user.ids.uid, user.ids.gid);
  });

  after(() => {
    tree[Symbol.dispose]();
  });

  test('serves from files that it cannot write, and writes to its volume', async (t) => {
    const server = await start(t, ['serve', '--sandbox'], /"url":"([^"]+)".*"ec2-operator is up"/);
    const ping = await fetch(`${server.url}/ping`);
    assert.equal(await ping.text(), 'pong');
    assert.ok(readdirSync(tree.data).length > 0, 'the database is in the volume');
    const check = "import { accessSync, constants } from 'node:fs'; accessSync(process.argv[1], constants.W_OK)";
    const asUser = { ...user.ids, encoding: 'utf8' } as const;
    for (const folder of ['src', 'node_modules', 'node_modules/hono']) {
      const args = ['--input-type=module', '-e', check, path.join(tree.app, folder)];
      assert.match(spawnSync(tree.node, args, asUser).stderr, /EACCES/, folder);
    }
  });

  test('has all that a stop through the AWS SDK needs', async (t) => {
    const server = await start(t, ['serve', '--sandbox'], /"url":"([^"]+)".*"ec2-operator is up"/);
    const query = 'hostname=10.255.255.254&action=stop&client=native&dryrun=false';
    const answer = await fetch(`${server.url}/operateHostname?${query}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    // No such machine: for that answer the SDK had to be loaded, and EC2 to be asked.
    assert.equal(answer.status, 404, await answer.text());
  });

  test('answers the probes of the Deployment and the HEALTHCHECK of the image', async (t) => {
    const server = await start(t, ['serve', '--sandbox'], /"url":"([^"]+)".*"ec2-operator is up"/);
    const paths = probePaths();
    assert.deepEqual(paths, ['/ping', '/ping', '/readyz']);
    for (const probe of paths) assert.equal((await fetch(`${server.url}${probe}`)).status, 200, probe);
    assert.equal(await checkHealth(new URL(server.url).port), 0);
    await stop(server.child);
    assert.equal(await checkHealth(new URL(server.url).port), 1, 'nobody listens there any more');
  });

  test('stops on SIGTERM, well before Kubernetes kills it', async (t) => {
    const server = await start(t, ['serve', '--sandbox'], /"url":"([^"]+)".*"ec2-operator is up"/);
    assert.equal(await stop(server.child), 0);
  });

  test('takes a command and its options after the name of the image', async (t) => {
    const sandbox = await start(t, ['sandbox', '--port', '0'], /AWS_ENDPOINT_URL=(\S+)/);
    assert.equal((await fetch(sandbox.url)).headers.get('content-type')?.includes('xml'), true);
    assert.equal(await stop(sandbox.child), 0);
  });

  /** Runs ENTRYPOINT with these arguments, and waits for the line that names the address. */
  async function start(t: TestContext, args: readonly string[], address: RegExp) {
    const child = spawn(tree.node, [...inTree(execForm(only(image, 'ENTRYPOINT'))), ...args], {
      cwd: tree.app,
      env: { ...variables(image), DATA_DIR: tree.data, HOST: '127.0.0.1', PORT: '0', AUTH_TOKEN: TOKEN },
      stdio: ['ignore', 'pipe', 'inherit'],
      ...user.ids,
    });
    t.after(async () => {
      if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
    });
    for await (const line of createInterface(child.stdout)) {
      const url = address.exec(line)?.[1];
      if (url === undefined) continue;
      // Leaving the loop closed the reader; what is still written must not fill the pipe.
      child.stdout.resume();
      return { child, url };
    }
    throw new Error(`expected the container to say where it listens, but it ended with ${child.exitCode}`);
  }

  /** The words after `node`, with the tree's folder for /app. */
  function inTree([, ...words]: readonly string[]): readonly string[] {
    return words.map((word) => word.replace(/^\/app(?=\/)/, tree.app));
  }

  async function checkHealth(port: string): Promise<unknown> {
    const [, ...words] = healthCheck(image);
    const child = spawn(tree.node, words, { env: { ...variables(image), PORT: port }, stdio: 'inherit', ...user.ids });
    return exitCode(once(child, 'exit'));
  }
});

/** The exit code. 10 s is what `docker stop` grants. */
async function stop(child: ChildProcess): Promise<unknown> {
  const exit = once(child, 'exit', { signal: AbortSignal.timeout(10_000) });
  child.kill('SIGTERM');
  return exitCode(exit);
}

async function exitCode(exit: Promise<readonly unknown[]>): Promise<unknown> {
  return (await exit)[0];
}

/** Whom to run as: the image's user where this process is root, and this process's own, who is not root, elsewhere. */
function userOfImage(): { readonly ids?: { readonly uid: number; readonly gid: number }; readonly skip?: string } {
  if (process.getuid?.() !== 0) return {};
  const [uid = 0, gid = 0] = only(image, 'USER').split(':').map(Number);
  const { error } = spawnSync('/bin/true', { uid, gid });
  if (error === undefined) return { ids: { uid, gid } };
  const message = `the container test runs as root and cannot become user ${uid}: ${error.message}`;
  if ((process.env['REQUIRE_ALL_SUITES'] ?? '') !== '') throw new Error(message, { cause: error });
  return { skip: message };
}

function probePaths(): readonly string[] {
  const probe = z.object({ httpGet: z.object({ path: z.string() }) });
  const container = z.object({ startupProbe: probe, livenessProbe: probe, readinessProbe: probe });
  const pod = z.object({ spec: z.object({ containers: z.tuple([container]) }) });
  const text = readFileSync(path.join(ROOT, 'deploy/kubernetes/base/deployment.yaml'), 'utf8');
  const [found] = z.object({ spec: z.object({ template: pod }) }).parse(parse(text)).spec.template.spec.containers;
  return [found.startupProbe, found.livenessProbe, found.readinessProbe].map(({ httpGet }) => httpGet.path);
}
