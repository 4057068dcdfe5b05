/** The unit, as systemd reads it. */
import assert from 'node:assert/strict';
import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { configSchema } from '../../src/config/schema.ts';
import { execForm, only, readImage, ROOT } from './dockerfile.ts';
import { systemdAnalyze, withFile } from './run.ts';

const UNIT = 'ec2-operator.service';
/** Where the unit expects the repository, without the slash at its end that ROOT has. */
const INSTALLED = '/opt/ec2-operator';
/** Of systemd's points, which go up to 100: what is left is the network, and that V8 writes machine code. */
const EXPOSURE = 20;

const shipped = readFileSync(path.join(ROOT, 'deploy/systemd', UNIT), 'utf8');
const here = shipped.replaceAll(INSTALLED, path.resolve(ROOT));

describe(`deploy/systemd/${UNIT}`, () => {
  test('is what systemd takes, without a warning', (t) => {
    withFile(UNIT, here, (file) => {
      assert.equal(systemdAnalyze(t, 'verify', file), '');
    });
  });

  test('exposes little, in the opinion of systemd', (t) => {
    withFile(UNIT, here, (file) => {
      systemdAnalyze(t, 'security', '--no-pager', '--offline=true', `--threshold=${EXPOSURE}`, file);
    });
  });

  test('keeps what counts most', () => {
    const settings = ['DynamicUser', 'ProtectSystem', 'ProtectHome', 'NoNewPrivileges', 'CapabilityBoundingSet'];
    assert.deepEqual(
      settings.map((setting) => one(setting)),
      ['yes', 'strict', 'yes', 'yes', ''],
    );
  });

  test('runs the command that the image runs, by the Node of this repository', () => {
    const [node = '', ...words] = one('ExecStart').split(' ');
    const image = execForm(only(readImage(), 'ENTRYPOINT')).slice(1);
    assert.deepEqual(words, [...image.map((word) => word.replace(/^\/app\//, `${INSTALLED}/`)), 'serve']);
    accessSync(node.replace(INSTALLED, ROOT), constants.X_OK);
  });

  test('sets variables that the server knows, and the token by a credential of its own', () => {
    const pairs = one('Environment').split(' ');
    const set = new Map(pairs.map((pair): [string, string] => [pair.split('=')[0] ?? '', pair.replace(/^\w+=/, '')]));
    const known = Object.values(configSchema.shape).map((setting) => setting.meta()?.env);
    for (const name of set.keys()) assert.ok(['NODE_ENV', 'HOME'].includes(name) || known.includes(name), name);
    const [credential, source] = one('LoadCredential').split(':');
    assert.equal(set.get('AUTH_TOKEN_FILE'), `%d/${credential}`);
    assert.ok(shipped.includes(`> ${source}`), 'the head says how the file is made');
    assert.equal(set.get('DATA_DIR'), `%S/${one('StateDirectory')}`);
    assert.equal(set.get('HOME'), `%C/${one('CacheDirectory')}`);
  });

  test('leaves V8 what it needs', () => {
    assert.deepEqual(all('MemoryDenyWriteExecute'), []);
    // Without @resources in the first list or with it in the second, Node could not raise its limit of open files.
    assert.deepEqual(all('SystemCallFilter'), ['@system-service', '~@privileged']);
    assert.equal(one('SystemCallErrorNumber'), 'EPERM');
  });

  /** What a setting is set to, each time it is. */
  function all(setting: string): readonly string[] {
    const lines = shipped.split('\n').filter((line) => line.startsWith(`${setting}=`));
    return lines.map((line) => line.slice(setting.length + 1));
  }

  function one(setting: string): string {
    const [value, ...more] = all(setting);
    assert.ok(value !== undefined && more.length === 0, setting);
    return value;
  }
});
