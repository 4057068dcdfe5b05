/** Posts to a vendor: bounded in time and size, without following redirects. No error names the URL, which may be a secret. */
import { readBounded } from '../outgoing/read-bounded.ts';
import type { Delivered } from './channel.ts';

export interface Post {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer of the vendor. */
export interface PostAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 256 * 1024;

/** @param read the outcome of an answer; by default that of its status alone */
export async function post(
  { url, headers = {}, body }: Post,
  signal: AbortSignal,
  read: (answer: PostAnswer) => Delivered = outcomeOf,
): Promise<Delivered> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'user-agent': 'ec2-operator', ...headers },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const text = response.body === null ? '' : await readBounded(response.body, MAX_BYTES);
    return read({ status: response.status, headers: response.headers, text });
  } catch (error) {
    return { outcome: 'later', error: `no answer (${codeOf(error)})` };
  }
}

/** The outcome by status: 2xx is success, and what a repetition cannot change is for good. */
export function outcomeOf({ status, headers, text }: PostAnswer): Delivered {
  if (status >= 200 && status < 300) return { outcome: 'sent' };
  const error = `status ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`;
  if (status === 429 || status === 503) return { outcome: 'later', error, ...retryAfter(headers) };
  if (status === 408 || status === 425 || status >= 500) return { outcome: 'later', error };
  if (status >= 300 && status < 400) return { outcome: 'never', error: `${error} (a redirect is not followed)` };
  return { outcome: 'never', error };
}

/** Seconds, or a date. */
function retryAfter(headers: Headers): { readonly afterMs?: number } {
  const text = headers.get('retry-after')?.trim() ?? '';
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(seconds) && seconds >= 0 ? { afterMs: seconds } : {};
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? error.name : codeOf(error.cause);
}
