/** Metadata services and credentials agents, broken in every known way. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { describe, test } from 'node:test';
import type { Environment } from '../config/environment.ts';
import { checkCredentialSource } from './credential-source.ts';

const ROLES = 'GET /latest/meta-data/iam/security-credentials/';
const TOKEN = { 'PUT /latest/api/token': 'token' };

/** Answers by method and path: a text, or a status. All else is 404. */
type Answers = Readonly<Record<string, string | number>>;

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function ask(environment: Environment): Promise<string> {
  const [finding, ...others] = await checkCredentialSource(environment);
  assert.deepEqual(others, []);
  return finding === undefined
    ? ''
    : `${finding.check} ${finding.severity}: ${finding.evidence}; ${finding.change ?? ''}`;
}

async function serve(answers: Answers, environmentFor: (url: string) => Environment): Promise<string> {
  const shown: string[] = [];
  const server = createHttpServer(({ method, url, headers }, response) => {
    shown.push(String(headers['x-aws-ec2-metadata-token'] ?? headers.authorization ?? ''));
    const answer = answers[`${method} ${url}`] ?? 404;
    response.writeHead(typeof answer === 'number' ? answer : 200).end(typeof answer === 'number' ? 'no' : answer);
  });
  try {
    const told = await ask(environmentFor(`http://127.0.0.1:${await portOf(server)}`));
    return shown.at(-1) === 'token' ? told : `without token: ${told}`;
  } finally {
    server.close();
  }
}

describe('the metadata service', { concurrency: true }, () => {
  const metadata = (url: string) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: `${url}/` });
  const cases: readonly (readonly [what: string, answers: Answers, told: RegExp])[] = [
    [
      'is disabled',
      { 'PUT /latest/api/token': 403 },
      /error: the metadata service is disabled.*--http-endpoint enabled/,
    ],
    ['knows no role', TOKEN, /^credentials\.metadata error: this machine has no IAM role; attach/],
    [
      'has a role that EC2 may not assume',
      { ...TOKEN, [ROLES]: 'gpu\n', [`${ROLES}gpu`]: '{"Code":"AssumeRoleUnauthorizedAccess"}' },
      /error: the role gpu gives no credentials \(HTTP 200, AssumeRoleUnauthorizedAccess\); check that the role still exists and trusts/,
    ],
    [
      'gives something else',
      { ...TOKEN, [ROLES]: 'gpu', [`${ROLES}gpu`]: '<html>' },
      /no credentials \(HTTP 200, no code\)/,
    ],
    [
      'gives credentials',
      { ...TOKEN, [ROLES]: 'gpu', [`${ROLES}gpu`]: '{"Code":"Success","SecretAccessKey":"secret"}' },
      /^credentials\.metadata ok: the role gpu gives credentials; $/,
    ],
    [
      'of the first version gives credentials',
      { [ROLES]: 'gpu', [`${ROLES}gpu`]: '{"Code":"Success"}' },
      /^without token: credentials\.metadata ok/,
    ],
  ];
  for (const [what, answers, told] of cases) {
    test(what, async () => {
      assert.match(await serve(answers, metadata), told);
    });
  }

  test('that accepts the connection but does not answer is behind the hop limit', async () => {
    const server = createServer();
    const told = await ask(metadata(`http://127.0.0.1:${await portOf(server)}`));
    server.close();
    assert.match(told, /error: .*hop limit is too low; .*--http-put-response-hop-limit 2/);
  });

  test('that does not run cannot be reached', async () => {
    assert.match(await ask(metadata('http://127.0.0.1:9')), /error: .* cannot be reached \(ECONNREFUSED\)/);
  });
});

describe('the credentials agent', { concurrency: true }, () => {
  const agent = (url: string) => ({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'token',
  });

  test('gives credentials', async () => {
    assert.match(await serve({ 'GET /v1/credentials': '{}' }, agent), /^credentials\.agent ok/);
  });

  test('refuses, and the finding quotes its answer', async () => {
    assert.match(
      await serve({ 'GET /v1/credentials': 400 }, agent),
      /agent error: .* answers HTTP 400: no; EKS: check that/,
    );
  });

  test('does not run', async () => {
    assert.match(await ask(agent('http://127.0.0.1:9')), /agent error: .* cannot be reached \(ECONNREFUSED\)/);
  });

  test('wants a token whose file is missing', async () => {
    const file = { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/nowhere/token' };
    assert.match(await ask({ ...agent('http://127.0.0.1:9'), ...file }), /agent error: .*ENOENT/);
  });
});

test('other sources report their errors themselves', async () => {
  for (const environment of [{ AWS_PROFILE: 'x' }, { AWS_ACCESS_KEY_ID: 'x' }, { AWS_EC2_METADATA_DISABLED: 'true' }])
    assert.equal(await ask(environment), '');
});
