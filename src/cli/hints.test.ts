import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { openHints } from './hints.ts';

test(
  'after a look without an answer the next one comes soon, however seldom it is asked for',
  { timeout: 30_000 },
  async () => {
    await using stack = new AsyncDisposableStack();
    const silent = stack.use(createServer().listen(0, '127.0.0.1'));
    await once(silent, 'listening');
    const address = silent.address();
    assert.ok(address !== null && typeof address === 'object');
    stack.defer(() => {
      silent.closeAllConnections();
    });
    const ended = new AbortController();
    stack.defer(() => {
      ended.abort();
    });
    const environment = { EC2_OPERATOR_URL: `http://127.0.0.1:${address.port}` };
    await openHints({ environment, signal: ended.signal }, 3_600_000).next(true);
  },
);
