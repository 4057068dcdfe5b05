import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT } from './dockerfile.ts';

test('what npm runs after an installation leaves the compiled server behind, sources in TypeScript included', () => {
  using cache = mkdtempDisposableSync(path.join(tmpdir(), 'ec2-operator-cache-'));
  const { status, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'tools', 'warm.mjs')], {
    encoding: 'utf8',
    env: { NODE_COMPILE_CACHE: cache.path },
  });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  const [folder = '', ...others] = readdirSync(cache.path);
  assert.deepEqual(others, []);
  const modules = readdirSync(path.join(cache.path, folder));
  // Every module of the server, the text without types and the compiled code of each, and those of its libraries.
  assert.ok(modules.length > 500, `expected several hundred modules, got ${modules.length}`);
});
