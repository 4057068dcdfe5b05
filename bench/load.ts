/** The load generator: POSTs over connections that stay open, and notes when each was sent. */
import { Agent, request } from 'node:http';
import { monotonicMs } from './clock.ts';
import { inParallel } from './in-parallel.ts';

export interface Load {
  readonly url: string;
  readonly bodies: readonly Buffer[];
  readonly concurrency: number;
  /** Awaited after every reply before the next POST goes out; `posted` counts from 1. */
  readonly afterEach?: (posted: number) => Promise<void>;
}

export interface Posted {
  /** When the body with the same index was sent, by the monotonic clock. */
  readonly sentAt: readonly number[];
  /** When the last reply had come. */
  readonly repliedAt: number;
}

/** @throws Error when a reply is not 200 */
export async function post({ url, bodies, concurrency, afterEach }: Load): Promise<Posted> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const sentAt: number[] = [];
  try {
    await inParallel([...bodies.entries()], concurrency, async ([index, body]) => {
      sentAt[index] = monotonicMs();
      await postOne(agent, url, body);
      await afterEach?.(index + 1);
    });
    return { sentAt, repliedAt: monotonicMs() };
  } finally {
    agent.destroy();
  }
}

async function postOne(agent: Agent, url: string, body: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const sent = request(url, { agent, method: 'POST', headers }, (response) => {
    // Nobody reads the receipts; the connection is free again once they have come.
    response.resume();
    response.on('error', reject);
    response.on('end', () => {
      if (response.statusCode === 200) resolve();
      else reject(new Error(`expected 200 to a POST to ${url}, got ${String(response.statusCode)}`));
    });
  });
  sent.on('error', reject);
  sent.end(body);
  await promise;
}
