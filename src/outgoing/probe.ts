/** A small HTTP request that reports whether it failed before or after the connection. */
import { request, type IncomingMessage } from 'node:http';
import { readBounded } from './read-bounded.ts';

export type Probed =
  | { readonly answer: 'came'; readonly status: number; readonly text: string }
  /** `why` is Node's code, such as ECONNREFUSED. */
  | { readonly answer: 'none'; readonly isConnected: boolean; readonly why: string };

interface Question {
  readonly method?: 'GET' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
}

/** These services are on the machine itself and answer at once. */
const PROBE_TIMEOUT_MS = 2_000;

/** Credentials are a few kilobytes. */
const MAX_BYTES = 64 * 1024;

/** Never through a proxy: that would ask the proxy's machine. */
export async function probe(url: string, { method = 'GET', headers }: Question): Promise<Probed> {
  const seen = { isConnected: false };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  const asked = request(url, { method, headers, signal, agent: false }, resolve);
  asked.once('socket', (socket) => {
    socket.once('connect', () => {
      seen.isConnected = true;
    });
  });
  asked.once('error', reject);
  asked.end();
  try {
    const answer = await promise;
    return { answer: 'came', status: answer.statusCode ?? 0, text: await readBounded(answer, MAX_BYTES) };
  } catch (error) {
    const why = signal.aborted ? `no answer within ${PROBE_TIMEOUT_MS / 1_000} s` : codeOf(error);
    return { answer: 'none', isConnected: seen.isConnected && signal.aborted, why };
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
