/** A server that nobody may call: what reaches it is a leak. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';

export interface Listener extends AsyncDisposable {
  readonly url: string;
  /** Every request there has been, as `GET /path`. */
  readonly requests: readonly string[];
}

/** @param answer default: an empty 200 */
export async function startListener(
  answer: RequestListener = (_request, response) => response.end(),
): Promise<Listener> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('expected a TCP address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
