/** The demo's channel: a program that takes the notices, as a chat would, and hands them to the story. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod';

const noticeSchema = z.object({
  data: z.object({
    kind: z.string(),
    machine: z.object({ id: z.string() }),
    title: z.string(),
    message: z.string(),
    links: z.record(z.string(), z.string()),
  }),
});
export type DemoNotice = z.output<typeof noticeSchema>['data'];

export interface Letterbox extends AsyncDisposable {
  readonly url: string;
  /** Resolves with the first notice of one of these kinds about a machine. */
  readonly receive: (machine: string, kinds: readonly string[]) => Promise<DemoNotice>;
}

export async function openLetterbox(): Promise<Letterbox> {
  const received: DemoNotice[] = [];
  const waiting = new Set<() => void>();
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    received.push(noticeSchema.parse(JSON.parse(await readText(request))).data);
    response.writeHead(204).end();
    for (const look of waiting) look();
  };
  const server = createServer((request, response) => void take(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('expected a TCP port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    receive: async (machine, kinds) => {
      const find = (): DemoNotice | undefined =>
        received.find((one) => one.machine.id === machine && kinds.includes(one.kind));
      const { promise, resolve } = Promise.withResolvers<DemoNotice>();
      const look = (): void => {
        const found = find();
        if (found !== undefined) resolve(found);
      };
      waiting.add(look);
      look();
      const found = await promise;
      waiting.delete(look);
      return found;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readText(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}
