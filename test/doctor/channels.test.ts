/** The doctor on channels: each thing that would keep people from being told. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { machine } from '../support/fleet.ts';
import { startListener } from '../support/listener.ts';
import { temporaryDirectory } from '../support/operator.ts';
import { examined, expectFinding, of } from './examined.ts';

const BUS = { name: 'bus', webhook: { url: 'http://127.0.0.1:9/' } };
const OWNERS = { tags: ['owner'], email: '{owner}@example.com', domains: ['example.com'] };

test('without channels nothing is said of them', async () => {
  const { findings } = await examined({ machines: [machine(1)] });
  assert.deepEqual(
    findings.filter(({ check }) => check.startsWith('channels')),
    [],
  );
});

test('a channel whose vendor cannot be asked is to be tried, and links need an address', async () => {
  const { findings } = await examined({ machines: [machine(1)], config: { channels: [BUS] } });
  expectFinding(findings, 'ok', 'channels', /a test shows whether messages arrive/);
  expectFinding(findings, 'warning', 'channels', /have no links, because public_url is not set/);
  expectFinding(findings, 'ok', 'channels.audience', /there is a channel for each of 1 machines/);
});

test('the public URL leads here, elsewhere or nowhere', async () => {
  await using server = await startListener((_request, response) => response.end('pong'));
  await using other = await startListener((_request, response) => response.writeHead(404).end('not here'));
  const about = async (url: string) =>
    (await examined({ machines: [machine(1)], config: { channels: [BUS], public_url: url } })).findings;
  expectFinding(await about(`${server.url}/ec2`), 'ok', 'channels.public_url', /leads to an ec2-operator/);
  assert.deepEqual(server.requests, ['GET /ec2/ping']);
  expectFinding(await about(other.url), 'warning', 'channels.public_url', /answers with status 404/);
  expectFinding(await about('http://127.0.0.1:9'), 'warning', 'channels.public_url', /does not answer from here/);
});

test('a selector that matches nothing, and machines that nobody is told about', async () => {
  await using stack = new AsyncDisposableStack();
  const file = path.join(await temporaryDirectory(stack), 'smtp');
  await writeFile(file, 'smtp://127.0.0.1:9');
  const { findings } = await examined({
    machines: [
      machine(1, { name: 'of-ada', tags: { owner: 'ada' } }),
      machine(2, { name: 'of-nobody' }),
      machine(3, { name: 'of-eve', tags: { owner: 'eve@evil.example' } }),
    ],
    config: {
      channels: [
        { name: 'owners', email: { to: 'owner' } },
        { ...BUS, only: { team: 'mll' } },
      ],
      owners: OWNERS,
      smtp: { url_file: file, from: 'ec2@example.com' },
    },
  });
  const selector = expectFinding(findings, 'warning', 'channels', /no machine with "team"="mll"/);
  assert.equal(selector.about, 'bus');
  const { change } = expectFinding(
    findings,
    'warning',
    'channels.audience',
    /nobody is told about 2 of 3 machines: .*of-/,
  );
  assert.match(change ?? '', /a tag owner that makes an address of example\.com, or add a channel without `only`/);
  const mail = findings.find(({ check, about }) => check === 'channels' && about === 'owners');
  assert.equal(mail?.severity, 'error', 'nobody listens there');
});

test('a secret that cannot be read', async () => {
  const config = {
    channels: [{ name: 'owners', email: { to: 'owner' } }],
    owners: OWNERS,
    smtp: { url_file: '/nowhere/smtp', from: 'ec2@example.com' },
  };
  const { findings } = await examined({ machines: [machine(1)], config });
  expectFinding(findings, 'error', 'channels', /^smtp\.url_file: .*\/nowhere\/smtp/);
  assert.ok(of(findings, 'error').every((one) => !one.includes('could not be examined')));
});
