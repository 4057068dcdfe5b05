/** A vendor of messages, played by a real HTTP server that enforces what the vendor documents. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import type * as z from 'zod';

export interface VendorRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface VendorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

export interface Vendor extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly VendorRequest[];
  /** The next requests get these answers instead of the vendor's own; `silence` is none at all. */
  readonly next: (...answers: (VendorAnswer | 'silence')[]) => void;
}

/** @param answer by the vendor's documents */
export async function startVendor(answer: (request: VendorRequest) => VendorAnswer): Promise<Vendor> {
  const requests: VendorRequest[] = [];
  const instead: (VendorAnswer | 'silence')[] = [];
  const server = createServer((incoming, response) => {
    void (async () => {
      const url = new URL(incoming.url ?? '/', 'http://vendor');
      const { method = '', headers } = incoming;
      const body = await text(incoming);
      const request = { method, path: url.pathname, query: url.searchParams, headers, body };
      requests.push(request);
      const given = instead.shift() ?? answer(request);
      if (given === 'silence') return;
      response.writeHead(given.status, given.headers);
      response.end(typeof given.body === 'string' ? given.body : JSON.stringify(given.body ?? ''));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('expected a TCP address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    next: (...answers) => instead.push(...answers),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Why the vendor refuses a body; undefined if it takes it. */
export function problemOf(
  schema: z.ZodType,
  { headers, body }: Pick<VendorRequest, 'headers' | 'body'>,
): string | undefined {
  if (!/^application\/(?:[\w.-]+\+)?json\b/.test(headers['content-type'] ?? ''))
    return 'expected JSON by its content type';
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'expected JSON';
  }
  const { success, error } = schema.safeParse(value);
  return success ? undefined : error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}
