import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { eventually } from './eventually.ts';
import { query } from './postgres.ts';
import { minimalEnvironment, startProgram } from './program.ts';

/** Starts a server as a test would, and says its own pid and where the server is, or why there is none. */
const KILLED = `
  const { startCluster } = await import(${JSON.stringify(new URL('postgres.ts', import.meta.url).href)});
  const cluster = await startCluster().catch((error) => console.log('none', error.message));
  if (cluster) console.log('server', process.pid, await cluster.createDatabase());
`;

test('a server and its data go with the test process, even when that is killed', async (t) => {
  const args = ['--input-type=module', '-e', KILLED];
  const environment = minimalEnvironment();
  await using killed = await startProgram({ name: 'node', program: process.execPath, args, environment });
  const [word, ...rest] = await killed.awaitLine((line) => /^(?:server|none) .+/.exec(line)?.[0].split(' '));
  if (word === 'none') return t.skip(rest.join(' '));
  const [pid, url = ''] = rest;
  const [found] = await query(url, 'show data_directory');
  const directory = String(found?.['data_directory']);
  assert.ok(existsSync(directory));
  process.kill(Number(pid), 'SIGKILL');
  await eventually('the server and its data are gone', async () => {
    await assert.rejects(query(url, 'select 1'), { code: 'ECONNREFUSED' });
    assert.ok(!existsSync(directory));
    return true;
  });
});
