import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { Environment } from '../../src/config/environment.ts';
import type { Ec2Settings } from '../../src/ec2/accounts.ts';
import { meaningOf } from '../../src/ec2/error-table.ts';
import { tellError } from '../../src/ec2/remedies.ts';
import { EMPTY_HOME } from './ec2-adapters.ts';
import { ID, MAIN_KEY, OTHER_KEY, RESEARCH_ROLE } from './ec2-fleet.ts';
import { fails, here, inProcess, readsNoEndpoint, testOnce, type Run } from './ec2-run.ts';

const NO_KEYS = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };

/** Where credentials come from, and what both clients say when they do not come. */
export function credentialsContract(run: Run): void {
  describe('credentials', () => {
    test('that the agent gives for a token whose file ends in a line break', async () => {
      await using agent = await serveCredentials();
      await using site = open(run, {
        ...agent.environment,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: fileOf('sesame\n'),
      });
      const [found] = await site.client.describe(here, 'id', [ID.gpu]);
      assert.equal(found?.id, ID.gpu);
      assert.deepEqual(agent.shown, ['sesame']);
    });

    test('of an agent that is away for a moment are waited for', async () => {
      await using agent = await serveCredentials();
      await using site = open(run, agent.environment);
      agent.answer = (response) => void response.writeHead(500).end('not yet');
      const error = await fails(site.client.describe(here, 'id', [ID.gpu]), 'ClientCredentials');
      assert.deepEqual(meaningOf(error).outcome, { state: 'waiting', reason: 'credentials' });
      assert.match(error.message, /^the credentials agent gave no credentials; check that it runs/);
      agent.answer = undefined;
      assert.equal((await site.client.describe(here, 'id', [ID.gpu])).length, 1);
    });

    test('of an agent that takes the question and never answers', async () => {
      await using agent = await serveCredentials();
      await using site = open(run, agent.environment, { connectTimeoutMs: 1_000, requestTimeoutMs: 1_000 });
      agent.answer = () => undefined;
      const error = await fails(site.client.describe(here, 'id', [ID.gpu]), 'ClientCredentials');
      assert.match(error.message, /^the credentials agent gave no credentials/);
      agent.answer = undefined;
      assert.equal((await site.client.describe(here, 'id', [ID.gpu])).length, 1);
    });

    test('of an agent that is not there, or whose token file is not', async () => {
      const closed = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9/credentials' };
      for (const changes of [closed, { ...closed, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: `${EMPTY_HOME}/none` }]) {
        await using site = open(run, changes);
        const error = await fails(site.client.describe(here, 'id', [ID.gpu]), 'ClientCredentials');
        assert.match(error.message, /^the credentials agent gave no credentials/);
      }
    });

    for (const [what, setting] of [
      ['whose credential_process fails', 'credential_process = false'],
      ['whose source is not there', 'role_arn = arn:aws:iam::222222222222:role/x\nsource_profile = gone'],
    ] as const) {
      test(`of a profile ${what} are waited for: it may be mended`, async () => {
        const config = fileOf(`[profile broken]\n${setting}\n`);
        await using site = open(run, { AWS_CONFIG_FILE: config, AWS_PROFILE: 'broken' });
        const error = await fails(site.client.describe(here, 'id', [ID.gpu]), 'ClientCredentials');
        assert.match(error.message, /^the AWS profile gave no credentials; run/);
      });
    }

    test('that begin to belong to another account lead to none of its machines', async () => {
      // The SDK renews credentials five minutes before they expire: here for each call.
      await using agent = await serveCredentials(240_000);
      await using site = open(run, agent.environment);
      const look = async (): Promise<readonly string[]> => {
        const found = await site.client.describe(here, 'private', ['10.0.1.5']);
        return found.map(({ id }) => id);
      };
      assert.deepEqual(await look(), [ID.gpu]);
      agent.key = OTHER_KEY;
      const error = await fails(look(), 'ClientOtherAccount');
      assert.deepEqual(meaningOf(error).outcome, { state: 'waiting', reason: 'credentials' });
      assert.match(error.message, /^expected machines of account 111111111111, as before, got those of account 333333/);
      await fails(site.client.survey(here, { by: 'families', families: ['g'] }), 'ClientOtherAccount');
      agent.key = MAIN_KEY;
      assert.deepEqual(await look(), [ID.gpu]);
    });

    for (const [name, variables] of [
      ['by AWS_PROFILE', { AWS_PROFILE: 'ours' }],
      ['by AWS_PROFILE beside AWS_DEFAULT_PROFILE', { AWS_PROFILE: 'ours', AWS_DEFAULT_PROFILE: 'other' }],
      ['by AWS_DEFAULT_PROFILE', { AWS_DEFAULT_PROFILE: 'ours' }],
    ] as const) {
      test(`of a profile ${name} come before keys and a web identity of another account`, async () => {
        const config = fileOf(profiles('profile ours', 'profile other'));
        const others = { ...OTHER_KEYS, ...WEB_IDENTITY, AWS_ENDPOINT_URL: run.sandbox.url };
        await using site = open(run, { ...others, AWS_CONFIG_FILE: config, ...variables });
        const [found] = await site.client.describe(here, 'private', ['10.0.1.5']);
        assert.equal(found?.id, ID.gpu);
        const role = await site.client.describe({ region: 'us-east-1', account: 'research' }, 'private', ['10.0.1.5']);
        assert.deepEqual(
          role.map(({ id }) => id),
          [ID.research],
        );
      });
    }

    test('of the default profile come before a web identity of another account', async () => {
      const config = fileOf(profiles('default', 'profile other'));
      await using site = open(run, { ...WEB_IDENTITY, AWS_ENDPOINT_URL: run.sandbox.url, AWS_CONFIG_FILE: config });
      const [found] = await site.client.describe(here, 'private', ['10.0.1.5']);
      assert.equal(found?.id, ID.gpu);
    });

    test('of a profile that names none are not', async () => {
      const config = fileOf('[profile empty]\nregion = eu-central-1\n');
      for (const profile of ['empty', 'absent']) {
        await using site = open(run, { AWS_CONFIG_FILE: config, AWS_PROFILE: profile });
        const error = await fails(site.client.describe(here, 'id', [ID.gpu]), 'ClientMisconfigured');
        assert.match(error.message, /^the AWS profile does not exist, or names no credentials/);
      }
    });

    test('of the metadata service that gives none name the hop limit', async () => {
      await using site = open(run, {
        AWS_EC2_METADATA_DISABLED: 'false',
        AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9/',
      });
      const error = await fails(site.client.describe(here, 'id', [ID.gpu]), 'ClientCredentials');
      assert.match(error.message, /hop limit/);
    });

    for (const code of ['InvalidIdentityToken', 'IDPCommunicationError', 'ExpiredToken']) {
      test(`of STS, which says ${code} once`, { skip: readsNoEndpoint(run) }, async () => {
        await using site = open(run, {
          AWS_WEB_IDENTITY_TOKEN_FILE: fileOf('e30.e30.e30'),
          AWS_ROLE_ARN: 'arn:aws:iam::222222222222:role/teams/ec2-operator',
          // `aws` keeps what STS gives in a file, by the session's name.
          AWS_ROLE_SESSION_NAME: code,
          AWS_ENDPOINT_URL: run.sandbox.url,
        });
        const action = 'AssumeRoleWithWebIdentity';
        run.sandbox.faults.add({ kind: 'error', action, code, message: 'not now', status: 400 });
        const error = await fails(site.client.describe(here, 'id', [ID.gpu]), code);
        assert.deepEqual(meaningOf(error).outcome, { state: 'waiting', reason: 'credentials' });
        run.sandbox.faults.clear();
        assert.deepEqual(await site.client.describe({ region: 'eu-west-1' }, 'id', [ID.gpu]), []);
      });
    }

    testOnce(run, 'that are refused for the clock say so', async () => {
      run.sandbox.faults.add({ kind: 'skew', ms: 20 * 60_000 });
      const client = run.open();
      const error = await fails(client.describe(here, 'id', [ID.gpu]), 'AuthFailure');
      assert.match(tellError(error), /set the clock of this machine right/);
      assert.deepEqual(meaningOf(error).outcome, { state: 'waiting', reason: 'credentials' });
      // The SDK has read AWS's clock in that answer; `aws` never does. Neither stops a machine by a wrong clock.
      const isNative = run.adapter.kind === 'native';
      if (isNative) assert.equal((await client.describe(here, 'id', [ID.gpu])).length, 1);
      const stopped = client.act(here, 'stop', [ID.gpu], { dryRun: true });
      const refused = await fails(stopped, isNative ? 'ClientClock' : 'AuthFailure');
      assert.match(tellError(refused), /set the clock of this machine right/);
      assert.deepEqual(meaningOf(refused).outcome, { state: 'waiting', reason: 'credentials' });
      if (isNative) await client.act(here, 'start', [ID.gpu], { dryRun: true });
    });

    testOnce(run, 'of a region where STS is not activated', async () => {
      const message = 'STS is not activated in this region for account 210987654321.';
      run.sandbox.faults.add({
        kind: 'error',
        action: 'AssumeRole',
        code: 'RegionDisabledException',
        message,
        status: 403,
      });
      const client = run.open();
      const error = await fails(
        client.describe({ ...here, account: 'research' }, 'id', [ID.gpu]),
        'RegionDisabledException',
      );
      assert.deepEqual(meaningOf(error).outcome, { state: 'failed', reason: 'unauthorized' });
      assert.match(tellError(error), /activate STS in this region/);
    });
  });
}

