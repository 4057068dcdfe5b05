/** Runs the programs that the shipped files are for, on these files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { parse } from 'yaml';
import { findTool } from '../support/tools.ts';
import { ROOT } from './dockerfile.ts';

/** Like `amtool`: what it writes to standard output; undefined, and the test skipped, where it is missing. */
export function promtool(t: TestContext, ...args: readonly string[]): string | undefined {
  return run(t, 'promtool', 'prometheus', args)?.stdout;
}

export function amtool(t: TestContext, ...args: readonly string[]): string | undefined {
  return run(t, 'amtool', 'prometheus-alertmanager', args)?.stdout;
}

/** What it complains about: `verify` writes warnings to standard error, and ends well all the same. */
export function systemdAnalyze(t: TestContext, ...args: readonly string[]): string {
  return run(t, 'systemd-analyze', 'systemd', args)?.stderr ?? '';
}

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** @throws where it does not end well */
function run(t: TestContext, name: string, debianPackage: string, args: readonly string[]): Output | undefined {
  const tool = findTool(name, debianPackage);
  if ('skip' in tool) {
    t.skip(tool.skip);
    return undefined;
  }
  const { status, stdout, stderr } = spawnSync(tool.path, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${name} ${args.join(' ')}\n${stdout}${stderr}`);
  return { stdout, stderr };
}

/** Hands over a file with this content, which is gone afterwards. */
export function withFile(name: string, content: string, use: (file: string) => void): void {
  using directory = mkdtempDisposableSync('/tmp/ec2-operator-deploy-');
  const file = path.join(directory.path, name);
  writeFileSync(file, content);
  use(file);
}

/** @param file from the root of the repository */
export function readYaml(file: string): unknown {
  return parse(readFileSync(path.join(ROOT, file), 'utf8'));
}
