import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile, rename } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  createAuthority,
  createCertificate,
  type Authority,
  type Certificate,
} from '../../test/support/certificates.ts';
import { eventually } from '../../test/support/eventually.ts';
import { admitting, ask, open, serve } from '../../test/support/socket.ts';
import type { Listening } from './listen.ts';

const GET = 'GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

let directory: string;
let authority: Authority;
let first: Certificate;
let second: Certificate;
let ca: string;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-tls-'));
  authority = await createAuthority(directory, 'authority');
  first = await createCertificate(directory, 'first', authority);
  second = await createCertificate(directory, 'second', authority);
  ca = await readFile(authority.cert, 'utf8');
});
after(async () => rm(directory, { recursive: true }));

async function get({ address }: Listening, options: RequestOptions = {}): Promise<{ body: string; subject: string }> {
  const outgoing = httpsRequest({ host: '127.0.0.1', port: address.port, path: '/ping', ca, agent: false, ...options });
  const answered = Promise.withResolvers<IncomingMessage>();
  outgoing.once('error', answered.reject);
  outgoing.once('response', answered.resolve);
  outgoing.end();
  const response = await answered.promise;
  const subject = String((response.socket as TLSSocket).getPeerCertificate().subject.CN);
  return { body: await text(response), subject };
}

