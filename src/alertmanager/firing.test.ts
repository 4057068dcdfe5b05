import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findAlertmanager, startAlertmanager, type Alertmanager } from '../../test/support/alertmanager.ts';
import { computeFingerprint } from '../domain/alert.ts';
import type { Firing } from '../domain/verdict.ts';
import type { Api } from '../outgoing/get-json.ts';
import { createAskFiring } from './firing.ts';

const tool = findAlertmanager();

/** Names that would be something else to a parser that is not careful. */
const HOSTILE_NAMES = [
  'quote " and "',
  'back\\slash\\',
  '\\"',
  'line\nbreak',
  'tab\tand\rreturn',
  '", severity="x',
  '{alertname=~".*"}',
  'x",alertname=~".+',
  '=~.*',
  '&filter=alertname=other',
  '#?%20+',
  'Größe 🙂',
  'bell \u0007 and null-like \u2028',
  ' ',
];

describe('a real Alertmanager', { skip: 'skip' in tool ? tool.skip : false }, () => {
  let alertmanager: Alertmanager | undefined;
  before(async () => {
    if ('path' in tool) alertmanager = await startAlertmanager(tool.path);
  });
  after(async () => alertmanager?.[Symbol.asyncDispose]());

  const ask = async (labels: Readonly<Record<string, string>>): Promise<Firing> => {
    const settings = { url: alertmanager?.url ?? '' };
    const alertname = labels['alertname'] ?? '';
    return createAskFiring(settings, Date.now)({ alertname, fingerprint: computeFingerprint(labels) });
  };

  test('says which alert fires, which has ended, and which it has never heard of', async () => {
    const [idle, over] = [
      { alertname: 'UnusedGPU', hostname: 'gpu-1' },
      { alertname: 'UnusedGPU', hostname: 'gpu-2' },
    ];
    await alertmanager?.tell(idle, 'firing');
    await alertmanager?.tell(over, 'firing');
    assert.deepEqual(await ask(idle), { firing: 'yes' });
    assert.deepEqual(await ask(over), { firing: 'yes' });
    await alertmanager?.tell(over, 'resolved');
    assert.deepEqual(await ask(idle), { firing: 'yes' });
    for (const labels of [over, { alertname: 'UnusedGPU', hostname: 'gpu-3' }]) {
      const answer = await ask(labels);
      assert.ok(answer.firing === 'no');
      assert.match(
        answer.message,
        /^Alertmanager says that the alert with the fingerprint [0-9a-f]{16} no longer fires$/,
      );
    }
  });

  test("a silence is a person's word that nothing is to be done", async () => {
    const labels = { alertname: 'Silenced', hostname: 'gpu-1' };
    await alertmanager?.tell(labels, 'firing');
    assert.deepEqual(await ask(labels), { firing: 'yes' });
    await alertmanager?.silence('Silenced');
    const answer = await ask(labels);
    assert.ok(answer.firing === 'no');
    assert.match(answer.message, /is silenced or inhibited$/);
  });

  for (const alertname of HOSTILE_NAMES) {
    test(`an alert called ${JSON.stringify(alertname)} is found, and no other`, async () => {
      const labels = { alertname, hostname: 'gpu-1' };
      await alertmanager?.tell({ alertname: 'other', hostname: 'gpu-1' }, 'firing');
      await alertmanager?.tell(labels, 'firing');
      assert.deepEqual(await ask(labels), { firing: 'yes' });
      const fingerprint = computeFingerprint({ alertname: 'other', hostname: 'gpu-1' });
      const other = await createAskFiring({ url: alertmanager?.url ?? '' }, Date.now)({ alertname, fingerprint });
      assert.equal(other.firing, 'no', 'the filter lets only its own name through');
    });
  }

  test('a name that was cut short, and none at all, are asked for by the fingerprint alone', async () => {
    const labels = { alertname: 'x'.repeat(300), hostname: 'gpu-1' };
    await alertmanager?.tell(labels, 'firing');
    const asks = createAskFiring({ url: alertmanager?.url ?? '' }, Date.now);
    for (const alertname of ['x'.repeat(200), ''])
      assert.deepEqual(await asks({ alertname, fingerprint: computeFingerprint(labels) }), { firing: 'yes' });
  });
});

interface Fake extends AsyncDisposable {
  readonly settings: Api;
  readonly requests: readonly IncomingMessage[];
}

