import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseSmtpUrl } from './smtp-url.ts';

describe('the URL of a mail server', () => {
  const login = { user: 'ec2', password: 'secret' };
  for (const [text, server] of [
    ['smtp://mail.example.com', { host: 'mail.example.com', port: 587, tls: 'upgraded' }],
    ['smtp://mail.example.com:25/', { host: 'mail.example.com', port: 25, tls: 'upgraded' }],
    ['smtps://ec2:secret@mail.example.com', { host: 'mail.example.com', port: 465, tls: 'begins', login }],
    [
      'smtp://AKIA%2B1:a%2Fb%3Ac%40d%23e@email-smtp.eu-central-1.amazonaws.com:587',
      {
        host: 'email-smtp.eu-central-1.amazonaws.com',
        port: 587,
        tls: 'upgraded',
        login: { user: 'AKIA+1', password: 'a/b:c@d#e' },
      },
    ],
    ['smtp://relay.internal?tls=off', { host: 'relay.internal', port: 587, tls: 'none' }],
    ['smtp://localhost:25', { host: 'localhost', port: 25, tls: 'none' }],
    ['smtp://127.0.0.2:25', { host: '127.0.0.2', port: 25, tls: 'none' }],
    ['smtp://[::1]:25', { host: '::1', port: 25, tls: 'none' }],
    ['smtp://127.0.0.1:25?tls=required', { host: '127.0.0.1', port: 25, tls: 'upgraded' }],
    ['smtp://127.evil.example', { host: '127.evil.example', port: 587, tls: 'upgraded' }],
    [
      'smtp://smtp-relay.gmail.com?name=ec2.example.com&tls=required',
      { host: 'smtp-relay.gmail.com', port: 587, tls: 'upgraded', name: 'ec2.example.com' },
    ],
  ] as const) {
    test(text, () => assert.deepEqual(parseSmtpUrl(text), { ok: true, value: server }));
  }
});

describe('refused as the URL of a mail server, without a word of it', () => {
  for (const text of [
    '',
    'mail.example.com',
    'http://hidden1:hidden2@mail.example.com',
    'smtp://',
    'smtp://hidden1:hidden2@',
    'smtp://hidden1:hid/den2@mail.example.com',
    'smtp://hidden1:hid#den2@mail.example.com',
    'smtp://hidden1:hid?den2@mail.example.com',
    'smtp://hidden1:25?hidden2@mail.example.com',
    'smtp://hidden1:hidden2%zz@mail.example.com',
    'smtp://hidden1:hidden2%0d%0aQUIT@mail.example.com',
    'smtp://:hidden2@mail.example.com',
    'smtp://hidden1:hidden2@mail.example.com/path',
    'smtp://hidden1:hidden2@mail.example.com\nsmtp://other.example.com',
    'smtp://hidden1:hidden2@mail.example.com:70000',
    'smtp://hidden1:hidden2@mail.example.com?tls=maybe',
    'smtp://hidden1:hidden2@mail.example.com?tls=off&tls=required',
    'smtps://hidden1:hidden2@mail.example.com?tls=off',
    'smtp://hidden1:hidden2@mail.example.com?tls.rejectUnauthorized=false',
    'smtp://hidden1:hidden2@mail.example.com?ignoreTLS=true',
    'smtp://hidden1:hidden2@mail.example.com?proxy=http://hidden3',
    'smtp://hidden1:hidden2@mail.example.com?name=a%0d%0aMAIL',
  ]) {
    test(JSON.stringify(text), () => {
      const server = parseSmtpUrl(text);
      assert.ok(!server.ok);
      assert.match(server.message, /^expected /);
      assert.doesNotMatch(server.message, /hid/);
    });
  }
});
