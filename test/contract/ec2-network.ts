import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import { createAuthority, createCertificate } from '../support/certificates.ts';
import { EMPTY_HOME } from './ec2-adapters.ts';
import { ID, MAIN_KEY, RESEARCH_ROLE } from './ec2-fleet.ts';
import { fails, here, inProcess, readsNoEndpoint, testOnce, type Run } from './ec2-run.ts';

/** Proxies, private authorities and endpoints, as the variables and the configuration say. */
export function networkContract(run: Run): void {
  describe('the network', () => {
    test('a proxy carries EC2 and STS, with the authorities of AWS_CA_BUNDLE', async () => {
      await using site = await build(run);
      const client = run.open({ HTTPS_PROXY: site.proxy, AWS_CA_BUNDLE: site.bundle }, {}, site.url);
      assert.equal((await client.describe(here, 'id', [ID.gpu])).length, 1);
      const other = { account: 'research', region: 'us-east-1' };
      assert.equal((await client.describe(other, 'id', [ID.research])).length, 1);
      assert.ok(site.carried.length >= 2);
      assert.deepEqual(new Set(site.carried), new Set([new URL(site.url).host]));
    });

    for (const exception of ['127.0.0.0/8', '127.0.0.1', '*']) {
      test(`a proxy is passed by for NO_PROXY=${exception}`, async () => {
        await using site = await build(run);
        const changes = { https_proxy: site.proxy, no_proxy: exception, AWS_CA_BUNDLE: site.bundle };
        assert.equal((await run.open(changes, {}, site.url).describe(here, 'id', [ID.gpu])).length, 1);
        assert.deepEqual(site.carried, []);
      });
    }

    test('the authorities of the profile count, where the variable names none', async () => {
      await using site = await build(run);
      const config = path.join(site.directory, 'config');
      const keys = `aws_access_key_id = ${MAIN_KEY}\naws_secret_access_key = example\n`;
      writeFileSync(config, `[profile private]\nca_bundle = ${site.bundle}\n${keys}`);
      const changes = { AWS_CONFIG_FILE: config, AWS_PROFILE: 'private' };
      await using _ = inProcess(run, changes);
      assert.equal((await run.open(changes, {}, site.url).describe(here, 'id', [ID.gpu])).length, 1);
    });

    test('STS, too, is asked by the proxy and with these authorities', { skip: readsNoEndpoint(run) }, async () => {
      await using site = await build(run);
      const changes = {
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        HTTPS_PROXY: site.proxy,
        AWS_CA_BUNDLE: site.bundle,
        AWS_WEB_IDENTITY_TOKEN_FILE: path.join(site.directory, 'token'),
        AWS_ROLE_ARN: 'arn:aws:iam::222222222222:role/teams/ec2-operator',
        AWS_ENDPOINT_URL: site.url,
      };
      writeFileSync(changes.AWS_WEB_IDENTITY_TOKEN_FILE, 'e30.e30.e30');
      await using _ = inProcess(run, changes);
      const calls = run.sandbox.calls.length;
      assert.deepEqual(await run.open(changes, {}, site.url).describe({ region: 'eu-west-1' }, 'id', [ID.gpu]), []);
      const actions = run.sandbox.calls.slice(calls).map(({ action }) => action);
      assert.deepEqual(actions, ['AssumeRoleWithWebIdentity', 'DescribeInstances', 'GetCallerIdentity']);
      assert.ok(site.carried.length > 0);
    });

    test('an authority that is not trusted is named as such', async () => {
      await using site = await build(run);
      const error = await fails(run.open({}, {}, site.url).describe(here, 'id', [ID.gpu]), 'ClientConnection');
      assert.match(error.message, /certificate|SSL/i);
      await fails(
        run.open({ AWS_CA_BUNDLE: `${EMPTY_HOME}/nothing.pem` }, {}, site.url).describe(here, 'id', [ID.gpu]),
        run.adapter.kind === 'native' ? 'ClientMisconfigured' : 'ClientConnection',
      );
    });

    testOnce(
      run,
      'an endpoint is that of the account, then of the region, then the one of the environment',
      async () => {
        const gone = 'http://127.0.0.1:9';
        const { url } = run.sandbox;
        const sts = { AWS_ENDPOINT_URL_STS: url };
        const ofRegion = run.open(sts, { endpoints: { 'eu-central-1': url } }, gone);
        assert.equal((await ofRegion.describe(here, 'id', [ID.gpu])).length, 1);
        await fails(ofRegion.describe({ region: 'us-east-1' }, 'id', [ID.gpu]), 'ClientConnection');
        const research = { name: 'research', roleArn: RESEARCH_ROLE, externalId: 'file:///etc/passwd', endpoint: url };
        const ofAccount = run.open(sts, { accounts: [research], endpoints: { 'us-east-1': gone } }, gone);
        const place = { account: 'research', region: 'us-east-1' };
        assert.equal((await ofAccount.describe(place, 'id', [ID.research])).length, 1);
      },
    );

    if (run.adapter.kind === 'native') return;
    test('aws trusts the authorities of NODE_EXTRA_CA_CERTS', async () => {
      await using site = await build(run);
      const client = run.open({ NODE_EXTRA_CA_CERTS: site.bundle }, {}, site.url);
      assert.equal((await client.describe(here, 'id', [ID.gpu])).length, 1);
    });
  });
}

/** The sandbox behind TLS of a private authority, and a proxy that tells where it has been asked to go. */
async function build(run: Run) {
  const directory = await mkdtemp(path.join(EMPTY_HOME, 'tls-'));
  const authority = await createAuthority(directory, 'authority');
  const { pem } = await createCertificate(directory, 'endpoint', authority);
  const front = createTlsServer(pem, (incoming, outgoing) => {
    const { method = 'POST', headers } = incoming;
    const forwarded = httpRequest(run.sandbox.url, { method, headers, path: incoming.url ?? '/' }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  const carried: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createHttpServer().on('connect', ({ url = '' }, near: Socket) => {
    carried.push(url);
    const far = connect(Number(new URL(`http://${url}`).port), '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    for (const socket of [near, far]) sockets.add(socket.on('error', () => socket.destroy()));
  });
  const [frontPort, proxyPort] = await Promise.all([portOf(front), portOf(proxy)]);
  return {
    url: `https://127.0.0.1:${frontPort}`,
    proxy: `http://127.0.0.1:${proxyPort}`,
    bundle: authority.cert,
    directory,
    carried,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      for (const server of [front, proxy]) {
        server.closeAllConnections();
        server.close();
      }
      return Promise.resolve();
    },
  };
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
