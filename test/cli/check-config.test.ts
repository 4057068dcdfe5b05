/** `check-config`: what `serve` would find wrong, before it is rolled out. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { PROGRAM } from './person.ts';

function run(words: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'check-config', ...words], {
    input,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  return { status, stdout, stderr };
}

test('a file can come through standard input', () => {
  assert.deepEqual(run(['-'], 'port: 1'), { status: 0, stdout: 'standard input: no problems\n', stderr: '' });
  const { status, stderr } = run(['-'], 'regions: [eu-west-1]\nport: x');
  assert.equal(status, 1);
  assert.match(stderr, /port: expected a whole number from 0 to 65535, got "x" \(line 2, column 7\)/);
});

test('it notes on which machines alerts act', () => {
  const noted = (only: string) => run(['-'], `live: { only: ${only} }`).stdout;
  assert.match(noted('{}'), /\(live\.only names no tag: alerts act on all machines\)/);
  assert.match(
    noted('{ stage: dev }'),
    /\(alerts act only on machines with "stage"="dev", and are dry runs on all others\)/,
  );
});

test('the files that it names are read as the server reads them, unless they are elsewhere', () => {
  using directory = mkdtempDisposableSync('/tmp/ec2-operator-check-');
  const at = (name: string): string => path.join(directory.path, name);
  writeFileSync(at('empty'), '\n');
  writeFileSync(at('short'), 'secret');
  writeFileSync(at('good'), 'a-token-of-more-than-sixteen-characters\n');
  const config = JSON.stringify({
    auth_token_file: at('short'),
    tokens: [
      { name: 'a', scopes: ['stop'], file: at('good') },
      { name: 'b', scopes: ['stop'], file: at('missing') },
    ],
    grafana_hmac: { secret_file: at('empty') },
    tls_cert: at('good'),
    tls_key: at('empty'),
    alertmanager: { url: 'http://alertmanager:9093', token_file: at('empty') },
    prometheus: { url: 'http://prometheus:9090', token_file: at('missing') },
    data_dir: at('good/data'),
  });
  const { status, stderr } = run(['-'], config);
  assert.equal(status, 1);
  for (const problem of [
    /^ {2}auth_token_file: expected a secret of 16 characters or more in \S+short, got 6$/m,
    /^ {2}tokens, 2nd entry, file: cannot read \S+missing \(ENOENT\): expected a file with a secret/m,
    /^ {2}grafana_hmac\.secret_file: expected a secret of 16 characters or more in \S+empty, got 0$/m,
    /^ {2}tls_cert: expected \S+empty to be in PEM, got an empty file$/m,
    /^ {2}alertmanager\.token_file: expected something in \S+empty, got an empty file$/m,
    /^ {2}prometheus\.token_file: expected a file at \S+missing that can be read, got ENOENT$/m,
    /^ {2}data_dir: expected a directory, got a file at \S+good$/m,
  ])
    assert.match(stderr, problem);
  assert.match(stderr, /has 7 problems/);
  assert.equal(run(['--without-files', '-'], config).status, 0);
});

test('a token file of two lines is refused, because no request could show it', () => {
  using directory = mkdtempDisposableSync('/tmp/ec2-operator-check-');
  const file = path.join(directory.path, 'two');
  writeFileSync(file, 'first-token\nsecond-token\n');
  const { status, stderr } = run(['-'], `prometheus: { url: 'http://prometheus:9090', token_file: ${file} }`);
  assert.equal(status, 1);
  assert.match(stderr, /^ {2}prometheus\.token_file: expected one line of ASCII in the token file \S+two$/m);
  assert.doesNotMatch(stderr, /first-token/);
});

test('serve does not start with a token for Alertmanager or Prometheus that it cannot read', () => {
  using directory = mkdtempDisposableSync('/tmp/ec2-operator-check-');
  const file = path.join(directory.path, 'config.yaml');
  for (const api of ['alertmanager', 'prometheus']) {
    writeFileSync(file, `${api}: { url: 'http://localhost:9', token_file: ${file}.missing }`);
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'serve'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], CONFIG_FILE: file, DATA_DIR: directory.path, PORT: '0', AUTH: 'none' },
      timeout: 60_000,
    });
    assert.equal(status, 1, stderr);
    assert.match(
      stderr,
      new RegExp(`^ {2}${api}\\.token_file: expected a file at .*missing that can be read, got ENOENT$`, 'm'),
    );
  }
});

test('windows that leave no time to some machines are no mistake, and it says so', () => {
  const { status, stdout } = run(
    ['-'],
    "guards: { windows: [{ forbid: '00:00-12:00', verbs: [stop] }, { allow: '06:00-12:00', verbs: [stop], only: { team: ml } }] }",
  );
  assert.equal(status, 0);
  assert.match(
    stdout,
    /\(every stop of machines with "team"="ml" is refused: the windows leave no time\): no problems/,
  );
});

test('a certificate authority of the database is looked for, too', () => {
  const { stderr } = run(['-'], 'database_url: postgres://u@db/x?sslmode=verify-full&sslrootcert=/nowhere/ca.pem');
  assert.match(stderr, /database_url: expected a file at \/nowhere\/ca\.pem that can be read, got ENOENT/);
});

test('the schema for editors is the one in the reference', () => {
  const { status, stdout } = run(['--schema']);
  assert.equal(status, 0);
  const file = new URL('../../docs/reference/configuration.schema.json', import.meta.url);
  assert.equal(stdout, readFileSync(file, 'utf8'));
});

test('a variable is named when it is what is wrong, with what was expected and what came', () => {
  const { stderr, status } = spawnSync(process.execPath, [PROGRAM], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], PORT: 'abc', LOG_LEVEL: 'inof', AUTH: 'hunter2' },
  });
  assert.equal(status, 1);
  assert.match(stderr, /^ {2}PORT: expected a whole number from 0 to 65535, got "abc"$/m);
  assert.match(
    stderr,
    /^ {2}LOG_LEVEL: expected debug, info, warn, error or silent, got "inof"\. Did you mean info\?$/m,
  );
  assert.match(stderr, /^ {2}AUTH: expected token or none$/m);
});

test('channels: each mistake is told with the setting that is wrong', () => {
  const { status, stderr } = run(
    ['-'],
    JSON.stringify({
      channels: [
        { name: 'bus', webhook: { url: 'https://bus.example.com' } },
        { name: 'chat', webhok: { url: 'https://chat.example.com' } },
        { name: 'none', tell: ['failed'] },
        { name: 'odd', webhook: { url: 'https://odd.example.com' }, tell: ['warnings'], only: {} },
      ],
    }),
  );
  assert.equal(status, 1);
  for (const problem of [
    /^ {2}channels, 2nd entry, webhok: unknown setting\. Did you mean webhook\? \(line 1/m,
    /^ {2}channels, 3rd entry: expected exactly one of .*webhook.* \(line 1/m,
    /^ {2}channels, 4th entry, tell, 1st entry: expected .*got "warnings"\. Did you mean warning\? \(line 1/m,
    /^ {2}channels, 4th entry, only: expected at least one tag/m,
  ])
    assert.match(stderr, problem);
  assert.match(stderr, /has 4 problems/);
  const bus = "{ name: bus, webhook: { url: 'https://bus.example.com' } }";
  assert.match(
    run(['-'], `channels: [${bus}, ${bus}]`).stderr,
    /^ {2}channels, 2nd entry: expected each entry once, got "bus" again \(line 1/m,
  );
});

test('who is told after whom, and how owners are reached, has to be configured', () => {
  const channels = "channels: [{ name: ops, webhook: { url: 'https://ops.example.com' } }]";
  const { status, stderr } = run(['-'], `${channels}\nescalate: [{ undelivered: 5m, to: opss }]`);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^ {2}escalate, 1st entry, to: expected the name of a channel, got "opss"\. Did you mean ops\?/m,
  );
  assert.equal(run(['-'], `${channels}\nescalate: [{ undelivered: 5m, to: ops }]`).status, 0);
});

test('channels without links are no mistake, and it says so', () => {
  const channels = "channels: [{ name: ops, webhook: { url: 'https://ops.example.com' } }]";
  assert.match(
    run(['-'], channels).stdout,
    /have no links, because public_url is not set: set public_url \(PUBLIC_URL\)/,
  );
  assert.match(run(['-'], `${channels}\npublic_url: http://localhost:8080`).stdout, /lead to http:\/\/localhost:8080/);
  const good = run(['-'], `${channels}\npublic_url: https://tools.example.com/ec2/`);
  assert.equal(good.stdout, 'standard input: no problems\n');
});
