/** The client of the server, for the commands for people. */
import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { readVariable, type Environment } from '../config/environment.ts';
import { PAUSED_HEADER } from '../http/known-pauses.ts';
import type { Call } from './call.ts';
import { CommandError, EXIT, usageError } from './command-error.ts';
import { explainFailure, explainStatus } from './explain.ts';

export interface Question {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Relative to the server's URL, without a leading slash. */
  readonly path: string;
  /** Undefined parameters are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** JSON. */
  readonly body?: string;
  /** Names the last event that was heard: the answer is no older. */
  readonly lastEvent?: string | undefined;
  /** How long the server may hold its answer back, in milliseconds. */
  readonly waitMs?: number;
  /** The time for an answer besides `waitMs`, in milliseconds; 30 s by default. */
  readonly patienceMs?: number;
}

export interface Server {
  /**
   * Reads the answer by the schema whatever the status, because a refused operation is an answer, too.
   *
   * @throws CommandError that says what to do; the reason of the signal
   */
  readonly ask: <T>(schema: z.ZodType<T>, question: Question) => Promise<T>;
  /** For an answer that is no JSON. @throws as `ask`, for every status but success */
  readonly askText: (question: Question) => Promise<string>;
}

const DEFAULT_URL = 'http://127.0.0.1:8080';

const PATIENCE_MS = 30_000;

/**
 * @param screen told once when automatic starts and stops are paused, whatever is asked
 * @throws CommandError when a variable is wrong
 */
export function openServer({
  environment,
  signal,
  screen,
}: Pick<Call, 'environment' | 'signal'> & Partial<Pick<Call, 'screen'>>): Server {
  const { base, headers } = readAddress(environment);
  const sent = headers['authorization'] === undefined ? undefined : tokenSourceOf(environment);
  let hasTold = false;
  const tellPaused = (paused: string | null): void => {
    if (paused === null || hasTold) return;
    hasTold = true;
    screen?.note([{ text: paused, style: 'pending' }]);
  };
  async function send(question: Question): Promise<{ readonly response: Response; readonly text: string }> {
    const { method = 'GET', path, query = {}, body, lastEvent, waitMs = 0, patienceMs = PATIENCE_MS } = question;
    const url = new URL(path, base);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    try {
      const response = await fetch(url, {
        method,
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(lastEvent === undefined ? {} : { 'last-event-id': lastEvent }),
        },
        ...(body === undefined ? {} : { body }),
        // A redirect must not carry the token to another server.
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(waitMs + patienceMs)]),
      });
      const text = await response.text();
      tellPaused(response.headers.get(PAUSED_HEADER));
      return { response, text };
    } catch (cause) {
      signal.throwIfAborted();
      throw new CommandError(EXIT.unreachable, explainFailure(cause, base), { cause });
    }
  }
  return {
    ask: async (schema, question) => {
      const { response, text } = await send(question);
      const answer = schema.safeParse(parseJson(text));
      if (answer.success) return answer.data;
      throw explainStatus(response, parseJson(text), base, sent);
    },
    askText: async (question) => {
      const { response, text } = await send(question);
      if (response.ok) return text;
      throw explainStatus(response, parseJson(text), base, sent);
    },
  };
}

/**
 * Where the server is, and what shows it who asks.
 *
 * @throws CommandError when a variable is wrong
 */
export function readAddress(environment: Environment): {
  readonly base: URL;
  readonly headers: Readonly<Record<string, string>>;
} {
  const token = readToken(environment);
  return {
    base: readUrl(readVariable(environment, 'EC2_OPERATOR_URL') ?? DEFAULT_URL),
    headers: {
      accept: 'application/json',
      'user-agent': 'ec2-operator',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  };
}

function readUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw usageError('expected EC2_OPERATOR_URL to be like http://127.0.0.1:8080 or https://ec2-operator.example.com');
  }
  if (url.username !== '' || url.password !== '') {
    throw usageError('expected EC2_OPERATOR_URL without a user or password: put the token into EC2_OPERATOR_TOKEN');
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function tokenSourceOf(environment: Environment): string {
  const given = readVariable(environment, 'EC2_OPERATOR_TOKEN');
  return given === undefined ? 'the file of EC2_OPERATOR_TOKEN_FILE' : 'EC2_OPERATOR_TOKEN';
}

function readToken(environment: Environment): string | undefined {
  const file = readVariable(environment, 'EC2_OPERATOR_TOKEN_FILE');
  const given = readVariable(environment, 'EC2_OPERATOR_TOKEN');
  if (given === undefined && file === undefined) return undefined;
  const source = tokenSourceOf(environment);
  const token = (given ?? readInput(file ?? '', 'the token of EC2_OPERATOR_TOKEN_FILE')).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw usageError(`expected ${source} to hold one token: a word of printable ASCII characters`);
}

/** @throws CommandError that names the file and what was expected in it */
export function readInput(file: string, expected: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw usageError(`cannot read ${file} (${why}): expected a file with ${expected}`, cause);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
