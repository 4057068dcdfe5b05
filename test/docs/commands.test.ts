/**
 * Every command of the pages is run, or says in its fence why it is not:
 *
 *   ```sh                  run, one shell for a whole page, beside an operator on the embedded EC2
 *   ```sh serves           run by itself: it has to come up, and is stopped then
 *   ```sh needs=cluster    read by the shell, not run; also aws, docker, server, root
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { findTool } from '../support/tools.ts';
import { startProgram } from '../support/program.ts';
import { blocksOf, PAGES, type Block } from './pages.ts';
import { startDesk, type Desk } from './desk.ts';

const NEEDS = ['aws', 'cluster', 'docker', 'server', 'root'];

const TOOLS = ['curl', 'jq'].map((name) => findTool(name, name));
const MISSING = TOOLS.flatMap((tool) => ('skip' in tool ? [tool.skip] : [])).join('; ');
const SKIP = MISSING === '' ? false : MISSING;

/** What stands for something else while it is tested, and why. Each has to be of use somewhere. */
const STAND_INS: readonly (readonly [shown: RegExp, run: (desk: Desk) => string])[] = [
  // The operator of the test has a port and a token of its own.
  [/http:\/\/localhost:8080\b/g, ({ url }) => url],
  [/(?<=^(?:export )?\w*TOKEN=)\.\.\.(?=\s|$)/gm, ({ token }) => token],
  // It would run itself.
  [/^npm test\b/gm, () => ': npm test'],
  // It would go on serving.
  [/^npm run demo\b/gm, () => 'npm run --silent demo -- --once'],
  // It would go on watching.
  [/ops --watch/g, () => 'ops'],
];

const used = new Set<RegExp>();

for (const page of PAGES) {
  const blocks = blocksOf(page).filter(({ language }) => language === 'sh');
  if (blocks.length === 0) continue;
  describe(page, () => {
    for (const block of blocks) {
      test(`line ${block.line} can be read by the shell`, () => {
        const [info, ...more] = block.info;
        assert.ok(isMarked(info) && more.length === 0, `a fence that says what nobody knows: ${block.info.join(' ')}`);
        const { status, stderr } = spawnSync('bash', ['-n', '-c', block.text], { encoding: 'utf8' });
        assert.equal(status, 0, stderr);
      });
    }
    test('what can be run does what it should', { skip: SKIP }, async () => {
      await using desk = await startDesk();
      await runPage(blocks, desk);
    });
    for (const block of blocks.filter(({ info }) => info[0] === 'serves')) {
      test(`line ${block.line} serves`, async () => {
        await using desk = await startDesk();
        await using program = await startProgram({
          name: block.where,
          program: 'bash',
          args: ['-c', `cd ${desk.directory}; ${block.text}`],
          environment: { ...desk.environment, PORT: '0' },
        });
        const url = await program.awaitLine((line) => /"url":"([^"]+)"/.exec(line)?.[1]);
        assert.equal(await (await fetch(`${url}/ping`)).text(), 'pong');
      });
    }
  });
}

test('what stands in for something is needed', { skip: SKIP }, () => {
  assert.deepEqual(
    STAND_INS.map(([shown]) => shown).filter((shown) => !used.has(shown)),
    [],
  );
});

function isMarked(info: string | undefined): boolean {
  return info === undefined || info === 'serves' || NEEDS.some((need) => info === `needs=${need}`);
}

async function runPage(blocks: readonly Block[], desk: Desk): Promise<void> {
  const runnable = blocks.filter(({ info }) => info.length === 0);
  if (runnable.length === 0) return;
  const script = runnable.map(({ where, text }) => `echo ':: ${where}'\n${standIn(text, desk)}`).join('\n');
  const { code, output } = await desk.run(`set -euo pipefail\n${script}`);
  assert.equal(code, 0, `it ended with ${code} in the block that comes last:\n${output.slice(-3_000)}`);
}

function standIn(text: string, desk: Desk): string {
  return STAND_INS.reduce((run, [shown, instead]) => {
    if (run.search(shown) >= 0) used.add(shown);
    return run.replaceAll(shown, () => instead(desk));
  }, text);
}
