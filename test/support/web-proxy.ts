/**
 * An HTTP proxy before operators, as houses have them: it takes turns, also with a server that is gone, cuts long answers, holds back
 * what is not complete, or all but its first piece, has no server to ask, leads to a login elsewhere, or is away itself.
 */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebProxy extends AsyncDisposable {
  readonly url: string;
  /** The paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** The last event that each of them named, if any. */
  readonly lastEvents: readonly (string | undefined)[];
  /** What it does with the answers that begin from now on. */
  mode: 'pass' | 'hold' | 'hold-rest' | 'empty' | 'away' | 'logged-out';
  /** Ends the answers that have not ended. */
  readonly cut: () => void;
}

/** @param servers asked in turn */
export async function startWebProxy(servers: readonly string[]): Promise<WebProxy> {
  const asked: string[] = [];
  const lastEvents: (string | undefined)[] = [];
  const open = new Set<ServerResponse>();
  let turn = 0;
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const server = servers[turn % servers.length] ?? '';
    turn += 1;
    asked.push(incoming.url ?? '');
    lastEvents.push(incoming.headersDistinct['last-event-id']?.[0]);
    if (proxy.mode === 'away') {
      outgoing.destroy();
      return;
    }
    const refuse = (): void => void outgoing.writeHead(502).end();
    // Elsewhere is the server under its own address.
    if (proxy.mode === 'logged-out') {
      const isOfScript = /^\/(?:api\/|machines\/rows)/.test(incoming.url ?? '');
      outgoing.writeHead(isOfScript ? 401 : 302, { location: `${server}/settings` }).end();
      return;
    }
    if (proxy.mode === 'empty') {
      refuse();
      return;
    }
    const onward = request(`${server}${incoming.url}`, {
      method: incoming.method,
      headers: incoming.headers,
      agent: false,
    });
    onward.on('error', () => {
      if (outgoing.headersSent) outgoing.destroy();
      else refuse();
    });
    outgoing.on('close', () => {
      open.delete(outgoing);
      onward.destroy();
    });
    onward.on('response', (answer) => {
      const { connection: _, ...headers } = answer.headers;
      const { mode } = proxy;
      const isStream = answer.headers['content-type'] === 'text/event-stream';
      open.add(outgoing);
      answer.on('error', () => outgoing.destroy());
      if (isStream && mode === 'hold') {
        answer.resume();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, headers);
      outgoing.flushHeaders();
      if (isStream && mode === 'hold-rest') answer.once('data', (first) => outgoing.write(first));
      else answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  };
  const server = createServer(pass);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy: WebProxy = {
    url: `http://127.0.0.1:${port}`,
    asked,
    lastEvents,
    mode: 'pass',
    cut: () => {
      for (const outgoing of open) outgoing.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return proxy;
}
