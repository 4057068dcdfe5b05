/** Tokens are made, used, replaced and revoked, and their texts are shown once. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { auditAnswerSchema } from '../../src/http/audit-schemas.ts';
import { newTokenAnswerSchema, tokensAnswerSchema } from '../../src/http/token-schemas.ts';
import { eventually } from '../support/eventually.ts';
import { json, problemIn, startOperator, temporaryDirectory, type Operator } from '../support/operator.ts';
import { runProcess, serveProcess } from '../support/process.ts';
import { as, bearer, configWith, secretOf } from '../support/tokens.ts';

const ROOT = { environment: { AUTH: '' }, config: configWith({ root: { scopes: ['admin'] } }) };

async function create(operator: Operator, rights: object): Promise<string> {
  const answer = await operator.request('/api/v1/tokens', withRoot(json(rights)));
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  return newTokenAnswerSchema.parse(JSON.parse(answer.text)).secret;
}

function withRoot(init: RequestInit): RequestInit {
  return { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), ...as('root') } };
}

/** Newest first. */
async function tokensOnRecord(operator: Operator, headers: Record<string, string>): Promise<(string | undefined)[][]> {
  const { text } = await operator.request('/api/v1/audit?event=token', { headers });
  return auditAnswerSchema.parse(JSON.parse(text)).entries.map((entry) => {
    assert.ok(entry.event === 'token', text);
    return [entry.who, entry.remote, entry.message];
  });
}

async function statusOf(operator: Operator, secret: string, route = '/metrics'): Promise<number> {
  return (await operator.request(route, { headers: bearer(secret) })).status;
}

