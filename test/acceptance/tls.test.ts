/** The operator over TLS: with its own certificate, and with those of its senders. */
import assert from 'node:assert/strict';
import { rename, symlink, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { loadConfig } from '../../src/config/load.ts';
import { receiptsSchema } from '../../src/http/schemas.ts';
import { delivery, stopAlert } from '../support/alerts.ts';
import { createAuthority, createCertificate, type Authority, type Certificate } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { idOf } from '../support/fleet.ts';
import { startOperator, temporaryDirectory } from '../support/operator.ts';

const TOKEN = 'a-token-that-opens-everything';

const stack = new AsyncDisposableStack();
let directory: string;
let authority: Authority;
let server: Certificate;
let ca: string;
before(async () => {
  directory = await temporaryDirectory(stack);
  authority = await createAuthority(directory, 'authority');
  server = await createCertificate(directory, 'operator', authority);
  ca = readFileSync(authority.cert, 'utf8');
});
after(async () => stack.disposeAsync());

interface HttpsAnswer {
  readonly status: number | undefined;
  readonly text: string;
  /** Of the certificate that the server showed. */
  readonly subject: string;
}

async function ask(url: string, options: RequestOptions = {}, body = ''): Promise<HttpsAnswer> {
  const outgoing = request(url, { ca, agent: false, ...options });
  const answered = Promise.withResolvers<IncomingMessage>();
  outgoing.once('error', answered.reject);
  outgoing.once('response', answered.resolve);
  outgoing.end(body);
  const response = await answered.promise;
  const subject = String((response.socket as TLSSocket).getPeerCertificate().subject.CN);
  return { status: response.statusCode, text: await text(response), subject };
}

function tls(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { TLS_CERT: server.cert, TLS_KEY: server.key, ...more };
}

describe('over TLS', { concurrency: true }, () => {
  test('a webhook is acted on, and its token is still asked for', async () => {
    await using operator = await startOperator({ environment: { ...tls(), AUTH: '', AUTH_TOKEN: TOKEN } });
    assert.match(operator.url, /^https:\/\/127\.0\.0\.1:\d+$/);
    const body = JSON.stringify(delivery([stopAlert(1)]));
    const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
    assert.equal((await ask(`${operator.url}/operateHostname`, post, body)).status, 401);
    const headers = { ...post.headers, authorization: `Bearer ${TOKEN}` };
    const answer = await ask(`${operator.url}/operateHostname`, { ...post, headers }, body);
    assert.equal(answer.status, 200, answer.text);
    const [receipt] = receiptsSchema.parse(JSON.parse(answer.text)).receipts;
    const { text: read } = await ask(`${operator.url}/api/v1/operations/${receipt?.operation}?wait=60s`, { headers });
    assert.match(read, /"state":"succeeded"/);
    assert.equal(operator.changes(idOf(1)).length, 1);
  });

  test('plain HTTP gets no answer', async () => {
    await using operator = await startOperator({ environment: tls() });
    await assert.rejects(fetch(`${operator.url.replace('https', 'http')}/ping`));
  });

  test('a page that came over TLS from the operator itself is not another site', async () => {
    await using operator = await startOperator({ environment: tls() });
    const url = `${operator.url}/operateInstance?instance=${idOf(1)}&action=stop`;
    assert.equal((await ask(url, { headers: { origin: operator.url } })).status, 200);
    assert.equal((await ask(url, { headers: { origin: 'https://evil.example' } })).status, 403);
  });

  test('certificates that a link leads to are renewed while it runs, as Kubernetes does it', async () => {
    const renewed = await createCertificate(directory, 'renewed', authority);
    const [cert, key] = [path.join(directory, 'tls.crt'), path.join(directory, 'tls.key')];
    await symlink(server.cert, cert);
    await symlink(server.key, key);
    await using operator = await startOperator({ environment: { TLS_CERT: cert, TLS_KEY: key } });
    assert.equal((await ask(`${operator.url}/ping`)).subject, 'operator');
    for (const [link, target] of [
      [cert, renewed.cert],
      [key, renewed.key],
    ] as const) {
      await symlink(target, `${link}.new`);
      await rename(`${link}.new`, link);
    }
    await eventually('the new certificate', async () =>
      (await ask(`${operator.url}/ping`)).subject === 'renewed' ? true : undefined,
    );
  });
});

describe('with certificates of the senders', { concurrency: true }, () => {
  test('only those of the authority come in, and need a token as ever', async () => {
    const environment = { ...tls({ TLS_CLIENT_CA: authority.cert }), AUTH: '', AUTH_TOKEN: TOKEN };
    await using operator = await startOperator({ environment });
    const client = await createCertificate(directory, 'alertmanager', authority);
    const strange = await createCertificate(directory, 'strange', await createAuthority(directory, 'stranger'));
    const url = `${operator.url}/metrics`;
    const headers = { authorization: `Bearer ${TOKEN}` };
    assert.equal((await ask(url, { ...client.pem, headers })).status, 200);
    assert.equal((await ask(url, client.pem)).status, 401);
    await assert.rejects(ask(url, { headers }), 'no certificate');
    await assert.rejects(ask(url, { ...strange.pem, headers }), 'one of another authority');
    await assert.rejects(ask(`${operator.url}/ping`), 'probes too');
  });
});

describe('half a configuration is told', () => {
  const halves: readonly (readonly [environment: Record<string, string>, expected: RegExp])[] = [
    [{ TLS_CERT: 'x' }, /tls_key: expected the private key that belongs to tls_cert/],
    [{ TLS_KEY: 'x' }, /tls_cert: expected the certificate that belongs to tls_key/],
    [{ TLS_CLIENT_CA: 'x' }, /TLS_CLIENT_CA: expected tls_cert and tls_key with it/],
  ];
  for (const [environment, expected] of halves) {
    test(Object.keys(environment).join(), () => assert.throws(() => loadConfig(environment), expected));
  }

  for (const [name, content] of [
    ['nothing', ''],
    ['no certificate', '# our authorities\n'],
    ['half a certificate', '-----BEGIN CERTIFICATE-----\nMIIB'],
  ] as const) {
    test(`a file of authorities with ${name} in it: Node would let in whom the public web trusts, or nobody`, async () => {
      const file = path.join(directory, `${name}.pem`);
      await writeFile(file, content);
      const start = async (): Promise<void> => {
        await using _operator = await startOperator({ environment: tls({ TLS_CLIENT_CA: file }) });
      };
      await assert.rejects(start, /expected .+\.pem to .+ PEM/);
    });
  }

  test('a key that belongs to another certificate', async () => {
    const other = await createCertificate(directory, 'other', authority);
    await assert.rejects(startOperator({ environment: tls({ TLS_KEY: other.key }) }), (error: Error) => {
      assert.match(error.message, /a certificate and its private key/);
      assert.ok(!error.message.includes('PRIVATE KEY-'));
      return true;
    });
  });
});
