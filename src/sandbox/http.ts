/** Reads bodies and sends answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The largest call, with 1,000 ids, is under 50 kB. */
const MAX_BODY_LENGTH = 1_048_576;

/** @throws Error for a body that is too long; the connection ends, too */
export async function readBody(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let text = '';
  for await (const part of request) {
    text += String(part);
    if (text.length > MAX_BODY_LENGTH) {
      request.socket.destroy();
      throw new Error(`Expected a request body of at most ${MAX_BODY_LENGTH} characters`);
    }
  }
  return text;
}

export function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value));
}
