/** A server that does nothing but parse the same POST and commit one row for it, as durably as the operator does. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { answerQuestions } from './answer.ts';

const question = z.object({ directory: z.string() });
const deliverySchema = z.object({ alerts: z.array(z.object({ fingerprint: z.string(), labels: z.unknown() })) });

answerQuestions(question, async ({ directory }) => {
  const database = new DatabaseSync(path.join(directory, 'trivial.sqlite'));
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  database.exec('create table delivery (id integer primary key, fingerprint text not null, labels text not null)');
  const insert = database.prepare('insert into delivery (fingerprint, labels) values (?, ?)');

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { alerts } = deliverySchema.parse(JSON.parse(await readText(request)));
    const [alert] = alerts;
    insert.run(alert?.fingerprint ?? '', JSON.stringify(alert?.labels ?? {}));
    const body = JSON.stringify({ receipts: alerts.map(({ fingerprint }) => ({ fingerprint, outcome: 'accepted' })) });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  };
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  return `http://127.0.0.1:${address.port}`;
});

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(z.instanceof(Buffer).parse(part));
  return Buffer.concat(parts).toString();
}
