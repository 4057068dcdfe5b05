/** Keeps a connection of Slack's Socket Mode open, for as long as the server runs. */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { retryDelayMs } from '../../domain/backoff.ts';
import { callSlack, type SlackApi, type SlackError } from './call.ts';
import { listenOnSocket, type Envelope, type SocketEnd, type SocketPatience } from './socket.ts';

export interface SocketModeParts {
  /** With the token of the app, which begins with xapp-. */
  readonly api: SlackApi;
  /** Works on an envelope that is acknowledged already. It does not reject. */
  readonly work: (envelope: Envelope, app: string | undefined) => Promise<void>;
  readonly onConnected: (isConnected: boolean) => void;
  /** A connection cannot be had; told once, until there has been one again. `isFinal`: only a person can mend it. */
  readonly onFault: (why: string, isFinal: boolean) => void;
  readonly random: () => number;
  readonly pace?: SocketPace;
}

export interface SocketPace extends SocketPatience {
  /** After an error that only a person can mend. In milliseconds. */
  readonly slowMs: number;
  /** The longest time between two tries after another error. */
  readonly mostMs: number;
  /** A connection that stood for less counts as a failure. */
  readonly steadyMs: number;
}

const PACE: SocketPace = {
  helloMs: 15_000,
  pingMs: 30_000,
  noPingMs: 600_000,
  oldMs: 30_000,
  slowMs: 300_000,
  mostMs: 60_000,
  steadyMs: 10_000,
};

/** More at a time are not acknowledged. */
const MOST_AT_WORK = 50;

/** Slack's codes that stay until a person has changed the app or its token. */
const FINAL: Readonly<Record<string, string>> = {
  no_token: 'its token cannot be read',
  invalid_auth:
    'Slack does not know its token: make a new one with the scope connections:write, and replace app_token_file',
  not_authed:
    'Slack does not know its token: make a new one with the scope connections:write, and replace app_token_file',
  not_allowed_token_type: 'this is another kind of token: app_token_file takes one that begins with xapp-',
  missing_scope: 'its token lacks the scope connections:write',
  account_inactive: 'the app was removed from the workspace',
  token_revoked: 'its token was revoked',
  team_disabled: 'the workspace is disabled',
  access_denied: 'an administrator of the workspace does not allow the app',
  forbidden_team: 'the workspace does not allow the app',
  not_authorized: 'the workspace does not allow the app',
  link_disabled: 'Socket Mode is switched off in the settings of the app',
  too_many_websockets: 'it has ten connections already: each deployment needs an app of its own',
};

interface Wrong {
  readonly went: 'wrong';
  readonly why: string;
  readonly isFinal: boolean;
  readonly afterMs?: number;
}

/** Well: there was a connection, and it ended as connections do. */
type Round = Wrong | { readonly went: 'well'; readonly end: SocketEnd };

/** So many short connections in a row are a fault. */
const MANY = 3;
const ENDED_EARLY: Wrong = { went: 'wrong', why: 'Slack closes each connection at once', isFinal: false };

/** Resolves once the signal is aborted and the work on envelopes is done. It never rejects: an error is another try. */
export async function keepSocketOpen(parts: SocketModeParts, signal: AbortSignal): Promise<void> {
  const { onConnected, random, pace = PACE } = parts;
  const atWork = new Set<Promise<void>>();
  const tellFault = createTellFault(parts);
  const isOver = (): boolean => signal.aborted;
  let failures = 0;
  while (!isOver()) {
    let upSince: number | undefined;
    const onHello = (): void => {
      upSince = performance.now();
      tellFault.isOver();
      onConnected(true);
    };
    const round = await oneRound(parts, { pace, atWork, onHello }, signal).catch(faultOf);
    if (isOver()) break;
    const isReplaced = round.went === 'well' && round.end === 'replaced' && upSince !== undefined;
    if (!isReplaced) onConnected(false);
    if (upSince !== undefined && performance.now() - upSince >= pace.steadyMs) failures = 0;
    failures += 1;
    if (round.went === 'wrong') tellFault.tell(round);
    else if (upSince === undefined || failures >= MANY) tellFault.tell(ENDED_EARLY);
    await delay(pauseAfter(round, failures, pace, random()), undefined, { signal }).catch(() => undefined);
  }
  onConnected(false);
  await Promise.allSettled(atWork);
}

