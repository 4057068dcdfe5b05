/** Slack as an app sees it: the Web API and Socket Mode, by a real server that answers as Slack documents. */
import { createHmac, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { acceptWebSocket, type ServerSocket } from '../websocket.ts';
import { answerMethod, type SlackCall, type SlackWorld, type SlackWorldOptions, slackWorld } from './slack-world.ts';

export interface SlackVendor extends AsyncDisposable {
  /** Of the Web API. */
  readonly api: string;
  readonly world: SlackWorld;
  /** The calls of the Web API, in order. */
  readonly calls: readonly SlackCall[];
  /** What was sent to addresses for answers: the texts that only the person sees. */
  readonly answers: readonly string[];
  /** Resolves with the next answer to a person. */
  readonly nextAnswer: () => Promise<string>;
  /** Resolves with the next call of a method that is answered well. */
  readonly nextCall: (method: string) => Promise<SlackCall>;
  /** Emits `ack` with the id of an envelope, `end` when a connection ends, and the name of each method that was asked, whatever the answer. */
  readonly tried: EventEmitter;
  /** How many connections stand. */
  readonly connections: () => number;
  /** Resolves once a connection was said hello to. */
  readonly hello: () => Promise<void>;
  /** Sends an envelope to any connection, and resolves once it is acknowledged. */
  readonly deliver: (type: 'interactive' | 'slash_commands', payload: unknown, id?: string) => Promise<void>;
  /** To the oldest connection. */
  readonly disconnect: (reason: string) => void;
  /** Of all connections. */
  readonly sockets: () => readonly ServerSocket[];
  /** An address for answers, as a payload carries it. */
  readonly responseUrl: () => string;
}

/** @param options what the app is allowed to, and which channels and people there are */
export async function startSlack(options: SlackWorldOptions = {}): Promise<SlackVendor> {
  const world = slackWorld(options);
  const news = new EventEmitter();
  news.setMaxListeners(0);
  const tried = new EventEmitter();
  const calls: SlackCall[] = [];
  const answers: string[] = [];
  const sockets = new Set<ServerSocket>();
  const tickets = new Set<string>();
  const uses = new Map<string, number>();
  let origin = '';

  const answerCall = (request: IncomingMessage, body: string, response: ServerResponse): void => {
    const call = callOf(request, body);
    const answer = answerMethod(world, call);
    if (call.method === 'apps.connections.open' && answer.body['ok'] === true) {
      const ticket = randomUUID();
      tickets.add(ticket);
      answer.body['url'] = `${origin.replace('http', 'ws')}/link/?ticket=${ticket}`;
    }
    calls.push(call);
    response.writeHead(answer.status, {
      'content-type': 'application/json; charset=utf-8',
      ...(world.scopes === undefined ? {} : { 'x-oauth-scopes': world.scopes.join(',') }),
      ...answer.headers,
    });
    response.end(JSON.stringify(answer.body));
    tried.emit(call.method);
    if (answer.body['ok'] === true) news.emit(call.method, call);
  };
  const answerRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await textOf(request);
    const { pathname } = new URL(request.url ?? '/', origin);
    if (pathname.startsWith('/api/')) answerCall(request, body, response);
    else answerPerson({ uses, answers, news }, pathname, body, response);
  };
  const server = createServer((request, response) => {
    void answerRequest(request, response);
  });
  server.on('upgrade', (request, socket) => {
    const ticket = new URL(request.url ?? '/', origin).searchParams.get('ticket') ?? '';
    if (!tickets.delete(ticket)) {
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      return;
    }
    const accepted = acceptWebSocket(request, socket, {
      onText: (given) => tried.emit('ack', (JSON.parse(given) as { envelope_id?: string }).envelope_id),
      onEnd: () => {
        sockets.delete(accepted);
        tried.emit('end');
      },
    });
    if (sockets.size >= 10) {
      accepted.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets' }));
      accepted.close();
      return;
    }
    sockets.add(accepted);
    if (world.isSilent) return;
    accepted.send(
      JSON.stringify({ type: 'hello', connection_info: { app_id: world.app }, num_connections: sockets.size }),
    );
    news.emit('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('expected a TCP address');
  origin = `http://127.0.0.1:${address.port}`;
  return {
    api: `${origin}/api/`,
    world,
    calls,
    answers,
    tried,
    nextAnswer: async () => firstOf(await once(news, 'answer')) as string,
    nextCall: async (method) => firstOf(await once(news, method)) as SlackCall,
    connections: () => sockets.size,
    hello: async () => {
      await once(news, 'hello');
    },
    deliver: async (type, payload, id = randomUUID()) => {
      const open = [...sockets].filter((socket) => socket.isOpen());
      const chosen = open[Math.floor(Math.random() * open.length)];
      if (chosen === undefined) throw new Error('expected a connection');
      const acknowledged = new Promise<void>((resolve) => {
        const listen = (given: unknown): void => {
          if (given !== id) return;
          tried.off('ack', listen);
          resolve();
        };
        tried.on('ack', listen);
      });
      chosen.send(JSON.stringify({ envelope_id: id, type, payload, accepts_response_payload: true }));
      await acknowledged;
    },
    disconnect: (reason) => {
      const [first] = sockets;
      first?.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-1' } }));
    },
    sockets: () => [...sockets],
    responseUrl: () => `${origin}/actions/${world.team}/${randomUUID()}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A request as Slack signs it. */
export function signedBySlack(
  secret: string,
  fields: Readonly<Record<string, string>>,
  atMs: number = Date.now(),
): RequestInit & { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const body = new URLSearchParams(fields).toString();
  const time = String(Math.floor(atMs / 1_000));
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': time,
      'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')}`,
    },
    body,
  };
}

interface Persons {
  readonly uses: Map<string, number>;
  readonly answers: string[];
  readonly news: EventEmitter;
}

/** An address takes five answers. */
function answerPerson({ uses, answers, news }: Persons, path: string, body: string, response: ServerResponse): void {
  const used = (uses.get(path) ?? 0) + 1;
  uses.set(path, used);
  if (!path.startsWith('/actions/') || used > 5) {
    response.writeHead(404).end('used_url');
    return;
  }
  const given = JSON.parse(body) as { response_type?: string; replace_original?: boolean; text?: string };
  const isForOne = given.response_type === 'ephemeral' && given.replace_original === false;
  const said = isForOne ? (given.text ?? '') : `expected an answer for one person, got ${body}`;
  answers.push(said);
  response.writeHead(200).end('ok');
  news.emit('answer', said);
}

/** A method takes a form, or JSON. */
function callOf(request: IncomingMessage, body: string): SlackCall {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://slack');
  const isJson = request.headers['content-type']?.startsWith('application/json') === true;
  const form = Object.fromEntries([...searchParams, ...new URLSearchParams(isJson ? '' : body)]);
  const fields = isJson
    ? (JSON.parse(body) as Record<string, unknown>)
    : Object.fromEntries(Object.entries(form).map(([name, value]) => [name, valueOf(name, value)]));
  const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  return { method: pathname.replace('/api/', ''), token, fields };
}

/** In a form, what is no text is JSON. */
function valueOf(name: string, value: string): unknown {
  return /^(?:blocks|metadata|unfurl_links|unfurl_media|reply_broadcast)$/.test(name)
    ? (JSON.parse(value) as unknown)
    : value;
}

function firstOf(values: readonly unknown[]): unknown {
  return values[0];
}
