import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to connections and to servers that ask for any: nobody comes by such a port by chance between the
 * moment when it is found and the moment when it is used.
 */
const LOWEST = 10_000;
const HIGHEST = 32_000;

/** A port of the loopback interface that nobody listens on at the moment. */
export async function findFreePort(): Promise<number> {
  const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
  const server = createServer();
  const listening = once(server, 'listening');
  server.listen(port, '127.0.0.1');
  try {
    await listening;
  } catch {
    return findFreePort();
  }
  server.close();
  await once(server, 'close');
  return port;
}
