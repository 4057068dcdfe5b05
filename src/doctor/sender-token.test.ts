import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import type { Webhook } from './alertmanager-config.ts';
import { checkDeliveries } from './deliveries.ts';
import { checkSenderTokens } from './sender-token.ts';

const TOKEN = 'the-token-of-this-server';

function sends(tokenFile: string): Webhook {
  const webhook = { receiver: 'ec2-operator', leadsTo: 'hostname', maxAlerts: 0, sendsResolved: true } as const;
  return { ...webhook, authorizes: true, followsRedirects: false, tokenFile };
}

test('the token that Alertmanager sends is compared with the tokens of the server', async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-test-'));
  stack.defer(async () => rm(directory, { recursive: true }));
  const file = path.join(directory, 'token');
  const other = path.join(directory, 'reader');
  await writeFile(other, 'a-token-that-may-only-read');
  const config = loadConfig({ AUTH_TOKEN: TOKEN }, `tokens: [{ name: reader, scopes: [read], file: '${other}' }]`);
  const look = async (tokenFile: string): Promise<string> => {
    const [finding] = await checkSenderTokens(config, [sends(tokenFile)]);
    return `${finding?.severity}: ${finding?.evidence}`;
  };
  await writeFile(file, `${TOKEN}\n`);
  assert.equal(await look(file), 'ok: sends the token AUTH_TOKEN');
  await writeFile(file, 'the-token-of-last-year');
  assert.match(await look(file), /^warning: sends the token in .*, which is not a configured token/);
  assert.match(await look(other), /^warning: sends the token reader, which lacks the scope stop/);
  assert.match(await look(path.join(directory, 'none')), /^info: .*cannot be read here and was not checked/);
  assert.deepEqual(await checkSenderTokens(loadConfig({ AUTH: 'none' }), [sends(file)]), []);
});

test('failed deliveries of Alertmanager are reported with their reason, if there is one', () => {
  const told = checkDeliveries([{ reason: 'authError' }, { reason: 'serverError' }, {}]).map((each) => each.evidence);
  assert.deepEqual(told, [
    'in the last hour Alertmanager could not deliver to a webhook (authError): the answer was 401 or 403',
    'in the last hour Alertmanager could not deliver to a webhook (serverError)',
    'in the last hour Alertmanager could not deliver to a webhook',
  ]);
});
