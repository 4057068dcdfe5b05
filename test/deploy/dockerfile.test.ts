import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempDisposableSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { findTool } from '../support/tools.ts';
import {
  all,
  copiedFromContext,
  execForm,
  healthCheck,
  isIgnored,
  only,
  readImage,
  readStages,
  ROOT,
  variables,
} from './dockerfile.ts';

const manifest = z
  .object({ version: z.string(), license: z.string(), dependencies: z.object({ node: z.string() }) })
  .parse(JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')));

describe('deploy/Dockerfile', () => {
  const stages = readStages();
  const image = readImage();

  test('builds every stage on one exact version of Node, the one that package.json pins', () => {
    const [base, ...others] = stages;
    assert.equal(base.from, `node:${manifest.dependencies.node}-bookworm-slim AS base`);
    for (const { from } of others) assert.match(from, /^base(?: AS [\w-]+)?$/);
    assert.match(labels()['org.opencontainers.image.base.name'] ?? '', new RegExp(`/${base.from.split(' ')[0]}$`));
  });

  test('runs as a numbered user that is not root, and lets signals reach the server', () => {
    assert.match(only(image, 'USER'), /^[1-9]\d*:[1-9]\d*$/);
    assert.deepEqual(execForm(only(image, 'ENTRYPOINT')), [
      'node',
      '--max-semi-space-size=4',
      '/app/bin/ec2-operator.mjs',
    ]);
    assert.equal(only(image, 'WORKDIR'), '/app');
    assert.deepEqual(all(image, 'CMD'), [], 'what follows the image in `docker run` is the command');
  });

  test('writes to a volume and /tmp only', () => {
    const { DATA_DIR, HOME, NODE_ENV } = variables(image);
    assert.deepEqual([DATA_DIR, HOME, NODE_ENV], ['/data', '/tmp', 'production']);
    assert.deepEqual(execForm(only(image, 'VOLUME')), [DATA_DIR]);
    const [user, group] = only(image, 'USER').split(':');
    const owned = all(image, 'RUN').find((run) => run.endsWith(` ${DATA_DIR}`));
    assert.match(owned ?? '', new RegExp(`--owner=${user} --group=${group}`));
  });

  test('serves the port that the server listens on by default, and checks it without curl', () => {
    assert.equal(only(image, 'EXPOSE'), '8080');
    assert.equal(healthCheck(image)[0], 'node');
  });

  test('sets nothing that the configuration file may want to set', () => {
    assert.deepEqual(Object.keys(variables(image)).sort(), ['DATA_DIR', 'HOME', 'NODE_ENV']);
  });

  test('says what it is', () => {
    assert.equal(labels()['org.opencontainers.image.licenses'], manifest.license);
    assert.ok(all(image, 'ARG').includes(`VERSION=${manifest.version}`), 'the version is that of package.json');
  });

  test('installs what package-lock.json says for production, and runs no install scripts', () => {
    const installs = stages.flatMap((stage) => all(stage, 'RUN')).filter((run) => run.includes('npm '));
    assert.deepEqual(installs, ['npm ci --omit=dev --ignore-scripts']);
  });

  test('installs an AWS CLI whose version is named and whose signature is checked before it runs', () => {
    const stage = stages.find(({ from }) => from === 'base AS aws-cli');
    assert.ok(stage);
    const version = all(stage, 'ARG').find((text) => text.startsWith('AWS_CLI_VERSION='));
    const [major = 0, minor = 0, patch] = version?.split('=')[1]?.split('.').map(Number) ?? [];
    assert.ok(major === 2 && minor >= 34 && Number.isInteger(patch), `expected 2.34 or newer, got ${version}`);
    const steps = (all(stage, 'RUN').at(-1) ?? '').split(' && ');
    const order = [
      'gpg --batch --quiet --import',
      'gpg --batch --status-fd',
      'grep --quiet "^\\[GNUPG',
      'unzip',
      './aws',
    ];
    const found = order.map((start) => steps.findIndex((step) => step.startsWith(start)));
    assert.ok(found.every((at) => at >= 0));
    assert.deepEqual(
      found,
      found.toSorted((a, b) => a - b),
    );
  });

  test('trusts the key of AWS and no other', (t) => {
    const gpg = findTool('gpg', 'gpg');
    if ('skip' in gpg) {
      t.skip(gpg.skip);
      return;
    }
    using home = mkdtempDisposableSync('/tmp/ec2-operator-gpg-');
    const key = path.join(ROOT, 'deploy/aws-cli-public-key.asc');
    const args = ['--batch', '--homedir', home.path, '--with-colons', '--show-keys', key];
    const shown = execFileSync(gpg.path, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const records = shown.split('\n').map((line) => line.split(':'));
    const fingerprints = records.filter(([kind]) => kind === 'fpr').map((fields) => fields[9]);
    const wanted = stages.flatMap((stage) => all(stage, 'ARG')).find((text) => text.startsWith('AWS_CLI_KEY='));
    assert.deepEqual(fingerprints, [wanted?.split('=')[1]]);
  });

  function labels(): Readonly<Record<string, string>> {
    const pairs = all(image, 'LABEL')
      .join(' ')
      .matchAll(/([\w.]+)="([^"]*)"/g);
    return Object.fromEntries([...pairs].map(([, name = '', value = '']) => [name, value]));
  }
});

describe('.dockerignore', () => {
  test('lets everything in that is copied', () => {
    const copied = readStages().flatMap((stage) => copiedFromContext(stage));
    assert.ok(copied.includes('src'));
    for (const file of [...copied, 'bin/ec2-operator.mjs', 'src/main.ts', 'src/sandbox/default-fleet.yaml']) {
      assert.ok(existsSync(path.join(ROOT, file)), `${file} is copied, and is there`);
      assert.equal(isIgnored(file), false, file);
    }
  });

  test('keeps data, secrets, tests and what belongs to this machine out', () => {
    const files = [
      '.env',
      'data/operations.db',
      'node_modules/hono/package.json',
      '.git/config',
      'test/support/tools.ts',
    ];
    for (const file of [
      ...files,
      'src/domain/intent.test.ts',
      'deploy/Dockerfile',
      'deploy/kubernetes/base/config.yaml',
    ])
      assert.equal(isIgnored(file), true, file);
  });
});
