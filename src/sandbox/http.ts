import type { IncomingMessage, ServerResponse } from 'node:http';

/** A longer body is not read on; the largest call, 1000 ids, is under 50 kB. */
const maxBodyLength = 1_048_576;

/** A request body as text. Throws when it is too long, which ends the connection. */
export async function readBody(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let text = '';
  for await (const part of request) {
    text += String(part);
    if (text.length > maxBodyLength) {
      request.socket.destroy();
      throw new Error(`Expected a request body of at most ${maxBodyLength} characters`);
    }
  }
  return text;
}

/** Sends a whole answer. */
export function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Sends a JSON answer. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value));
}
