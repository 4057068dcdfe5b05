/** Posts to a vendor: bounded in time and size, without following redirects. No error names the URL, which may be a secret. */
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { quote } from '../domain/parsed.ts';
import type { Delivered } from './channel.ts';
import { isLinkLocal, lookupElsewhere, refusal, REFUSED } from './link-local.ts';
import { wordsOf } from './read-json.ts';
import { redact } from './redact.ts';

export interface Post {
  readonly url: string;
  /** Default: POST. */
  readonly method?: 'GET' | 'POST' | 'PATCH';
  /** Default: JSON. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer of the vendor. */
export interface PostAnswer {
  readonly status: number;
  readonly retryAfter?: string;
  readonly text: string;
  /** Quotes a part of it without the request's secrets, which the answer may repeat. */
  readonly show: (part: string) => string;
}

const TIMEOUT_MS = 15_000;
const MAX_LENGTH = 256 * 1024;

/** @param read the outcome of an answer; by default that of its status alone */
export async function post<T = Delivered>(
  request: Post,
  signal: AbortSignal,
  read: (answer: PostAnswer) => T | Delivered = outcomeOf,
  timeoutMs = TIMEOUT_MS,
): Promise<T | Delivered> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let answer: IncomingMessage;
  try {
    answer = await send(request, AbortSignal.any([signal, timeout]));
  } catch (error) {
    return timeout.aborted
      ? { outcome: 'later', error: `no answer within ${timeoutMs / 1_000} s` }
      : { outcome: 'later', error: tellUnanswered(error) };
  }
  const retryAfter = answer.headers['retry-after'];
  return read({
    status: answer.statusCode ?? 0,
    text: await readHead(answer),
    show: (part) => quote(redact(part, request)),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** As much of the text as comes. With the status there is an answer, so that what follows it cannot make it none. */
async function readHead(answer: IncomingMessage): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of answer) {
      if (chunk instanceof Uint8Array) text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_LENGTH) break;
    }
  } catch {
    // The connection has ended.
  }
  return text;
}

async function send({ url, method = 'POST', headers = {}, body }: Post, signal: AbortSignal): Promise<IncomingMessage> {
  const parsed = new URL(url);
  if (isLinkLocal(parsed.hostname)) throw refusal();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asked = (parsed.protocol === 'https:' ? tlsRequest : plainRequest)(
    parsed,
    {
      method,
      signal,
      lookup: lookupElsewhere(),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'ec2-operator',
        ...headers,
      },
    },
    resolve,
  );
  asked.once('error', reject);
  asked.end(body);
  return promise;
}

/** The outcome by status: 2xx is success, and what a repetition cannot change is for good. */
export function outcomeOf(answer: PostAnswer): Delivered {
  const { status } = answer;
  if (status >= 200 && status < 300) return { outcome: 'sent' };
  return failureOf(answer);
}

/** @param said the vendor's words @param afterMs how long the vendor says to wait, if it is in the answer */
export function failureOf(
  answer: PostAnswer,
  said = wordsOf(answer),
  afterMs = retryAfterMs(answer),
): Delivered & { outcome: 'later' | 'never' } {
  const { status } = answer;
  const error = `status ${status}${said.trim() === '' ? '' : `: ${answer.show(said)}`}`;
  const wait = afterMs === undefined ? {} : { afterMs };
  if (status === 429 || status === 503) return { outcome: 'later', error, ...wait };
  // An answer that is no success by its content may be that of a portal in between.
  if (status < 300 || status === 408 || status === 425 || status >= 500) return { outcome: 'later', error, ...wait };
  if (status < 400) return { outcome: 'never', error: `status ${status}: a redirect is not followed` };
  return { outcome: 'never', error };
}

/** Seconds, or a date. */
function retryAfterMs({ retryAfter = '' }: PostAnswer): number | undefined {
  const text = retryAfter.trim();
  const ms = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

function tellUnanswered(error: unknown): string {
  const code = codeOf(error);
  // Names can change their addresses, so it is tried again.
  return code === REFUSED ? 'the URL leads to a link-local address, which is refused' : `no answer (${code})`;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? error.name : codeOf(error.cause);
}
