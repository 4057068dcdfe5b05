/** From an idle machine to the owner's mailbox, and back by the link in the mail. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { stopAlert } from '../support/alerts.ts';
import { machine } from '../support/fleet.ts';
import { startMailServer, type Received } from '../support/mail-server.ts';
import { parseMail, type ParsedMail } from '../support/mime.ts';
import { startOperator, temporaryDirectory, type Operator } from '../support/operator.ts';

const PUBLIC_URL = 'https://ec2.example.com/tools';

interface Site extends AsyncDisposable {
  readonly operator: Operator;
  readonly mail: (index: number) => Promise<Received & ParsedMail>;
  /** The operator's clock goes on by so many milliseconds. */
  readonly wait: (ms: number) => void;
}

type Tags = Readonly<Record<string, string>>;

/** @param channel behind `email`. @param tags of each machine */
async function startSite(channel: string, ...tags: readonly Tags[]): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startMailServer());
  const urlFile = path.join(await temporaryDirectory(stack), 'smtp-url');
  await writeFile(urlFile, `smtp://127.0.0.1:${server.port}\n`);
  let ahead = 0;
  const operator = stack.use(
    await startOperator({
      machines: tags.map((each, index) => machine(index + 1, { launched: '1d ago', tags: each })),
      clock: () => Date.now() + ahead,
      environment: { PUBLIC_URL },
      config: `
channels: [{ name: owners, email: ${channel} }]
owners: { domains: [example.com] }
smtp: { url_file: ${urlFile}, from: 'ec2-operator <ec2@example.com>' }
zone: Europe/Berlin
`,
    }),
  );
  const open = stack.move();
  return {
    operator,
    mail: async (index) => {
      const received = await server.mail(index);
      return { ...received, ...parseMail(received.bytes) };
    },
    wait: (ms) => {
      ahead += ms;
    },
    [Symbol.asyncDispose]: async () => open.disposeAsync(),
  };
}

/** The path of the link with this label, on the operator. */
function linkIn({ text }: ParsedMail, label: string): string {
  const [, url] = new RegExp(`^${label}:\\n(\\S+)$`, 'm').exec(text) ?? [];
  assert.ok(url?.startsWith(`${PUBLIC_URL}/`) === true, text);
  return url.slice(PUBLIC_URL.length);
}

function form(fields: Readonly<Record<string, string>>): RequestInit {
  return { method: 'POST', body: new URLSearchParams(fields) };
}

test('the owner is warned by mail, keeps the machine by its link, and reads of it in the same thread', async () => {
  const name = 'Läufer 1';
  await using site = await startSite('{ to: owner }', { Name: name, owner: 'Ann@Example.com' });
  const { operator } = site;
  const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
  const warning = await site.mail(0);
  assert.deepEqual([warning.from, warning.to], ['ec2@example.com', ['Ann@example.com']]);
  assert.match(warning.headers.get('subject') ?? '', /^Läufer 1 stops at \d\d:\d\d CES?T$/);

  const link = linkIn(warning, 'Keep it');
  const page = await operator.request(link);
  assert.equal(page.status, 200, page.text);
  const [, nonce = ''] = /name="nonce" value="([^"]+)"/.exec(page.text) ?? [];
  assert.equal((await operator.read(receipt?.operation)).reason, 'warned', 'a look changes nothing');
  site.wait(3_000);
  const pressed = await operator.request(link, form({ nonce, name, keep: '4h' }));
  assert.equal(pressed.status, 200, pressed.text);
  await operator.waiting(receipt?.operation, 'held');

  const kept = await site.mail(1);
  const id = warning.headers.get('message-id');
  assert.deepEqual(kept.to, ['Ann@example.com']);
  assert.deepEqual([kept.headers.get('in-reply-to'), kept.headers.get('references')], [id, id]);
  assert.match(kept.headers.get('subject') ?? '', /^Läufer 1 keeps running until .*CES?T$/);
  assert.match(kept.text, /Ann@example\.com/, 'the mail says who keeps it');
});

test('each address of a list has its own mail, with its own links', async () => {
  await using site = await startSite('{ to: [ann@example.org, bob@example.org] }', { Name: 'gpu-1' });
  await site.operator.post('/operateHostname', [stopAlert(1)]);
  const mails = await Promise.all([site.mail(0), site.mail(1)]);
  assert.deepEqual(mails.flatMap(({ to }) => to).sort(), ['ann@example.org', 'bob@example.org']);
  const [one, two] = mails.map((mail) => linkIn(mail, 'Keep it'));
  assert.notEqual(one, two);
});

test('a tag cannot send a mail out of the domains: nobody is warned, and the machines stop as without channels', async () => {
  const owners = [
    'eve@evil.example',
    'eve@evil.example,ann@example.com',
    'ann@example.com\neve@evil.example',
    'eve%evil.example@example.com',
    'evil.example!eve@example.com',
    '"eve@evil.example"@example.com',
    'ann@example.com.evil.example',
    'ann@examp\u217ce.com',
  ];
  await using site = await startSite('{ to: owner }', ...owners.map((owner) => ({ Name: 'gpu-1', owner })));
  const { operator } = site;
  const receipts = await operator.post(
    '/operateHostname',
    owners.map((_owner, index) => stopAlert(index + 1)),
  );
  for (const { operation } of receipts) assert.equal((await operator.end(operation)).reason, 'state_reached');
  const { text } = await operator.request('/metrics');
  assert.match(text, /^ec2_operator_pending_notices\{channel="owners"\} 0$/m);
  assert.doesNotMatch(text, /^ec2_operator_notices_total\{channel="owners".* [1-9]/m);
});