describe('TLS', () => {
  test('the certificate is that of the files', async () => {
    await using served = await serve({ tls: first });
    assert.deepEqual(await get(served), { body: 'pong', subject: 'first' });
  });

  test('TLS 1.1 is too old, and plain HTTP is none', async () => {
    await using served = await serve({ tls: first });
    const old = connectTls({
      port: served.address.port,
      host: '127.0.0.1',
      ca,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    await assert.rejects(once(old, 'secureConnect'), /protocol version/);
    const plain = await open(served);
    const answer = text(plain).catch(() => '');
    plain.write('GET /ping HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.ok(!(await answer).includes('pong'));
    await get(served, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
  });

  test('a sender that never ends its handshake is cut off, and others are served meanwhile', async () => {
    await using served = await serve({ tls: first, limits: { handshakeMs: 100 } });
    const slow = await open(served);
    const cutOff = once(slow, 'close');
    slow.write('\x16\x03\x01');
    assert.equal((await get(served)).body, 'pong');
    await cutOff;
  });

  test('closing does not wait for a handshake', async () => {
    const served = await serve({ tls: first, limits: { handshakeMs: 3_600_000 } });
    const slow = await open(served);
    const cutOff = once(slow, 'close');
    await served.close();
    await cutOff;
  });

  test('a sender that never ends its header is cut off', async () => {
    await using served = await serve({ tls: first, limits: { headersMs: 100, checkMs: 20 } });
    const slow = connectTls({ port: served.address.port, host: '127.0.0.1', ca });
    const answer = text(slow);
    slow.write('GET /ping HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    assert.match(await answer, /^HTTP\/1\.1 408 /);
  });

  test('a connection whose sender has shown a token stays, however many idle ones come after', async () => {
    await using served = await serve({ tls: first, limits: { connections: 2 } }, admitting);
    const known = connectTls({ port: served.address.port, host: '127.0.0.1', ca });
    await once(known, 'secureConnect');
    await ask(known, 'POST');
    for (let turn = 0; turn < 5; turn += 1) await open(served);
    await ask(known, 'GET');
  });

  const unusable: readonly (readonly [what: string, files: () => Partial<Authority>, expected: RegExp])[] = [
    ['a file that is not there', () => ({ key: '/no/such/file' }), /cannot read \/no\/such\/file \(ENOENT\)/],
    ['the key of another certificate', () => ({ key: second.key }), /a certificate and its private key.*mismatch/i],
    ['a file that is no certificate', () => ({ cert: first.key }), /a certificate and its private key/],
  ];
  for (const [what, files, expected] of unusable) {
    test(`${what} is told`, async () => {
      await assert.rejects(serve({ tls: { ...first, ...files() } }), expected);
    });
  }
});

describe('TLS files that change', () => {
  async function copyOf(certificate: Certificate, name: string): Promise<Authority> {
    const files = { cert: path.join(directory, `${name}.crt`), key: path.join(directory, `${name}.key`) };
    await cp(certificate.cert, files.cert);
    await cp(certificate.key, files.key);
    return files;
  }

  test('are used, and who is connected stays connected', async () => {
    const files = await copyOf(first, 'renewed');
    await using served = await serve({ tls: files, limits: { tlsCheckMs: 20 } });
    const connected = connectTls({ port: served.address.port, host: '127.0.0.1', ca });
    await once(connected, 'secureConnect');
    await replaceFile(files.cert, second.pem.cert);
    await replaceFile(files.key, second.pem.key);
    await eventually('the new certificate', () => (served.reloads() > 0 ? true : undefined));
    assert.equal((await get(served)).subject, 'second');
    connected.end(GET);
    assert.match(await text(connected), /pong$/);
  });

  test('and are empty leave the old ones in use', async () => {
    const files = await copyOf(first, 'emptied');
    await using served = await serve({ tls: files, limits: { tlsCheckMs: 20 } });
    await replaceFile(files.cert, '');
    await eventually('the trouble', () => (served.faults.length > 0 ? true : undefined));
    assert.equal((await get(served)).subject, 'first');
    assert.match(served.faults[0] ?? '', /got an empty file/);
  });

  test('and are wrong leave the old ones in use, and are told once', async () => {
    const files = await copyOf(first, 'broken');
    await using served = await serve({ tls: files, limits: { tlsCheckMs: 20 } });
    await replaceFile(files.cert, second.pem.cert);
    await eventually('the trouble', () => (served.faults.length > 0 ? true : undefined));
    assert.equal((await get(served)).subject, 'first');
    assert.match(served.faults[0] ?? '', /a certificate and its private key/);
    assert.ok(!served.faults.join('').includes('PRIVATE KEY'));
    await replaceFile(files.key, second.pem.key);
    await eventually('the new certificate', () => (served.reloads() > 0 ? true : undefined));
    assert.equal((await get(served)).subject, 'second');
    assert.equal(served.faults.length, 1);
  });
});

describe('client certificates', () => {
  test('of the authority open, and nothing else does', async () => {
    await using served = await serve({ tls: { ...first, clientCa: authority.cert } });
    const client = await createCertificate(directory, 'client', authority);
    assert.equal((await get(served, client.pem)).body, 'pong');
    const stranger = await createAuthority(directory, 'stranger');
    const strange = await createCertificate(directory, 'strange', stranger);
    await assert.rejects(get(served, strange.pem));
    await assert.rejects(get(served));
  });

  test('of an authority that is no longer trusted open nothing, not even by a session of before', async () => {
    const client = await createCertificate(directory, 'former', authority);
    const next = await createAuthority(directory, 'next');
    const successor = await createCertificate(directory, 'successor', next);
    const clientCa = path.join(directory, 'clients.crt');
    await cp(authority.cert, clientCa);
    await using served = await serve({ tls: { ...first, clientCa }, limits: { tlsCheckMs: 20 } });
    const target = { port: served.address.port, host: '127.0.0.1', ca, ...client.pem };
    const early = connectTls(target);
    let session: Buffer | undefined;
    early.on('session', (ticket: Buffer) => (session = ticket));
    early.end(GET);
    assert.match(await text(early), /pong$/);
    await cp(next.cert, clientCa);
    await eventually('the new authority', () => (served.reloads() > 0 ? true : undefined));
    assert.equal((await get(served, successor.pem)).body, 'pong');
    await assert.rejects(get(served, client.pem));
    const late = connectTls({ ...target, ...(session === undefined ? {} : { session }) });
    late.end(GET);
    assert.doesNotMatch(await text(late).catch(String), /pong/);
  });
});

/** All at once: a file that is being written is empty for a moment, which would be told as well. */
async function replaceFile(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content);
  await rename(`${file}.new`, file);
}
