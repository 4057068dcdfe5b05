/** What the commands for people say, and end with, when the server cannot be asked. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { idOf } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';
import { runPerson } from './person.ts';

const TOKEN = 'a-token-that-is-long-enough';

/** Something on the way to the server, such as a proxy. */
async function between(answer: RequestListener): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

describe('the token', { concurrency: 2 }, () => {
  test('from the variable or from the file', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-test-'));
    try {
      const file = path.join(directory, 'token');
      await writeFile(file, `${TOKEN}\n`);
      await using operator = await startOperator({ environment: { AUTH: 'token', AUTH_TOKEN: TOKEN } });
      for (const environment of [{ EC2_OPERATOR_TOKEN: TOKEN }, { EC2_OPERATOR_TOKEN_FILE: file }]) {
        const { code, stderr } = await runPerson(operator.url, ['ops'], { environment });
        assert.deepEqual([code, stderr], [0, '']);
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('a missing, wrong or unusable token leads to advice that does not show it', async () => {
    await using operator = await startOperator({ environment: { AUTH: 'token', AUTH_TOKEN: TOKEN } });
    const said = async (environment: Readonly<Record<string, string>>, code: number): Promise<string> => {
      const run = await runPerson(operator.url, ['ops'], { environment });
      assert.deepEqual([run.code, run.stdout], [code, ''], run.stderr);
      assert.doesNotMatch(run.stderr, /secret/);
      return run.stderr;
    };
    assert.match(await said({}, 3), /requires a token: set EC2_OPERATOR_TOKEN or EC2_OPERATOR_TOKEN_FILE/);
    assert.match(
      await said({ EC2_OPERATOR_TOKEN: 'secret' }, 3),
      /does not accept the token in EC2_OPERATOR_TOKEN .+got an unknown one/,
    );
    assert.match(await said({ EC2_OPERATOR_TOKEN: 'two secret words' }, 2), /to hold one token/);
    assert.match(await said({ EC2_OPERATOR_TOKEN_FILE: '/nowhere' }, 2), /cannot read \/nowhere \(ENOENT\)/);
  });
});

describe('a server that cannot be asked', { concurrency: 2 }, () => {
  test('is named, with what to check', async () => {
    const stopped = await between(() => undefined);
    await stopped[Symbol.asyncDispose]();
    for (const [url, code, form] of [
      [stopped.url, 3, /refuses the connection: is it running\? EC2_OPERATOR_URL/],
      [stopped.url.replace('http:', 'https:'), 3, /refuses the connection/],
      ['127.0.0.1:8080', 2, /expected EC2_OPERATOR_URL to be like http:/],
      ['http://me:secret@127.0.0.1/', 2, /without a user or password/],
    ] as const) {
      const run = await runPerson(url, ['stop', 'gpu-1', 'gpu-2']);
      assert.deepEqual([run.code, run.stdout], [code, ''], run.stderr);
      assert.match(run.stderr, form);
      assert.equal(run.stderr.trim().split('\n').length, 1, 'the same error is shown once');
      assert.doesNotMatch(run.stderr, /secret/);
    }
  });

  test('each kind of wrong answer has its sentence', async () => {
    const problem = (status: number, detail: string): RequestListener => {
      return (_request, response) => {
        response.writeHead(status, { 'content-type': 'application/problem+json', 'retry-after': '7' });
        response.end(JSON.stringify({ title: 'Title', status, detail }));
      };
    };
    for (const [answer, code, form] of [
      [problem(403, 'the scope is missing'), 3, /the token does not allow this \(the scope is missing\)/],
      [problem(429, 'slow down'), 3, /too many requests: try again in 7 s \(slow down\)/],
      [problem(503, 'the store is away'), 3, /the server answered 503: the store is away/],
      [problem(400, 'what is that?'), 2, /ec2-operator: what is that\?/],
      [problem(404, 'no such thing'), 1, /ec2-operator: no such thing/],
      [(_: unknown, response) => response.end('<html>'), 3, /expected an answer of ec2-operator .+ status 200/],
      [(_: unknown, response) => response.end('{"operations":7}'), 3, /check EC2_OPERATOR_URL/],
      [(request) => request.socket.destroy(), 3, /closed the connection/],
    ] as const satisfies readonly (readonly [RequestListener, number, RegExp])[]) {
      await using proxy = await between(answer);
      const run = await runPerson(proxy.url, ['ops']);
      assert.deepEqual([run.code, run.stdout], [code, ''], run.stderr);
      assert.match(run.stderr, form);
    }
  });

  test('a wait for the end goes on when the server has too many requests for a moment', async () => {
    await using operator = await startOperator();
    operator.sandbox.set(idOf(1), { state: 'pending' });
    let refused = 0;
    const relay = async (asked: string, response: ServerResponse): Promise<void> => {
      const { status, text } = await operator.request(asked);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    };
    await using proxy = await between((request, response) => {
      const { pathname, search } = new URL(request.url ?? '/', operator.url);
      if (pathname.startsWith('/api/v1/operations/') && refused === 0) {
        refused += 1;
        operator.sandbox.set(idOf(1), { state: 'stopped' });
        response.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '1' });
        response.end(JSON.stringify({ title: 'Too many', status: 429, detail: 'slow down' }));
        return;
      }
      void relay(pathname + search, response);
    });
    const { code, stderr } = await runPerson(proxy.url, ['stop', idOf(1)]);
    assert.equal(code, 0, stderr);
    assert.equal(refused, 1);
    assert.match(stderr, /too many requests: try again in 1 s/);
  });

  test('a redirect is not followed, because the token must not reach another server', async () => {
    let asked = 0;
    await using other = await between((_request, response) => {
      asked += 1;
      response.end('{"operations":[]}');
    });
    await using proxy = await between((_request, response) => {
      response.writeHead(307, { location: other.url }).end();
    });
    const run = await runPerson(proxy.url, ['ops'], { environment: { EC2_OPERATOR_TOKEN: TOKEN } });
    assert.equal(run.code, 3);
    assert.match(run.stderr, /unexpected redirect.+check EC2_OPERATOR_URL/);
    assert.equal(asked, 0);
  });

  test('a path in front of the routes is kept', async () => {
    const seen: string[] = [];
    await using proxy = await between((request, response) => {
      seen.push(request.url ?? '');
      response.end('{"operations":[]}');
    });
    assert.equal((await runPerson(`${proxy.url}/ec2?x=1`, ['ops'])).code, 0);
    assert.deepEqual(seen, ['/ec2/api/v1/operations?limit=20']);
  });
});
