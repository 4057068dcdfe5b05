import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { getJson } from './get-json.ts';

async function serve(stack: AsyncDisposableStack, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  return `http://127.0.0.1:${address.port}`;
}

test('a path below the URL, a query, a token from a file, and the clock of the other side', async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-test-'));
  stack.defer(async () => rm(directory, { recursive: true }));
  const file = path.join(directory, 'token');
  await writeFile(file, 'a-token\n');
  const url = await serve(stack, (request, response) => {
    response.setHeader('date', 'Tue, 01 Jan 2030 00:00:00 GMT');
    response.end(JSON.stringify([request.url, request.headers.authorization]));
  });
  const api = { url: `${url}/prometheus`, token_file: file };
  const { value, clock } = await getJson(api, 'api/v1/query', { query: 'a{b="c"}' });
  assert.deepEqual(value, ['/prometheus/api/v1/query?query=a%7Bb%3D%22c%22%7D', 'Bearer a-token']);
  assert.equal(clock?.remote, Date.UTC(2030, 0, 1));
  await assert.rejects(
    getJson({ url, token_file: path.join(directory, 'none') }, 'x'),
    /expected a file at .*none that can be read, got ENOENT/,
  );
  await writeFile(file, 'first-token\nsecond-token\n');
  await assert.rejects(getJson(api, 'x'), (error: Error) => {
    assert.match(error.message, /expected one line of ASCII in the token file/);
    assert.doesNotMatch(error.message, /first-token|second-token/);
    return true;
  });
});

test('a redirect is not followed: the token must not go elsewhere', async () => {
  await using stack = new AsyncDisposableStack();
  let visits = 0;
  const elsewhere = await serve(stack, (_request, response) => {
    visits += 1;
    response.end('{}');
  });
  const url = await serve(stack, (_request, response) => {
    response.writeHead(302, { location: elsewhere }).end();
  });
  await assert.rejects(getJson({ url }, 'api'), /redirects to http:.*, which is not followed/);
  assert.equal(visits, 0);
});

test('what is not JSON, and what is refused', async () => {
  await using stack = new AsyncDisposableStack();
  const page = await serve(stack, (_request, response) => response.end('<html>Sign in</html>'));
  await assert.rejects(getJson({ url: page }, 'api'), /expected JSON from .*, got "<html>Sign in/);
  const closed = await serve(stack, (_request, response) => response.writeHead(401).end('who are you?'));
  await assert.rejects(getJson({ url: closed }, 'api'), /got status 401: who are you\?/);
});

test('an answer without an end is not read to the last byte', async () => {
  await using stack = new AsyncDisposableStack();
  const chunk = Buffer.alloc(1024 * 1024, ' ');
  const url = await serve(stack, (_request, response) => {
    const more = (): void => {
      response.write(chunk);
    };
    response.on('drain', more);
    more();
  });
  await assert.rejects(getJson({ url }, 'api'), /was cut off: expected at most \d+ bytes, got more/);
});
