/**
 * Answers what Node cannot read as a request, or reads otherwise than proxies do. There is no route and no session then, but people see
 * these answers, too: a browser sends all cookies of a host, and a bookmark may be too long.
 */
import { createHash } from 'node:crypto';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

type Status = 400 | 408 | 413 | 431;

/** Undefined for errors of the connection, such as a handshake that never ends: there is nothing to answer. */
function statusOf({ code = '' }: NodeJS.ErrnoException): Status | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return code.startsWith('HPE_') ? 400 : undefined;
}

const TEXTS: Readonly<Record<Status, readonly [title: string, text: string]>> = {
  400: [
    'This was not understood',
    'The server, or a proxy before it, could not read the request. Type the address of the server anew, without what follows its name.',
  ],
  408: ['This took too long', 'The request did not arrive in time, and nothing was changed. Please try again.'],
  413: ['The request is too large', 'The request is larger than any of this server, and nothing was changed.'],
  431: [
    'The address or the cookies are too long',
    'Address, cookies and other headers are more than 16 KiB together, and nothing was changed. Shorten the address, or delete the cookies of this host in the settings of your browser: they may be of other servers on it.',
  ],
};

/** Within the page: for a file of its own, the browser would send the same cookies. */
const STYLE = `:root{color-scheme:light dark}body{margin:2rem auto;max-width:38rem;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif;background:light-dark(#f5f6f8,#14171c);color:light-dark(#1b1f27,#e8ebf0)}a{color:light-dark(#0b5cad,#78b6ff)}`;
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'`;

function pageOf(status: Status): string {
  const [title, text] = TEXTS[status];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ec2-operator</title>
<style>${STYLE}</style>
<main>
<h1>${title}</h1>
<p>${text}</p>
<p><a href="/">All machines</a></p>
</main>
</html>
`;
}

function headersOf(page: string): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-length': String(Buffer.byteLength(page)),
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
    connection: 'close',
  };
}

export function refuseAmbiguous(outgoing: ServerResponse): void {
  const page = pageOf(400);
  outgoing.writeHead(400, headersOf(page)).end(page);
}

export interface Unreadable {
  /** To be called with each answer before it begins. */
  readonly answering: (outgoing: ServerResponse) => void;
  /** For the event `clientError` of a server. */
  readonly refuse: (error: NodeJS.ErrnoException, socket: Duplex) => void;
}

export function createUnreadable(): Unreadable {
  const answers = new WeakMap<Duplex, ServerResponse>();
  return {
    answering: (outgoing) => {
      const { socket } = outgoing;
      if (socket === null) return;
      answers.set(socket, outgoing);
      outgoing.once('close', () => {
        if (answers.get(socket) === outgoing) answers.delete(socket);
      });
    },
    refuse: (error, socket) => {
      const status = statusOf(error);
      // Within an answer that has begun, another one would be read as a part of it.
      const hasBegun = answers.get(socket)?.headersSent === true;
      if (status === undefined || hasBegun || !socket.writable) socket.destroy();
      else socket.end(bytesOf(status), () => socket.destroy());
    },
  };
}

function bytesOf(status: Status): string {
  const page = pageOf(status);
  const headers = Object.entries(headersOf(page)).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${headers.join('')}\r\n${page}`;
}