/** The first time, a connection that stood is replaced at once. */
function pauseAfter(round: Round, failures: number, pace: SocketPace, random: number): number {
  if (round.went === 'well') return failures === 1 ? 0 : Math.min(pace.mostMs, retryDelayMs(failures, 0, random));
  const { isFinal, afterMs = 0 } = round;
  return Math.max(afterMs, isFinal ? pace.slowMs : Math.min(pace.mostMs, retryDelayMs(failures, 0, random)));
}

/** Tells a fault once, and once more when it turns out that only a person can mend it. */
function createTellFault({ onFault }: Pick<SocketModeParts, 'onFault'>): {
  readonly tell: (fault: Wrong) => void;
  readonly isOver: () => void;
} {
  let told: 'nothing' | 'passing' | 'final' = 'nothing';
  return {
    tell: ({ why, isFinal }) => {
      if (told === 'final' || (told === 'passing' && !isFinal)) return;
      told = isFinal ? 'final' : 'passing';
      onFault(why, isFinal);
    },
    isOver: () => {
      told = 'nothing';
    },
  };
}

function faultOf(error: unknown): Wrong {
  return { went: 'wrong', why: error instanceof Error ? error.name : 'unknown', isFinal: false };
}

interface RoundParts {
  readonly pace: SocketPace;
  readonly atWork: Set<Promise<void>>;
  readonly onHello: () => void;
}

async function oneRound(
  { api, work }: SocketModeParts,
  { pace, atWork, onHello }: RoundParts,
  signal: AbortSignal,
): Promise<Round> {
  const opened = await callSlack(api, 'apps.connections.open', {}, signal);
  if (!opened.ok) return refused(opened);
  const url = socketUrlOf(opened.body, api.url);
  if (url === undefined) return { went: 'wrong', why: 'Slack gave no address for a connection', isFinal: false };
  let app: string | undefined;
  const end = await listenOnSocket(
    url,
    {
      onHello: (named) => {
        app = named;
        onHello();
      },
      onEnvelope: (envelope) => {
        const working = work(envelope, app).finally(() => atWork.delete(working));
        atWork.add(working);
      },
      isFull: () => atWork.size >= MOST_AT_WORK,
    },
    pace,
    signal,
  );
  return roundOf(end);
}

function refused(answer: SlackError): Round {
  const { error, afterMs } = answer;
  const isFinal = Object.hasOwn(FINAL, error);
  return { went: 'wrong', why: tellAppError(answer), isFinal, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** Why there is no connection, and what to do about it. */
export function tellAppError({ error, detail }: SlackError): string {
  const known = Object.hasOwn(FINAL, error) ? FINAL[error] : undefined;
  return (error === 'no_token' ? detail : known) ?? detail ?? `Slack answered ${error}`;
}

function roundOf(end: SocketEnd): Round {
  switch (end) {
    case 'closed':
    case 'replaced':
    case 'silent':
      return { went: 'well', end };
    case 'no_hello':
      return { went: 'wrong', why: 'Slack did not say hello', isFinal: false };
    case 'link_disabled':
    case 'too_many_websockets':
      return { went: 'wrong', why: FINAL[end] ?? end, isFinal: true };
  }
}

/** An address without encryption is taken only where the API has none either, as in a test. */
function socketUrlOf(body: unknown, apiUrl: string): string | undefined {
  const { url } = z.looseObject({ url: z.string() }).safeParse(body).data ?? {};
  const allowed = apiUrl.startsWith('https:') ? ['wss:'] : ['wss:', 'ws:'];
  return url !== undefined && allowed.includes(URL.parse(url)?.protocol ?? '') ? url : undefined;
}
