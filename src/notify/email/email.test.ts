/** The channel against a real mail server, in whatever mood that is. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findFreePort } from '../../../test/support/free-port.ts';
import { letter } from '../../../test/support/letters.ts';
import { openMailChannel } from '../../../test/support/mail-channel.ts';
import { startMailServer, type Saying, type Step } from '../../../test/support/mail-server.ts';
import { parseMail } from '../../../test/support/mime.ts';

test('a warning arrives as a mail that people and mail systems understand', async () => {
  await using server = await startMailServer();
  await using site = await openMailChannel(`smtp://127.0.0.1:${server.port}`);
  const id = '<0193a1b2-0000-7000-8000-00000000000a@example.com>';
  assert.deepEqual(await site.deliver(), { outcome: 'sent', reference: id });
  const received = await server.mail(0);
  assert.deepEqual(
    [received.from, received.to, received.greeting],
    ['ec2@example.com', ['ann@example.com'], 'example.com'],
  );
  const { headers, text, html } = parseMail(received.bytes);
  assert.deepEqual(Object.fromEntries([...headers].filter(([name]) => name !== 'content-type')), {
    from: '"ec2-operator" <ec2@example.com>',
    to: 'ann@example.com',
    subject: 'gpu-1 stops at 14:20 CET',
    date: 'Fri, 27 Nov 2026 13:05:00 +0000',
    'message-id': id,
    'list-id': '<owners.ec2-operator.example.com>',
    'auto-submitted': 'auto-generated',
    'x-auto-response-suppress': 'All',
    'mime-version': '1.0',
  });
  assert.equal(
    text,
    `No GPU above 2 % since 13:20 CET (alert GpuIdle). Keep it if you still need it: otherwise it stops at 14:20 CET.

Keep it:
https://ec2.example.com/l/k1.eyJwIjoia2VlcCJ9.c2lnbmF0dXJlMQ

See why:
https://ec2.example.com/l/k1.eyJwIjoic2VlIn0.c2lnbmF0dXJlMw

Stops: 14:20 CET
Machine: gpu-1 (i-0a1b2c3d4e5f60001)

-- 
ec2-operator has sent this to ann@example.com, through its channel owners. Opening a link changes nothing: its page has the buttons that do.
`,
  );
  const links = [...html.matchAll(/<a [^>]*href="([^"]*)"[^>]*>([^<]*)<\/a>/g)].map(([, url, shown]) => [url, shown]);
  const keep = 'https://ec2.example.com/l/k1.eyJwIjoia2VlcCJ9.c2lnbmF0dXJlMQ';
  const see = 'https://ec2.example.com/l/k1.eyJwIjoic2VlIn0.c2lnbmF0dXJlMw';
  assert.deepEqual(links, [
    [keep, 'Keep it'],
    [see, 'See why'],
    [keep, keep],
    [see, see],
  ]);
});

test('each attempt has the same id, and all mails of a thread refer to its first', async () => {
  await using server = await startMailServer();
  await using site = await openMailChannel(`smtp://127.0.0.1:${server.port}`);
  const first = await site.deliver();
  await site.deliver();
  const reference = first.outcome === 'sent' ? (first.reference ?? '') : '';
  const later = { id: '0193a1b2-0000-7000-8000-00000000000b', earlier: reference };
  assert.deepEqual(await site.deliver(later), { outcome: 'sent', reference });
  const [one, two, three] = server.mails.map(({ bytes }) => parseMail(bytes).headers);
  assert.equal(one?.get('message-id'), two?.get('message-id'));
  assert.equal(three?.get('message-id'), '<0193a1b2-0000-7000-8000-00000000000b@example.com>');
  assert.deepEqual([three.get('in-reply-to'), three.get('references')], [reference, reference]);
  assert.equal(server.connections(), 1, 'one connection for all');
});

test('a server that gives mails ids of its own is followed', async () => {
  const given = '<DB8PR01MB1234ABCD@DB8PR01MB1234.eurprd01.prod.outlook.com>';
  await using server = await startMailServer({ thanks: `2.0.0 OK ${given} [Hostname=DB8PR01MB1234]` });
  await using site = await openMailChannel(`smtp://127.0.0.1:${server.port}`);
  assert.deepEqual(await site.deliver(), { outcome: 'sent', reference: given });
  await site.deliver({ earlier: given });
  assert.equal(parseMail((await server.mail(1)).bytes).headers.get('references'), given);
});

test('without an address that can be read, nothing is sent', async () => {
  await using server = await startMailServer();
  await using site = await openMailChannel(`smtp://127.0.0.1:${server.port}`);
  for (const recipient of [
    '',
    'ann',
    'ann@example.com, eve@evil.example',
    'ann@example.com\r\nRCPT TO:<eve@evil.example>',
  ]) {
    const delivered = await site.deliver({ recipient });
    assert.equal(delivered.outcome, 'never');
    assert.match(delivered.error, /^expected an e-mail address/);
  }
  assert.equal(server.connections(), 0);
});

describe('what the server answers', () => {
  const cases: readonly (readonly [Step, Saying, 'later' | 'never', string])[] = [
    ['connect', '421 4.3.2 Service shutting down', 'later', 'HERE refuses us: 421 4.3.2 (Service shutting down)'],
    ['connect', '554 5.7.1 Your address is listed', 'later', 'HERE refuses us: 554 5.7.1 (Your address is listed)'],
    ['connect', 'cut', 'later', 'HERE has closed the connection'],
    ['sender', '451 4.7.1 Try again later', 'later', 'HERE refuses the sender: 451 4.7.1 (Try again later)'],
    [
      'sender',
      '553 5.7.1 Sender <ec2@example.com> not owned by user ec2@relay',
      'never',
      'HERE refuses the sender: 553 5.7.1 (Sender not owned by user)',
    ],
    [
      'recipient',
      '450 4.2.0 Greylisted, see http://help.example/k1.eyJwIjo',
      'later',
      'HERE refuses the recipient: 450 4.2.0 (Greylisted, see)',
    ],
    [
      'recipient',
      '550 5.1.1 <ann@example.com>: no such user, try bob@example.com',
      'never',
      'HERE refuses the recipient: 550 5.1.1 (no such user, try)',
    ],
    ['recipient', '552 5.2.2 mailbox full', 'never', 'HERE refuses the recipient: 552 5.2.2 (mailbox full)'],
    ['recipient', '421 4.7.0 too many', 'later', 'HERE refuses us: 421 4.7.0 (too many)'],
    ['recipient', '503 5.5.1 out of order', 'later', 'HERE refuses the recipient: 503 5.5.1 (out of order)'],
    ['recipient', 'cut', 'later', 'HERE has closed the connection'],
    ['data', '452 4.3.1 out of space', 'later', 'HERE refuses the mail: 452 4.3.1 (out of space)'],
    [
      'data',
      '554 5.7.1 Message contains https://ec2.example.com/l/k1.eyJwIjoia2VlcCJ9.c2lnbmF0dXJlMQ',
      'never',
      'HERE refuses the mail: 554 5.7.1 (Message contains)',
    ],
    ['data', 'cut', 'later', 'HERE has closed the connection'],
  ];
  for (const [step, saying, outcome, error] of cases) {
    test(`${step}: ${saying}`, async () => {
      let isCross = true;
      const says = (at: Step): Saying | undefined => (isCross && at === step ? saying : undefined);
      await using server = await startMailServer({ says });
      await using site = await openMailChannel(`smtp://127.0.0.1:${server.port}`);
      assert.deepEqual(await site.deliver(), { outcome, error: error.replace('HERE', `127.0.0.1:${server.port}`) });
      assert.equal(server.mails.length, 0);
      isCross = false;
      assert.equal((await site.deliver()).outcome, 'sent', 'a fault of the server leaves nothing behind');
    });
  }

  test('nothing: the mail is tried later, and shutting down does not wait for it', async () => {
    for (const step of ['connect', 'recipient', 'data'] as const) {
      const reached = Promise.withResolvers<void>();
      const says = (at: Step): Saying | undefined => {
        if (at !== step) return undefined;
        reached.resolve();
        return 'silent';
      };
      await using server = await startMailServer({ says });
      await using site = await openMailChannel(`smtp://127.0.0.1:${server.port}`);
      const stop = new AbortController();
      const delivering = site.channel.deliver(letter(), stop.signal);
      await reached.promise;
      stop.abort();
      assert.deepEqual(await delivering, {
        outcome: 'later',
        error: `no answer from 127.0.0.1:${server.port} in time`,
      });
    }
  });

  test('one mail that is refused does not hold up the next', async () => {
    const says = (step: Step, about: string): Saying | undefined =>
      step === 'recipient' && about === 'eve@example.com' ? '550 5.1.1 no such user' : undefined;
    await using server = await startMailServer({ says });
    await using site = await openMailChannel(`smtp://127.0.0.1:${server.port}`);
    const all = ['ann@example.com', 'eve@example.com', 'bob@example.com'];
    const outcomes = await Promise.all(all.map(async (recipient) => (await site.deliver({ recipient })).outcome));
    assert.deepEqual(outcomes, ['sent', 'never', 'sent']);
  });

  test('an address where nobody listens is tried later', async () => {
    const port = await findFreePort();
    await using site = await openMailChannel(`smtp://127.0.0.1:${port}`);
    assert.deepEqual(await site.deliver(), {
      outcome: 'later',
      error: `no connection to 127.0.0.1:${port} (ECONNREFUSED)`,
    });
  });
});

test('a file that cannot be used is told without its content, and is looked at again', async () => {
  await using server = await startMailServer();
  await using site = await openMailChannel('smtp://hidden1:hid/den2@mail.example.com');
  const delivered = await site.deliver();
  assert.equal(delivered.outcome, 'later');
  assert.match(delivered.error, /^expected one URL such as smtp:\/\/.* \(in the file \/.*\/url\)$/);
  assert.doesNotMatch(delivered.error, /hid/);
  await site.changeUrl(`smtp://127.0.0.1:${server.port}?name=host.example.org`);
  assert.equal((await site.deliver()).outcome, 'sent');
  assert.equal((await server.mail(0)).greeting, 'host.example.org');
});
