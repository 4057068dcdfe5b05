/** An open page of the machines table, as a browser with `live.js` plays it. */
import { once } from 'node:events';
import { Agent, get, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { monotonicMs } from './clock.ts';

export interface LivePage extends AsyncDisposable {
  /** The bytes that the page was sent for its rows, compressed. */
  readonly bytes: () => number;
  readonly reads: () => number;
  /** The failures; a page that works has none. */
  readonly faults: () => readonly string[];
}

/** As in `live.js`. */
const READ_EVERY_MS = 1_000;
const MOST_ROWS = 200;
const BROWSER = { 'accept-encoding': 'gzip, deflate, br, zstd', 'sec-fetch-site': 'same-origin' } as const;
const AGAIN = { ...BROWSER, 'x-piece': 'shared' } as const;

/** A page that was read. */
export interface Read {
  readonly ms: number;
  readonly bytes: number;
}

const hintSchema = z.object({ machines: z.array(z.string()).optional() });

export async function readPage(url: string, agent?: Agent, headers?: OutgoingHttpHeaders): Promise<Read> {
  const begin = monotonicMs();
  const response = await ask(url, agent, headers);
  let bytes = 0;
  response.on('data', (chunk: Buffer) => (bytes += chunk.length));
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`expected 200 of ${url}, got ${String(response.statusCode)}`);
  return { ms: monotonicMs() - begin, bytes };
}

export async function openLivePage(url: string): Promise<LivePage> {
  const agent = new Agent({ keepAlive: true, maxSockets: 5 });
  const faults: string[] = [];
  const changed = new Set<string>();
  const leaving = new AbortController();
  let isAll = false;
  let readAt = -Infinity;
  let wake = (): void => undefined;
  let [bytes, reads] = [0, 0];
  await readPage(`${url}/`, agent);
  const events = await ask(`${url}/api/v1/events`, undefined);
  const follow = async (): Promise<void> => {
    events.setEncoding('utf8');
    for await (const text of events)
      for (const [, data = '{}'] of String(text).matchAll(/^event: hint\ndata: (.*)$/gm)) {
        const hint = hintSchema.parse(JSON.parse(data));
        if (hint.machines === undefined) isAll = true;
        else for (const machine of hint.machines) changed.add(machine);
        wake();
      }
  };
  const readAgain = async (): Promise<void> => {
    for (;;) {
      if (!isAll && changed.size === 0 && !leaving.signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      leaving.signal.throwIfAborted();
      // From the beginning of a read to the next: pages that are told together read together.
      const due = readAt + READ_EVERY_MS - monotonicMs();
      if (due > 0) await delay(due, undefined, { signal: leaving.signal });
      const path = isAll || changed.size > MOST_ROWS ? '/' : `/machines/rows?id=${[...changed].join('%2C')}`;
      changed.clear();
      isAll = false;
      readAt = monotonicMs();
      const read = await readPage(url + path, agent, AGAIN);
      bytes += read.bytes;
      reads += 1;
    }
  };
  const note = (error: unknown): void => {
    if (!leaving.signal.aborted) faults.push(String(error));
  };
  const running = [follow().catch(note), readAgain().catch(note)];
  return {
    bytes: () => bytes,
    reads: () => reads,
    faults: () => faults,
    [Symbol.asyncDispose]: async () => {
      leaving.abort();
      events.destroy();
      wake();
      await Promise.all(running);
      agent.destroy();
    },
  };
}

async function ask(
  url: string,
  agent: Agent | undefined,
  headers: OutgoingHttpHeaders = BROWSER,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, { agent: agent ?? false, headers }, resolve).on('error', reject);
  return promise;
}
