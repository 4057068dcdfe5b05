/** The machines page on a server that has just started, with a last operation in every row. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { monotonicMs } from './clock.ts';
import { startOperator, type OperatorOptions } from './operator.ts';
import { median } from './statistics.ts';

export const PACKINGS = ['zstd', 'br', 'gzip', 'identity'] as const;

export interface FirstPage {
  /** Until all of the HTML has come. */
  readonly ms: number;
  /** Of the server. */
  readonly cpuMs: number;
  readonly bytes: Readonly<Record<(typeof PACKINGS)[number], number>>;
}

const ROW = /<tr id="i-/g;

/**
 * @param options of an operator that has ended: its machines are known to its store
 * @param starts how often; times are those in the middle
 */
export async function measureFirstPage(options: OperatorOptions, machines: number, starts: number): Promise<FirstPage> {
  const firsts: FirstPage[] = [];
  for (let start = 0; start < starts; start += 1) {
    await using operator = await startOperator(options);
    const before = await operator.cpuMs();
    const { ms, bytes: zstd } = await read(operator.url, 'zstd');
    const cpuMs = (await operator.cpuMs()) - before;
    const [br, gzip, identity] = [
      await read(operator.url, 'br'),
      await read(operator.url, 'gzip'),
      await read(operator.url, 'identity'),
    ];
    const rows = identity.text.match(ROW)?.length;
    if (rows !== machines) throw new Error(`expected ${machines} rows of the first page, got ${String(rows)}`);
    firsts.push({ ms, cpuMs, bytes: { zstd, br: br.bytes, gzip: gzip.bytes, identity: identity.bytes } });
  }
  const [first] = firsts;
  if (first === undefined) throw new Error('expected a first page, got none');
  return { ...first, ms: median(firsts.map(({ ms }) => ms)), cpuMs: median(firsts.map(({ cpuMs }) => cpuMs)) };
}

async function read(url: string, packing: string): Promise<{ ms: number; bytes: number; text: string }> {
  const begin = monotonicMs();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(`${url}/`, { agent: false, headers: { 'accept-encoding': packing } }, resolve).on('error', reject);
  const response = await promise;
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`expected 200 of ${url}/, got ${String(response.statusCode)}`);
  const body = Buffer.concat(chunks);
  return { ms: monotonicMs() - begin, bytes: body.length, text: body.toString() };
}
