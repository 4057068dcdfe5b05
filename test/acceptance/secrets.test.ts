/** Whatever goes well or wrong, no secret comes out: not in the log, nor in the record, the metrics, the errors or OpenAPI. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import * as z from 'zod';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { alert, delivery, stopAlert } from '../support/alerts.ts';
import { fleetOf, idOf, machines } from '../support/fleet.ts';
import { json, requestsTo, sandboxEnvironment, temporaryDirectory } from '../support/operator.ts';
import { runProcess, serveProcess } from '../support/process.ts';

/** Each of a kind of its own, so that a find says where it comes from. */
const SECRETS = {
  'the token of the environment': 'env-token-6f1c0d',
  'the token of a file': 'file-token-92ab47',
  "Grafana's secret": 'hmac-secret-0c55e1',
  "AWS's secret key": 'aws-secret-key-71fe20',
  "AWS's session token": 'aws-session-token-b7d3aa',
  'a password of the database': 'database-password-4d09c2',
  'a token that somebody tried': 'guessed-token-e83b16',
  'a password that somebody tried': 'guessed-password-5a77f0',
  'an encoded message of AWS': 'encoded-failure-message-cc12de',
} as const;

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const basic = (user: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

function assertNone(where: string, text: string, secrets: Readonly<Record<string, string>>): void {
  for (const [what, secret] of Object.entries(secrets)) {
    for (const form of [secret, Buffer.from(secret).toString('base64'), encodeURIComponent(secret)])
      assert.ok(!text.includes(form), `${what} in ${where}`);
  }
}

async function serve(stack: AsyncDisposableStack, sandbox: Sandbox) {
  const directory = await temporaryDirectory(stack);
  const [config, tokenFile] = [path.join(directory, 'config.yaml'), path.join(directory, 'token')];
  await writeFile(tokenFile, SECRETS['the token of a file']);
  await writeFile(
    config,
    JSON.stringify({
      tokens: [{ name: 'reader', scopes: ['read'], file: tokenFile }],
      grafana_hmac: { secret: SECRETS["Grafana's secret"] },
    }),
  );
  const dataDir = path.join(directory, 'data');
  const server = stack.use(
    await serveProcess({
      ...sandboxEnvironment(sandbox),
      AWS_SECRET_ACCESS_KEY: SECRETS["AWS's secret key"],
      AWS_SESSION_TOKEN: SECRETS["AWS's session token"],
      AUTH: 'token',
      AUTH_TOKEN: SECRETS['the token of the environment'],
      CONFIG_FILE: config,
      DATA_DIR: dataDir,
      LOG_LEVEL: 'debug',
    }),
  );
  return { server, dataDir };
}

/** One of everything, and one of everything that can go wrong. @returns what was answered */
async function doAll(url: string, sandbox: Sandbox): Promise<readonly string[]> {
  const answers: string[] = [];
  const { request } = requestsTo(url);
  const ask = async (pathAndQuery: string, init: RequestInit = {}): Promise<string> => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization') && !headers.has('x-grafana-alerting-signature'))
      headers.set('authorization', `Bearer ${SECRETS['the token of the environment']}`);
    const answer = await request(pathAndQuery, { ...init, headers });
    const text = [answer.status, ...answer.headers, answer.text].join('\n');
    answers.push(text);
    return answer.text;
  };
  const group = delivery([
    stopAlert(1),
    stopAlert(2, { status: 'resolved' }),
    alert({ hostname: '*' }),
    alert({ hostname: '10.0.0.99', client: 'cli' }),
  ]);
  const stop = `/operateInstance?action=stop&client=native&dryrun=false&wait=20s&instance=`;

  await ask('/operateHostname', json(group));
  await ask('/operateHostname', json(group));
  await ask('/operateHostname', json({ nonsense: true }));
  await ask('/operateHostname', { ...json(0), body: '{"alerts": [' });
  await ask('/operateHostname', json(delivery([alert({ hostname: '*' })])));
  for (const wrong of [
    bearer(SECRETS['a token that somebody tried']),
    basic('alertmanager', SECRETS['a password that somebody tried']),
    { authorization: SECRETS['a token that somebody tried'] },
  ])
    for (const to of ['/operateHostname', '/metrics', `${stop}${idOf(1)}`]) await ask(to, { headers: wrong });
  for (const secret of [SECRETS["Grafana's secret"], SECRETS['a password that somebody tried']]) {
    const body = JSON.stringify(delivery([stopAlert(3)]));
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-grafana-alerting-signature': signature };
    await ask('/operateHostname', { method: 'POST', headers, body });
  }
  await ask(`${stop}${idOf(4)}`, { headers: bearer(SECRETS['the token of a file']) });
  await ask(`${stop}${idOf(4)}`);
  await ask(`${stop}nonsense`);
  await ask(`${stop}${idOf(99)}`);
  for (const [number, code, message] of [
    [
      5,
      'UnauthorizedOperation',
      `You are not authorized. Encoded authorization failure message: ${SECRETS['an encoded message of AWS']}`,
    ],
    [6, 'AuthFailure', 'AWS was not able to validate the provided access credentials'],
    [7, 'SomethingNew', 'nobody knows'],
  ] as const) {
    sandbox.faults.add({ kind: 'error', action: 'StopInstances', code, message, status: 400 });
    await ask(`${stop}${idOf(number)}`);
    sandbox.faults.clear();
  }
  const [operation] = operationsSchema.parse(JSON.parse(await ask('/api/v1/operations'))).operations;
  await ask(`/api/v1/operations/${operation?.id}`);
  await ask(`/api/v1/operations/${operation?.id}/cancel`, { method: 'POST' });
  for (const to of ['/api/v1/audit?limit=1000', '/api/v1/audit?limit=x', '/metrics', '/openapi.json', '/api/v1/tokens'])
    await ask(to);
  await ask('/api/v1/audit?limit=1000', { headers: bearer(SECRETS['the token of a file']) });
  return answers;
}