describe('over HTTP', { concurrency: true }, () => {
  test('a token that is made opens at once what it may, and nothing once it is revoked', async () => {
    await using operator = await startOperator(ROOT);
    const secret = await create(operator, { name: 'prometheus', scopes: ['read'] });
    assert.match(secret, /^ec2op_[\w-]{32}$/);
    assert.equal(await statusOf(operator, secret), 200);
    assert.equal(await statusOf(operator, secret, '/api/v1/tokens'), 403);
    const revoke = await operator.request('/api/v1/tokens/prometheus/revoke', withRoot({ method: 'POST' }));
    assert.equal(revoke.status, 200, revoke.text);
    assert.equal(await statusOf(operator, secret), 401);
    const again = await create(operator, { name: 'prometheus', scopes: ['read'] });
    assert.notEqual(again, secret);
    assert.deepEqual([await statusOf(operator, again), await statusOf(operator, secret)], [200, 401]);
  });

  test('who made and revoked one is on record, without what opens a door', async () => {
    await using operator = await startOperator(ROOT);
    const secret = await create(operator, { name: 'ml', scopes: ['stop'], only: { team: 'ml' } });
    await operator.request('/api/v1/tokens/ml/revoke', withRoot({ method: 'POST' }));
    const told = await tokensOnRecord(operator, as('root'));
    const rights = 'the token ml for stop, on machines with "team"="ml" only, without an end';
    assert.deepEqual(told, [
      ['root', '127.0.0.1', `revoked ${rights}`],
      ['root', '127.0.0.1', `made ${rights}`],
    ]);
    assert.ok(!JSON.stringify(told).includes(secret));
  });

  test('nobody borrows the name of another with a token that is shared', async () => {
    const config = configWith({ robot: { scopes: ['read'] } });
    await using operator = await startOperator({ environment: { AUTH: '', AUTH_TOKEN: secretOf('all') }, config });
    const basic = (user: string) => ({ authorization: `Basic ${btoa(`${user}:${secretOf('all')}`)}` });
    const makes = async (user: string, name: string): Promise<void> => {
      const init = json({ name, scopes: ['read'] });
      const headers = { ...Object.fromEntries(new Headers(init.headers)), ...basic(user) };
      assert.equal((await operator.request('/api/v1/tokens', { ...init, headers })).status, 201);
    };
    const users = ['anna', 'stored', 'robot', 'grafana', 'stored'];
    for (const [index, user] of users.entries()) await makes(user, index === 1 ? 'stored' : `other-${index}`);
    const told = await tokensOnRecord(operator, basic('anna'));
    assert.deepEqual(
      told.toReversed().map(([who]) => who),
      ['anna', 'stored', 'AUTH_TOKEN', 'AUTH_TOKEN', 'AUTH_TOKEN'],
      'the name was free when it was first used',
    );
  });

  test('none is named as signed webhooks are', async () => {
    const hmac = { grafana_hmac: { secret: secretOf('grafana') } };
    await using signed = await startOperator({ ...ROOT, config: configWith({ root: { scopes: ['admin'] } }, hmac) });
    const answer = await signed.request('/api/v1/tokens', withRoot(json({ name: 'grafana', scopes: ['stop'] })));
    assert.match(problemIn(answer, 409), /another name than grafana/);
    await using unsigned = await startOperator(ROOT);
    await create(unsigned, { name: 'grafana', scopes: ['stop'] });
  });

  test('several are valid at once, and all are listed without their texts', async () => {
    await using operator = await startOperator(ROOT);
    const secrets = [
      await create(operator, { name: 'one', scopes: ['read'], only: { team: 'ml' } }),
      await create(operator, { name: 'two', scopes: ['read'], expiresAt: '2126-01-01' }),
    ];
    for (const secret of secrets) assert.equal(await statusOf(operator, secret), 200);
    await operator.request('/api/v1/tokens/one/revoke', withRoot({ method: 'POST' }));
    const { text } = await operator.request('/api/v1/tokens', withRoot({}));
    for (const secret of [...secrets, secretOf('root')]) assert.ok(!text.includes(secret));
    assert.ok(!/[\da-f]{64}/.test(text), 'nor their hashes');
    const { tokens } = tokensAnswerSchema.parse(JSON.parse(text));
    assert.deepEqual(
      tokens.map(({ name, source, only, expiresAt, revokedAt }) => [name, source, only, expiresAt, typeof revokedAt]),
      [
        ['root', 'configured', undefined, undefined, 'undefined'],
        ['one', 'stored', { team: 'ml' }, undefined, 'string'],
        ['two', 'stored', undefined, '2126-01-01T00:00:00.000Z', 'undefined'],
      ],
    );
  });

  test('one that is of no use is not made', async () => {
    await using operator = await startOperator(ROOT);
    await create(operator, { name: 'taken', scopes: ['read'] });
    const wrong: readonly (readonly [rights: unknown, status: number, detail: RegExp])[] = [
      [{ name: 'taken', scopes: ['read'] }, 409, /there is already a token taken/],
      [{ name: 'root', scopes: ['read'] }, 409, /a token of the configuration/],
      [{ name: 'a b', scopes: ['read'] }, 400, /^name: expected letters/],
      [{ name: 'a', scopes: [] }, 400, /^scopes: /],
      [{ name: 'a', scopes: ['fly'] }, 400, /^scopes\.0: /],
      [{ name: 'a', scopes: ['admin'], only: { team: 'ml' } }, 400, /no `only` with the scope admin/],
      [{ name: 'a', scopes: ['read'], only: {} }, 400, /^only: expected at least one tag/],
      [{ name: 'a', scopes: ['read'], expiresAt: '2026-01-01' }, 400, /a time in the future/],
      [{ name: 'a', scopes: ['read'], expiresAt: 'soon' }, 400, /^expiresAt: expected a date/],
      [{ name: 'a', scopes: ['read'], sha256: '0'.repeat(64) }, 400, /sha256/],
      ['nothing', 400, /^the body: /],
    ];
    for (const [rights, status, detail] of wrong) {
      const answer = await operator.request('/api/v1/tokens', withRoot(json(rights)));
      assert.match(problemIn(answer, status), detail);
    }
    const revoke = async (name: string): ReturnType<Operator['request']> =>
      operator.request(`/api/v1/tokens/${name}/revoke`, withRoot({ method: 'POST' }));
    problemIn(await revoke('nobody'), 404);
    assert.match(problemIn(await revoke('root'), 409), /remove it there/);
  });

  test('none is made while every route is open: it would still open the doors when they are closed', async () => {
    await using operator = await startOperator();
    const answer = await operator.request('/api/v1/tokens', json({ name: 'later', scopes: ['admin'] }));
    assert.match(problemIn(answer, 409), /unset AUTH/);
  });
});

