/** The configurations of ssh on the pages are read by ssh itself. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';
import { blocksOf } from './pages.ts';

const SSH = findTool('ssh', 'openssh-client');
const BLOCKS = blocksOf('docs/work.md').filter(({ language }) => language === 'ssh-config');

test('the page has configurations', () => {
  assert.equal(BLOCKS.length, 2);
});

for (const { line, text } of BLOCKS) {
  test(
    `docs/work.md, line ${line}: ssh connects through ssh-proxy`,
    { skip: 'skip' in SSH ? SSH.skip : false },
    async () => {
      await using stack = new AsyncDisposableStack();
      const file = path.join(await temporaryDirectory(stack), 'config');
      writeFileSync(file, text);
      const { status, stdout, stderr } = spawnSync('ssh', ['-G', '-T', '-F', file, 'gpu-1'], { encoding: 'utf8' });
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, /^proxycommand .*ec2-operator ssh-proxy %n %p$/m);
    },
  );
}
