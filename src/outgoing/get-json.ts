/** Reads JSON from Prometheus and Alertmanager: only from the configured URL, bounded in time and size. */
import type { ClockReading } from '../domain/clock-reading.ts';
import { readBounded } from './read-bounded.ts';
import { readTokenFile } from './token-file.ts';

/** A program's URL, and the file with its token, if it needs one. */
export interface Api {
  readonly url: string;
  readonly token_file?: string | undefined;
}

export interface JsonAnswer {
  readonly value: unknown;
  /** Absent when the answer has no date. */
  readonly clock?: ClockReading;
}

/** Why there is no answer. The message names the address, so it is for the operators of the server only. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The status of the answer, if one came. */
  readonly status?: number;
  /** For messages to all people: without path and address. */
  readonly brief: string;

  constructor(message: string, options: ErrorOptions & { readonly status?: number; readonly brief?: string } = {}) {
    super(message, options);
    if (options.status !== undefined) this.status = options.status;
    this.brief = options.brief ?? briefOf(options.cause) ?? 'no answer that can be read';
  }
}

/** For messages to people: why a program did not answer a question. */
export function tellUnanswered(program: string, question: string, error: unknown): string {
  const { status, brief = 'its answer cannot be read' } = error instanceof ApiError ? error : {};
  const why = status === undefined ? brief : `status ${status}`;
  return `${program} could not say whether ${question} (${why})`;
}

function briefOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return cause.name === 'TimeoutError' ? cause.name : briefOf(cause.cause);
}

const TIMEOUT_MS = 10_000;

/** All rules of a large Prometheus with their alerts are a few megabytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** @param path below the API's URL, such as `api/v2/status` @throws ApiError */
export async function getJson(
  api: Api,
  path: string,
  query: Readonly<Record<string, string>> = {},
  timeoutMs = TIMEOUT_MS,
): Promise<JsonAnswer> {
  const url = new URL(path, api.url.endsWith('/') ? api.url : `${api.url}/`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = { accept: 'application/json', ...authorization(api.token_file) };
  const shown = `${url.origin}${url.pathname}`;
  const response = await ask(url, headers, shown, timeoutMs);
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    const to = response.headers.get('location') ?? 'nowhere';
    const message = `${shown} redirects to ${to}, which is not followed: set the URL that it leads to`;
    throw new ApiError(message, { brief: 'a redirect, which is not followed' });
  }
  const text = await readText(response, shown);
  if (!response.ok) {
    const { status } = response;
    throw new ApiError(`expected JSON from ${shown}, got status ${status}: ${text.trim().slice(0, 200)}`, { status });
  }
  const remote = Date.parse(response.headers.get('date') ?? '');
  return {
    value: parseJson(text, shown),
    ...(Number.isFinite(remote) ? { clock: { local: Date.now(), remote } } : {}),
  };
}

async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  shown: string,
  timeoutMs: number,
): Promise<Response> {
  try {
    return await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw new ApiError(`no answer from ${shown}: ${reasonOf(error)}`, { cause: error });
  }
}

async function readText(response: Response, shown: string): Promise<string> {
  try {
    return response.body === null ? '' : await readBounded(response.body, MAX_BYTES);
  } catch (error) {
    throw new ApiError(`the answer of ${shown} was cut off: ${reasonOf(error)}`, { cause: error });
  }
}

function authorization(file: string | undefined): Readonly<Record<string, string>> {
  if (file === undefined) return {};
  try {
    return { authorization: `Bearer ${readTokenFile(file)}` };
  } catch (error) {
    throw new ApiError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function parseJson(text: string, shown: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    throw new ApiError(`expected JSON from ${shown}, got ${JSON.stringify(text.slice(0, 100))}`, { cause: error });
  }
}

/** The error of fetch has the reason in its cause, and only a code where several addresses failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