describe('in a file', { concurrency: true }, () => {
  test('a token is replaced while the server runs, and gone with its file', async () => {
    await using stack = new AsyncDisposableStack();
    const file = path.join(await temporaryDirectory(stack), 'token');
    await writeFile(file, `${secretOf('first')}\n`);
    const tokens = [{ name: 'filed', scopes: ['read'], file }];
    await using operator = await startOperator({ environment: { AUTH: '' }, config: JSON.stringify({ tokens }) });
    // Asked with the one that goes: each try with one that is not known yet would be a failed login.
    const isGone = async (secret: string): Promise<true> =>
      eventually('it is gone', async () => ((await statusOf(operator, secret)) === 401 ? true : undefined));
    assert.equal(await statusOf(operator, secretOf('first')), 200);
    await writeFile(file, secretOf('second'));
    await isGone(secretOf('first'));
    assert.equal(await statusOf(operator, secretOf('second')), 200);
    await rm(file);
    await isGone(secretOf('second'));
  });

  test('AUTH_TOKEN_FILE opens every route, and none is generated', async () => {
    await using stack = new AsyncDisposableStack();
    const file = path.join(await temporaryDirectory(stack), 'token');
    await writeFile(file, secretOf('file'));
    await using operator = await startOperator({ environment: { AUTH: '', AUTH_TOKEN_FILE: file } });
    assert.equal(operator.generatedToken, undefined);
    assert.equal(await statusOf(operator, secretOf('file'), '/api/v1/tokens'), 200);
  });

  test('that is not there is told at the start', async () => {
    await assert.rejects(
      startOperator({ environment: { AUTH: '', AUTH_TOKEN_FILE: '/no/such/file' } }),
      /no\/such\/file/,
    );
  });
});

describe('on the command line', { concurrency: true }, () => {
  test('a token is made in the database while no server runs, and then none is generated', async () => {
    await using stack = new AsyncDisposableStack();
    const environment = { DATA_DIR: await temporaryDirectory(stack), AUTH: '' };
    const args = ['token', 'create', 'ops', '--scopes', 'read,admin', '--expires', '90d'];
    const { code, stdout, stderr } = await runProcess(args, environment);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ec2op_[\w-]{32}\n$/);
    assert.match(stderr, /This is ops, for read, admin, until 20/);
    const secret = stdout.trim();
    assert.ok(!stderr.includes(secret));
    await using operator = await startOperator({ environment });
    assert.equal(operator.generatedToken, undefined);
    assert.equal(await statusOf(operator, secret), 200);
    const [[who, remote] = []] = await tokensOnRecord(operator, bearer(secret));
    assert.deepEqual([who, remote], ['command line', undefined]);

    const busy = await runProcess(['token', 'list'], environment);
    assert.equal(busy.code, 1);
    assert.match(busy.stderr, /is in use by another process.*set EC2_OPERATOR_URL, and EC2_OPERATOR_TOKEN/s);

    const client = { EC2_OPERATOR_URL: operator.url, EC2_OPERATOR_TOKEN: secret };
    const made = await runProcess(['token', 'create', 'ml', '--scopes=stop', '--only=team=ml,stage=dev'], client);
    assert.equal(made.code, 0, made.stderr);
    const list = await runProcess(['token', 'list', '--table'], client);
    assert.match(list.stdout, /^ml +stop +team=ml,stage=dev +stored .*valid$/m);
    assert.match(list.stdout, /^ops +read,admin +stored .*valid until /m);
    assert.ok(!list.stdout.includes(secret));
    assert.match((await runProcess(['token', 'revoke', 'ml'], client)).stdout, /^revoked ml\nno open operation/);
    assert.equal(await statusOf(operator, made.stdout.trim()), 401);
    const weak = await runProcess(['token', 'list'], { ...client, EC2_OPERATOR_TOKEN: made.stdout.trim() });
    assert.notEqual(weak.code, 0);
  });

  test('none is named as signed webhooks are', async () => {
    await using stack = new AsyncDisposableStack();
    const directory = await temporaryDirectory(stack);
    const file = path.join(directory, 'config.yaml');
    await writeFile(file, configWith({}, { grafana_hmac: { secret: secretOf('grafana') } }));
    const args = ['token', 'create', 'grafana', '--scopes', 'stop'];
    const { code, stderr } = await runProcess(args, { DATA_DIR: directory, CONFIG_FILE: file });
    assert.equal(code, 1);
    assert.match(stderr, /another name than grafana/);
  });

  const wrong: readonly (readonly [args: readonly string[], stderr: RegExp])[] = [
    [['create', 'x'], /scopes: /],
    [['create', 'x', '--scopes', 'fly'], /scopes\.0: /],
    [['create', 'x', '--scopes', 'read', '--expires', '-1d'], /expires/],
    [['create', 'x', '--scopes', 'read', '--only', 'ml'], /expected tags such as team=ml/],
    [['create', '--scopes', 'read'], /expected "create NAME"/],
    [['list', '--scopes', 'read'], /--scopes with token create only/],
    [['list', '--cancel'], /--cancel with token revoke only/],
    [['list', 'x'], /expected "create NAME"/],
    [['burn', 'x'], /expected "create NAME"/],
  ];
  for (const [args, stderr] of wrong) {
    test(`token ${args.join(' ')} is explained`, async () => {
      const ended = await runProcess(['token', ...args], { DATA_DIR: '/no/such/directory' });
      assert.equal(ended.code, 2, ended.stderr);
      assert.match(ended.stderr, stderr);
    });
  }
});

