/**
 * Calls of Slack's Web API.
 *
 * Slack answers nearly all calls with status 200; `ok` and `error` in the body say what became of them.
 */
import * as z from 'zod';
import { readBounded } from '../../outgoing/read-bounded.ts';
import { readTokenFile } from '../../outgoing/token-file.ts';

export interface SlackApi {
  /** Ends with a slash: `https://slack.com/api/`. */
  readonly url: string;
  /** The file with the bot's token, or with that of the app. It is read for each call, because it may be replaced. */
  readonly tokenFile: string;
}

export type SlackAnswer =
  | { readonly ok: true; readonly body: unknown; readonly scopes?: readonly string[] }
  | SlackError;

export interface SlackError {
  readonly ok: false;
  /** Slack's code, such as `not_in_channel`; `unreachable` where there is no answer that can be read. */
  readonly error: string;
  /** For people, where the code alone does not say it. */
  readonly detail?: string;
  /** The scope that the token lacks. */
  readonly needed?: string;
  /** How long Slack wants not to be asked. In milliseconds. */
  readonly afterMs?: number;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1024 * 1024;

/** Anything else may come from a proxy, and hold what was sent. */
const code = z.string().regex(/^[\w.:-]{1,64}$/);
const answerSchema = z.looseObject({
  ok: z.boolean(),
  error: code.catch('unknown_error'),
  needed: code.optional().catch(undefined),
});

/**
 * Resolves also when nobody answers. Neither the answer nor its texts hold the token.
 *
 * @param fields in the form of the method; what is not a text is sent as JSON
 */
export async function callSlack(
  { url, tokenFile }: SlackApi,
  method: string,
  fields: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<SlackAnswer> {
  let token: string;
  try {
    token = readTokenFile(tokenFile);
  } catch (error) {
    return { ok: false, error: 'no_token', detail: error instanceof Error ? error.message : String(error) };
  }
  const answer = await ask(`${url}${method}`, token, formOf(fields), signal);
  if (typeof answer === 'string') return unreachable(answer);
  const { status, headers, text } = answer;
  if (status === 429)
    return { ok: false, error: 'ratelimited', afterMs: secondsOf(headers.get('retry-after')) * 1_000 };
  const body = parse(text);
  if (body === undefined) return unreachable(`status ${status}, and no answer of Slack`);
  if (body.ok) return { ok: true, body, ...scopesOf(headers) };
  const { error, needed } = body;
  return { ok: false, error, ...(needed === undefined ? {} : { needed }) };
}

interface Read {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** @returns why there is no answer: the error of fetch may quote the header with the token */
async function ask(url: string, token: string, body: string, signal: AbortSignal): Promise<Read | string> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'user-agent': 'ec2-operator',
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const text = response.body === null ? '' : await readBounded(response.body, MAX_BYTES);
    return { status: response.status, headers: response.headers, text };
  } catch (error) {
    return `no answer (${codeOf(error)})`;
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? error.name : codeOf(error.cause);
}

function formOf(fields: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return new URLSearchParams(
    given.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  ).toString();
}

function parse(text: string): z.output<typeof answerSchema> | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function unreachable(detail: string): SlackError {
  return { ok: false, error: 'unreachable', detail };
}

/** A proxy could say anything, and no timer is as long. */
const MOST_SECONDS = 3_600;

/** Slack always says how many seconds; should it not, a minute is its usual span. */
function secondsOf(text: string | null): number {
  const seconds = Number(text ?? NaN);
  return Number.isNaN(seconds) || seconds < 0 ? 60 : Math.min(seconds, MOST_SECONDS);
}

function scopesOf(headers: Headers): { readonly scopes?: readonly string[] } {
  const text = headers.get('x-oauth-scopes');
  return text === null ? {} : { scopes: text.split(',').map((scope) => scope.trim()) };
}