/** Keys of an account with a machine at the same address. */
const OTHER_KEYS = { AWS_ACCESS_KEY_ID: OTHER_KEY, AWS_SECRET_ACCESS_KEY: 'example' };

const WEB_IDENTITY = {
  AWS_WEB_IDENTITY_TOKEN_FILE: fileOf('e30.e30.e30'),
  AWS_ROLE_ARN: RESEARCH_ROLE,
  AWS_ROLE_SESSION_NAME: 'other-account',
};

/** A configuration file in which the first profile has the keys of the machines' account, and the second has others. */
function profiles(ours: string, other: string): string {
  return [
    `[${ours}]\naws_access_key_id = ${MAIN_KEY}\naws_secret_access_key = example\n`,
    `[${other}]\naws_access_key_id = ${OTHER_KEYS.AWS_ACCESS_KEY_ID}\naws_secret_access_key = example\n`,
  ].join('');
}

function fileOf(text: string): string {
  const file = path.join(mkdtempSync(path.join(EMPTY_HOME, 'token-')), 'token');
  writeFileSync(file, text);
  return file;
}

/** A client without keys. */
function open(run: Run, changes: Environment, settings: Partial<Ec2Settings> = {}) {
  const client = run.open({ ...NO_KEYS, ...changes }, settings);
  return { client, ...inProcess(run, changes) };
}

/** A credentials agent as EKS and ECS have one. */
async function serveCredentials(lastMs = 3_600_000) {
  const shown: string[] = [];
  const agent: { answer: ((response: ServerResponse) => void) | undefined; key: string } = {
    answer: undefined,
    key: MAIN_KEY,
  };
  const server = createServer((request: IncomingMessage, response) => {
    if (agent.answer !== undefined) {
      agent.answer(response);
      return;
    }
    if (request.headers.authorization !== undefined) shown.push(request.headers.authorization);
    const keys = { AccessKeyId: agent.key, SecretAccessKey: 'example', Token: 'token' };
    const body = { ...keys, Expiration: new Date(Date.now() + lastMs).toISOString() };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return Object.assign(agent, {
    shown,
    environment: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${address.port}/credentials` },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      return Promise.resolve();
    },
  });
}