test('no secret is in the log, nor in any answer', async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await temporaryDirectory(stack);
  const file = path.join(directory, 'config.yaml');
  const hmac = { secret: secretOf('grafana') };
  await writeFile(file, configWith({ root: { scopes: ['admin'] } }, { grafana_hmac: hmac }));
  const answers: string[] = [];
  let made: string;
  let lines: readonly string[];
  let stderr: string;
  {
    await using server = await serveProcess({
      DATA_DIR: directory,
      CONFIG_FILE: file,
      LOG_LEVEL: 'debug',
      AWS_REGION: 'eu-central-1',
      AUTH: '',
      AUTH_TOKEN: secretOf('everything'),
    });
    const ask = async (route: string, init: RequestInit = {}): Promise<string> => {
      const text = await (await fetch(server.url + route, init)).text();
      answers.push(text);
      return text;
    };
    const body = await ask('/api/v1/tokens', withRoot(json({ name: 'made', scopes: ['read'] })));
    answers.pop();
    made = newTokenAnswerSchema.parse(JSON.parse(body)).secret;
    for (const name of ['root', 'everything', 'guess', 'grafana']) {
      const headers = { ...as(name), cookie: `token=${secretOf('cookie')}` };
      for (const route of ['/metrics', '/api/v1/tokens', '/api/v1/operations', '/openapi.json'])
        await ask(route, { headers });
    }
    await ask('/metrics', { headers: { authorization: `Basic ${btoa(`anna:${secretOf('basic')}`)}` } });
    await ask('/metrics', { headers: bearer(made) });
    await ask('/operateHostname', {
      ...json({ alerts: [] }),
      headers: { ...as('guess'), 'content-type': 'application/json', 'x-grafana-alerting-signature': 'f'.repeat(64) },
    });
    await ask('/api/v1/tokens', withRoot(json({ name: 'x', scopes: ['read'], secret: secretOf('body') })));
    server.kill('SIGTERM');
    ({ stderr } = await server.exit);
    ({ lines } = server);
  }
  const told = [...lines, stderr, ...answers].join('\n');
  assert.match(told, /"remote":"127\.0\.0\.1".*"a token was made"/);
  assert.match(told, /"a request came with wrong credentials"/);
  for (const name of ['root', 'everything', 'guess', 'grafana', 'cookie', 'basic', 'body'])
    assert.ok(!told.includes(secretOf(name)), `the secret of ${name}`);
  assert.ok(!told.includes(made) && !told.includes('f'.repeat(64)));
  assert.ok(!/\b[\da-f]{64}\b/.test(told), 'no hash of a token either');
});
