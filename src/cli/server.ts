/** The server that the commands for people talk to. */
import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { readVariable, type Environment } from '../config/environment.ts';
import { CommandError, EXIT, usageError } from './command-error.ts';
import { explainFailure, explainStatus } from './explain.ts';

export interface Question {
  readonly method?: 'GET' | 'POST';
  /** Below the server's URL, without a slash at its head. */
  readonly path: string;
  /** Parameters that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** A JSON text to send. */
  readonly body?: string;
  /** For how long the server was asked to keep the answer back, in milliseconds. */
  readonly waitMs?: number;
}

export interface Server {
  /**
   * Asks the server, and reads its answer by the schema, whatever the status: a refused operation is an answer too.
   *
   * @throws CommandError with a sentence about what to do; whatever aborted the signal
   */
  readonly ask: <T>(schema: z.ZodType<T>, question: Question) => Promise<T>;
}

const DEFAULT_URL = 'http://127.0.0.1:8080';

/** How much longer than it was asked to wait the server may take, in milliseconds. */
const PATIENCE_MS = 30_000;

/** @throws CommandError when the variables do not make sense */
export function openServer(environment: Environment, signal: AbortSignal): Server {
  const base = readUrl(readVariable(environment, 'EC2_OPERATOR_URL') ?? DEFAULT_URL);
  const token = readToken(environment);
  const headers = {
    accept: 'application/json',
    'user-agent': 'ec2-operator',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return {
    ask: async (schema, { method = 'GET', path, query = {}, body, waitMs = 0 }) => {
      const url = new URL(path, base);
      for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
      let response: Response;
      let text: string;
      try {
        response = await fetch(url, {
          method,
          headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body }),
          // A redirect must not lead the token to another server.
          redirect: 'error',
          signal: AbortSignal.any([signal, AbortSignal.timeout(waitMs + PATIENCE_MS)]),
        });
        text = await response.text();
      } catch (cause) {
        signal.throwIfAborted();
        throw new CommandError(EXIT.unreachable, explainFailure(cause, base), { cause });
      }
      const answer = schema.safeParse(parseJson(text));
      if (answer.success) return answer.data;
      throw explainStatus(response, parseJson(text), base);
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

function readToken(environment: Environment): string | undefined {
  const file = readVariable(environment, 'EC2_OPERATOR_TOKEN_FILE');
  const given = readVariable(environment, 'EC2_OPERATOR_TOKEN');
  if (given === undefined && file === undefined) return undefined;
  const source = given === undefined ? `the file that EC2_OPERATOR_TOKEN_FILE names` : 'EC2_OPERATOR_TOKEN';
  const token = (given ?? readTokenFile(file ?? '')).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw usageError(`expected ${source} to hold one token: a word of printable ASCII characters`);
}

function readTokenFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw usageError(
      `cannot read ${file} (${why}): expected EC2_OPERATOR_TOKEN_FILE to name a file with the token`,
      cause,
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