async function startFake(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<Fake> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    settings: { url: `http://127.0.0.1:${address.port}` },
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answerWith(body: string, status = 200, headers: Readonly<Record<string, string>> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
}

const NOW = Date.UTC(2026, 10, 22, 12);
const ALERT = { fingerprint: 'f1', endsAt: new Date(NOW + 60_000).toISOString(), status: { state: 'active' } };
const QUESTION = { alertname: 'UnusedGPU', fingerprint: 'f1' };

async function askFake(settings: Api): Promise<Firing> {
  return createAskFiring(settings, () => NOW)(QUESTION);
}

async function unknownFrom(settings: Api): Promise<string> {
  const answer = await askFake(settings);
  assert.ok(answer.firing === 'unknown', `expected no answer, got ${answer.firing}`);
  return answer.message;
}

describe('without a reliable answer, the alert is unknown', () => {
  for (const status of [204, 301, 400, 401, 404, 429, 500, 503]) {
    test(`status ${status}`, async () => {
      await using fake = await startFake((response) => response.writeHead(status).end());
      assert.match(await unknownFrom(fake.settings), /^Alertmanager could not say whether the alert still fires \(/);
    });
  }

  for (const body of [
    '',
    'null',
    '{}',
    '[',
    '[{}]',
    '<html>',
    '[{"fingerprint":"f1"}]',
    JSON.stringify([{ ...ALERT, status: { state: 'new' } }]),
  ]) {
    test(`the body ${body}`, async () => {
      await using fake = await startFake(answerWith(body));
      assert.match(await unknownFrom(fake.settings), /^Alertmanager could not say whether the alert still fires \(/);
    });
  }

  test('no server listens', async () => {
    const fake = await startFake(answerWith('[]'));
    await fake[Symbol.asyncDispose]();
    const message = await unknownFrom(fake.settings);
    assert.match(message, /\(ECONNREFUSED\)$/);
    assert.doesNotMatch(message, /127\.0\.0\.1/, 'messages are read by many');
  });

  test('the connection breaks', async () => {
    await using fake = await startFake((response) => response.destroy());
    assert.match(await unknownFrom(fake.settings), /could not say/);
  });

  test('it does not answer in time, or does not come to an end', async () => {
    await using silent = await startFake(() => undefined);
    await using slow = await startFake((response) => response.writeHead(200).write('['));
    for (const message of await Promise.all([silent, slow].map(async ({ settings }) => unknownFrom(settings))))
      assert.match(message, /\(TimeoutError\)$/);
  });

  test('it leads elsewhere: nothing is ever asked of an address that is not configured', async () => {
    await using elsewhere = await startFake(answerWith(JSON.stringify([ALERT])));
    for (const status of [301, 302, 307, 308]) {
      await using fake = await startFake(
        answerWith('', status, { location: `${elsewhere.settings.url}/api/v2/alerts` }),
      );
      assert.match(await unknownFrom(fake.settings), /could not say/);
    }
    assert.equal(elsewhere.requests.length, 0);
  });

  test('the file with the token cannot be read; its path is not told', async () => {
    await using fake = await startFake(answerWith(JSON.stringify([ALERT])));
    const message = await unknownFrom({ ...fake.settings, token_file: '/nowhere/token' });
    assert.match(message, /\(ENOENT\)$/);
    assert.equal(fake.requests.length, 0);
  });
});

describe('what is asked', () => {
  test('the alerts of that name, below the configured path', async () => {
    await using fake = await startFake(answerWith(JSON.stringify([ALERT])));
    const url = `${fake.settings.url}/api/alertmanager/grafana`;
    assert.deepEqual(await askFake({ url }), { firing: 'yes' });
    const asked = new URL(fake.requests[0]?.url ?? '', url);
    assert.equal(asked.pathname, '/api/alertmanager/grafana/api/v2/alerts');
    assert.deepEqual([...asked.searchParams], [['filter', 'alertname="UnusedGPU"']]);
    assert.equal(fake.requests[0]?.headers.authorization, undefined);
  });

  test('with the token of the file as it is now', async (t) => {
    const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-firing-'));
    t.after(async () => rm(directory, { recursive: true }));
    const tokenFile = path.join(directory, 'token');
    await using fake = await startFake(answerWith(JSON.stringify([ALERT])));
    const asks = createAskFiring({ ...fake.settings, token_file: tokenFile }, () => NOW);
    for (const token of ['first', 'second']) {
      await writeFile(tokenFile, `${token}\n`);
      assert.deepEqual(await asks(QUESTION), { firing: 'yes' });
    }
    assert.deepEqual(
      fake.requests.map(({ headers }) => headers.authorization),
      ['Bearer first', 'Bearer second'],
    );
  });

  test('once for all alerts of a name that are asked about at the same time', async () => {
    await using fake = await startFake(answerWith(JSON.stringify([ALERT])));
    const asks = createAskFiring(fake.settings, () => NOW);
    const answers = await Promise.all(
      ['f1', 'f2', 'f1'].map(async (fingerprint) => asks({ alertname: 'UnusedGPU', fingerprint })),
    );
    assert.deepEqual(
      answers.map(({ firing }) => firing),
      ['yes', 'no', 'yes'],
    );
    assert.ok(fake.requests.length <= 2, `${fake.requests.length} questions`);
  });
});

test('an alert whose end has passed, or has no end that can be read, is not taken for firing', async () => {
  const cases: readonly (readonly [endsAt: string, firing: Firing['firing']])[] = [
    [new Date(NOW + 1).toISOString(), 'yes'],
    [new Date(NOW).toISOString(), 'no'],
    ['someday', 'unknown'],
  ];
  for (const [endsAt, firing] of cases) {
    await using fake = await startFake(answerWith(JSON.stringify([{ ...ALERT, endsAt }])));
    assert.equal((await askFake(fake.settings)).firing, firing, endsAt);
  }
});
