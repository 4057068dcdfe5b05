import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { digestOf, findAmong, requireToken } from './sender.ts';
import { createJsonReader, createStrangersRoom, MAX_BODY_BYTES } from '../body.ts';
import { ProblemError } from '../problem.ts';
import { createAdmitWebhook, type AdmitWebhook } from './admit-webhook.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const SECONDS = NOW / 1_000;
const SECRET = 'a secret of Grafana';
const BODY = '{"alerts": [ ] }';
const TOKEN = { name: 'robot', scopes: ['start'], sha256: digestOf('right').toString('hex') } as const;

/** @param setting as the configuration file has it, after the secret */
function open(setting: string, secret: () => string | undefined = () => SECRET): AdmitWebhook {
  const { grafana_hmac: hmac } = loadConfig({}, `grafana_hmac: { secret: unused-unused-unused, ${setting} }`);
  assert.ok(hmac);
  const authenticate = requireToken(
    async (digest) => Promise.resolve(findAmong([TOKEN], digest)),
    () => NOW,
    async () => Promise.resolve(false),
  );
  return createAdmitWebhook(
    authenticate,
    createJsonReader(createStrangersRoom()),
    { setting: hmac, secret },
    () => NOW,
  );
}

const plain = open('');
const dated = open('timestamp_header: X-Grafana-Alerting-Timestamp, scopes: [start, stop], only: {team: ml}');

function signature(text: string, secret = SECRET): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

const FROM = '10.0.0.9';
const admit = (): void => undefined;

function post(headers: Record<string, string>, body: string | ReadableStream = BODY): Request {
  const more = typeof body === 'string' ? {} : ({ duplex: 'half' } as const);
  return new Request('http://x/', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    ...more,
  });
}

function watchedBody(): { readonly body: ReadableStream; readonly wasRead: () => boolean } {
  let wasRead = false;
  const pull = (controller: ReadableStreamDefaultController): void => {
    wasRead = true;
    controller.close();
  };
  return { body: new ReadableStream({ pull }, { highWaterMark: 0 }), wasRead: () => wasRead };
}

async function refused(door: AdmitWebhook, request: Request, isFailedLogin: true | undefined): Promise<string> {
  const error = await door(request, FROM, admit).then(
    () => assert.fail('expected a refusal'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ProblemError, String(error));
  assert.deepEqual([error.problem.status, error.problem.isFailedLogin], [401, isFailedLogin]);
  assert.ok(!error.problem.detail.includes(SECRET));
  return error.problem.detail;
}

describe('a signature over the body', () => {
  test('opens without a token, to what is set up', async () => {
    const { sender, body } = await plain(post({ 'X-Grafana-Alerting-Signature': signature(BODY) }), FROM, admit);
    assert.deepEqual(sender, { name: 'grafana', grants: [{ scopes: ['stop'] }], isSigned: true });
    assert.deepEqual(body, { alerts: [] });
  });

  test('is over the bytes as they came, byte order mark and white space included', async () => {
    const text = `\ufeff${BODY} \n`;
    await plain(post({ 'x-grafana-alerting-signature': signature(text).toUpperCase() }, text), FROM, admit);
  });

  const wrong: readonly (readonly [what: string, value: string])[] = [
    ['of another secret', signature(BODY, 'another secret')],
    ['of another body', signature(`${BODY} `)],
    ['with a time that is not expected', signature(`${SECONDS}:${BODY}`)],
  ];
  for (const [what, value] of wrong) {
    test(`${what} opens nothing, not even with a right token`, async () => {
      const headers = { 'x-grafana-alerting-signature': value, authorization: 'Bearer right' };
      assert.match(await refused(plain, post(headers), true), /expected a correct signature/);
    });
  }

  for (const value of ['', 'sha256=abc', signature(BODY).slice(1), `${signature(BODY)}0`, 'g'.repeat(64)]) {
    test(`that is none is refused before the body is read: ${value.slice(0, 12)}`, async () => {
      const { body, wasRead } = watchedBody();
      await refused(plain, post({ 'x-grafana-alerting-signature': value }, body), true);
      assert.equal(wasRead(), false);
    });
  }

  test('is refused while the file with the secret is gone', async () => {
    const headers = { 'x-grafana-alerting-signature': signature(BODY) };
    await refused(
      open('', () => undefined),
      post(headers),
      undefined,
    );
  });

  test('does not make a body longer than any other may be', async () => {
    const long = ' '.repeat(MAX_BODY_BYTES + 1);
    const request = post({ 'x-grafana-alerting-signature': signature(long) }, long);
    await assert.rejects(
      plain(request, FROM, admit),
      (error) => error instanceof ProblemError && error.problem.status === 413,
    );
  });

  test('in a header of its own', async () => {
    const door = open('header: X-Hub-Signature');
    await door(post({ 'x-hub-signature': signature(BODY) }), FROM, admit);
    await refused(door, post({ 'x-grafana-alerting-signature': signature(BODY) }), undefined);
  });
});

describe('a signature with its time', () => {
  const signed = (seconds: number, over = `${seconds}:${BODY}`): Request =>
    post({ 'x-grafana-alerting-signature': signature(over), 'x-grafana-alerting-timestamp': String(seconds) });

  for (const seconds of [SECONDS, SECONDS - 300, SECONDS + 300]) {
    test(`${seconds - SECONDS} s from now opens`, async () => {
      const { sender } = await dated(signed(seconds), FROM, admit);
      assert.deepEqual(sender, {
        name: 'grafana',
        grants: [{ scopes: ['start', 'stop'], only: { team: 'ml' } }],
        isSigned: true,
      });
    });
  }

  for (const seconds of [SECONDS - 301, SECONDS + 301, 0]) {
    test(`${seconds - SECONDS} s from now is too far, and guesses nothing`, async () => {
      assert.match(await refused(dated, signed(seconds), undefined), /expected a current signature/);
    });
  }

  test('that was changed is another signature', async () => {
    await refused(dated, signed(SECONDS, `${SECONDS - 1_000}:${BODY}`), true);
    await refused(dated, signed(SECONDS, BODY), true);
  });

  for (const time of ['', 'now', '-1', '1e9', `${SECONDS}.5`, `${SECONDS}000000`]) {
    test(`${JSON.stringify(time)} is no time`, async () => {
      const headers = {
        'x-grafana-alerting-signature': signature(`${time}:${BODY}`),
        'x-grafana-alerting-timestamp': time,
      };
      await refused(dated, post(headers), undefined);
    });
  }
});

describe('without a signature', () => {
  test('a token opens as ever', async () => {
    const { sender } = await plain(post({ authorization: 'Bearer right' }), FROM, admit);
    assert.deepEqual(sender, { name: 'robot', grants: [{ scopes: ['start'] }] });
  });

  test('nothing opens, and the body is not read', async () => {
    const { body, wasRead } = watchedBody();
    await refused(plain, post({ authorization: 'Bearer wrong' }, body), true);
    assert.equal(wasRead(), false);
    await refused(plain, post({}), undefined);
  });

  test('where none is set up, the header means nothing', async () => {
    const authenticate = requireToken(
      async () => Promise.resolve(undefined),
      () => NOW,
      async () => Promise.resolve(false),
    );
    const door = createAdmitWebhook(authenticate, createJsonReader(createStrangersRoom()), undefined, () => NOW);
    await refused(door, post({ 'x-grafana-alerting-signature': signature(BODY) }), undefined);
  });
});
