/** The login and the mail go over a connection that is safe, or not at all. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import tls from 'node:tls';
import { createAuthority, createCertificate, type Certificate } from '../../../test/support/certificates.ts';
import { NEVER, openMailChannel } from '../../../test/support/mail-channel.ts';
import { startMailServer, type Step } from '../../../test/support/mail-server.ts';
import { temporaryDirectory } from '../../../test/support/operator.ts';

const LOGIN = { user: 'ec2@relay', password: 'p/ss:w%rd' };
const USER = 'ec2%40relay:p%2Fss%3Aw%25rd';

test('the login goes over TLS alone, whether it begins with it or not', async () => {
  await using stack = new AsyncDisposableStack();
  const { trusted } = await certificates(stack);
  for (const begins of [false, true]) {
    await using server = await startMailServer({ tls: { certificate: trusted, begins }, login: LOGIN });
    const url = `${begins ? 'smtps' : 'smtp'}://${USER}@127.0.0.1:${server.port}${begins ? '' : '?tls=required'}`;
    await using site = await openMailChannel(url);
    assert.equal((await site.deliver()).outcome, 'sent');
    const { isSecure, user } = await server.mail(0);
    assert.deepEqual([isSecure, user], [true, LOGIN.user]);
    assert.deepEqual(await site.channel.examine?.(NEVER), [
      { level: 'ok', message: `the mail server 127.0.0.1:${server.port} lets us in with our login` },
    ]);
  }
});

test('a certificate that is not trusted gets neither the login nor the mail', async () => {
  await using stack = new AsyncDisposableStack();
  const { stranger } = await certificates(stack);
  for (const begins of [false, true]) {
    const asked: string[] = [];
    const says = (step: Step): undefined => void asked.push(step);
    await using server = await startMailServer({ tls: { certificate: stranger, begins }, login: LOGIN, says });
    const url = `${begins ? 'smtps' : 'smtp'}://${USER}@127.0.0.1:${server.port}${begins ? '' : '?tls=required'}`;
    await using site = await openMailChannel(url);
    const error = `the certificate of 127.0.0.1:${server.port} is not trusted: for a private certificate authority, set NODE_EXTRA_CA_CERTS to its PEM file`;
    assert.deepEqual(await site.deliver(), { outcome: 'later', error });
    assert.equal(asked.filter((step) => step !== 'connect').length, 0);
    assert.deepEqual(await site.channel.examine?.(NEVER), [
      {
        level: 'fail',
        message: error,
        remedy:
          'correct the URL in the file of smtp.url_file, or the mail server; docs/troubleshooting.md explains the message',
      },
    ]);
  }
});

test('a server without TLS gets no mail, unless the URL allows it', async () => {
  await using server = await startMailServer();
  await using site = await openMailChannel(`smtp://127.0.0.1:${server.port}?tls=required`);
  const where = `127.0.0.1:${server.port}`;
  const refused = await site.deliver();
  assert.equal(refused.outcome, 'later');
  assert.match(
    refused.error,
    new RegExp(`^${where} refuses TLS: 5\\d\\d .*; use smtps://, or allow a connection in the clear with \\?tls=off$`),
  );
  await site.changeUrl(`smtps://${where}`);
  assert.deepEqual(await site.deliver(), {
    outcome: 'later',
    error: `no TLS with ${where}: smtp:// is for servers that begin in the clear, smtps:// for those that begin with TLS`,
  });
  assert.equal(server.mails.length, 0);
  await site.changeUrl(`smtp://${where}?tls=off`);
  assert.equal((await site.deliver()).outcome, 'sent');
});

test('a wrong password is tried later, because the file is read again', async () => {
  await using server = await startMailServer({ login: LOGIN });
  const where = `127.0.0.1:${server.port}`;
  await using site = await openMailChannel(`smtp://${LOGIN.user.replace('@', '%40')}:credentials@${where}`);
  const error = `${where} refuses the login: 535 5.7.8 (Authentication invalid)`;
  assert.deepEqual(await site.deliver(), { outcome: 'later', error });
  assert.equal((await site.channel.examine?.(NEVER))?.[0]?.message, error);
  await site.changeUrl(`smtp://${USER}@${where}`);
  assert.equal((await site.deliver()).outcome, 'sent');
  assert.equal((await server.mail(0)).user, LOGIN.user);
});

test('a login for a server that asks for none is told, and nothing is sent', async () => {
  await using server = await startMailServer();
  await using site = await openMailChannel(`smtp://${USER}@127.0.0.1:${server.port}`);
  const delivered = await site.deliver();
  assert.equal(delivered.outcome, 'later');
  assert.match(delivered.error, /^127\.0\.0\.1:\d+ refuses the login: 5\d\d/);
  assert.equal(server.mails.length, 0);
});
interface Certificates {
  readonly trusted: Certificate;
  readonly stranger: Certificate;
}

async function certificates(stack: AsyncDisposableStack): Promise<Certificates> {
  const directory = await temporaryDirectory(stack);
  const known = await createAuthority(directory, 'known');
  const unknown = await createAuthority(directory, 'unknown');
  const before = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...before, await readFile(known.cert, 'utf8')]);
  stack.defer(() => {
    tls.setDefaultCACertificates(before);
  });
  return {
    trusted: await createCertificate(directory, 'trusted', known),
    stranger: await createCertificate(directory, 'stranger', unknown),
  };
}
