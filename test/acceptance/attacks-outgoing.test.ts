/** Whom the operator calls: nobody but who is configured, and not whom that one points to. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { createAskFiring } from '../../src/alertmanager/firing.ts';
import { stopAlert } from '../support/alerts.ts';
import { idOf } from '../support/fleet.ts';
import { startListener, type Listener } from '../support/listener.ts';
import { startOperator, temporaryDirectory } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';

const AWS = findTool('aws', 'awscli');
const REDIRECTS = [301, 302, 303, 307, 308] as const;

/** Answers everything by pointing to the stranger. */
async function startRedirector(status: number, stranger: Listener): Promise<Listener> {
  return startListener((request, response) => {
    response.writeHead(status, { location: `${stranger.url}${request.url}`, 'content-type': 'text/plain' });
    response.end('over there');
  });
}

describe('Alertmanager points elsewhere', { concurrency: true }, () => {
  for (const status of REDIRECTS) {
    test(`by ${status}: nobody knows whether the alert fires, and the token stays here`, async () => {
      await using stack = new AsyncDisposableStack();
      const stranger = stack.use(await startListener());
      const redirector = stack.use(await startRedirector(status, stranger));
      const tokenFile = path.join(await temporaryDirectory(stack), 'token');
      await writeFile(tokenFile, 'the token for Alertmanager');
      const ask = createAskFiring({ url: redirector.url, token_file: tokenFile }, Date.now);
      const { firing } = await ask({ alertname: 'UnusedGPU', fingerprint: '0123456789abcdef' });
      assert.equal(firing, 'unknown');
      assert.deepEqual([redirector.requests.length, stranger.requests], [1, []]);
    });
  }
});

for (const client of ['native', 'cli'] as const) {
  describe(
    `EC2 points elsewhere, by the client ${client}`,
    { skip: client === 'cli' && 'skip' in AWS && AWS.skip },
    () => {
      for (const status of client === 'cli' ? ([301, 307] as const) : REDIRECTS) {
        test(`by ${status}: a signed request goes nowhere else`, async () => {
          await using stranger = await startListener();
          await using redirector = await startRedirector(status, stranger);
          const { PATH, HOME } = process.env;
          await using operator = await startOperator({ environment: { AWS_ENDPOINT_URL: redirector.url, PATH, HOME } });
          const asked = `/operateInstance?instance=${idOf(1)}&action=stop&dryrun=false&client=${client}&wait=60s`;
          const { operation } = await operator.ask(asked);
          assert.ok(['waiting', 'failed'].includes(operation.state), JSON.stringify(operation));
          assert.ok(redirector.requests.length > 0);
          assert.deepEqual([stranger.requests, operator.sandbox.calls], [[], []]);
        });
      }
    },
  );
}

test('a webhook that a redirect has turned into a GET does nothing', async () => {
  await using operator = await startOperator();
  for (const status of [301, 302, 303]) {
    await using front = await startListener((request, response) => {
      response.writeHead(status, { location: `${operator.url}${request.url}` }).end();
    });
    const body = JSON.stringify({ alerts: [stopAlert(1)] });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${front.url}/operateHostname`, { method: 'POST', headers, body });
    assert.deepEqual([response.redirected, response.status], [true, 400]);
    assert.match(await response.text(), /a redirect .* turns it into a GET/);
  }
  assert.deepEqual(operator.sandbox.calls, []);
});