const operationsSchema = z.object({ operations: z.array(z.object({ id: z.string() })) });
const madeSchema = z.object({ secret: z.string().min(16) });

test('no answer, no log line and no file of the database holds a secret', async () => {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(await startSandbox({ fleet: fleetOf(machines(8)), timings: { startMs: 50, stopMs: 50 } }));
  const { server, dataDir } = await serve(stack, sandbox);
  const { request } = requestsTo(server.url, bearer(SECRETS['the token of the environment']));
  // This one answer is what the secret is for.
  const made = await request('/api/v1/tokens', json({ name: 'made', scopes: ['read'] }));
  assert.equal(made.status, 201, made.text);
  const secrets = { ...SECRETS, 'a token that was made': madeSchema.parse(JSON.parse(made.text)).secret };

  const answers = await doAll(server.url, sandbox);
  server.kill('SIGTERM');
  const { code, stderr } = await server.exit;
  assert.equal(code, 0);

  const seen = answers.join('\n');
  for (const proof of [
    'state_reached',
    'unauthorized',
    'invalid_target',
    'Unauthorized',
    '"event":"delivery"',
    'ec2_operator_',
  ])
    assert.ok(seen.includes(proof), `expected ${proof} among the answers, or this test looks at nothing`);
  assert.ok(server.lines.length > 20);
  assert.ok(server.lines.some((line) => line.includes('wrong credentials')));
  assertNone('an answer', seen, secrets);
  assertNone('the log', [...server.lines, stderr].join('\n'), secrets);
  for (const file of await readdir(dataDir))
    assertNone(`the database (${file})`, await readFile(path.join(dataDir, file), 'latin1'), secrets);
});

test('a database that cannot be reached, or a URL that cannot be read, does not bring its password out', async () => {
  const password = SECRETS['a password of the database'];
  for (const url of [`postgres://operator:${password}@127.0.0.1:1/none`, `postgres://operator:${password}@[/none`]) {
    const { code, stdout, stderr } = await runProcess(['serve'], { DATABASE_URL: url, HOST: '127.0.0.1', PORT: '0' });
    assert.equal(code, 1);
    assert.match(stderr, /DATABASE_URL/);
    assertNone('what it says', stdout + stderr, SECRETS);
  }
});
