/** Puts together what people press and write in Slack: an app of Slack may serve several channels, and is connected once. */
import type { Config } from './config/schema.ts';
import type { SlackDoor } from './notify/slack/door.ts';
import { createDesk, type Desk, type DeskParts } from './notify/slack/desk.ts';
import type { SlackApi } from './notify/slack/call.ts';
import type { SlackAnswers, SlackBot } from './notify/slack/settings.ts';
import { createReadSecret, hasSigned } from './notify/slack/signature.ts';
import { keepSocketOpen } from './notify/slack/socket-mode.ts';
import type { Log } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';
import { holdSettings, tellingSettings } from './settings.ts';

export interface OpenSlackParts extends Omit<DeskParts, 'telling' | 'holds' | 'zone' | 'onRefused' | 'onFault'> {
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly metrics: Pick<Metrics, 'slackConnected'>;
  readonly observer: { fault(what: string, error: unknown): void };
}

export interface OpenedSlack {
  /** Absent where no channel takes signed requests. */
  readonly door?: SlackDoor;
  /** Connects the apps with Socket Mode, until it is disposed. */
  start(): AsyncDisposable;
}

interface App {
  readonly answers: SlackAnswers;
  readonly bots: Map<string, SlackBot>;
}

/** Nothing connects before it is started. */
export function openSlack(config: Config, parts: OpenSlackParts): OpenedSlack {
  const closing = new AbortController();
  const { log, observer } = parts;
  const deskParts: DeskParts = {
    ...parts,
    telling: tellingSettings(config),
    holds: holdSettings(config),
    zone: config.zone,
    onRefused: (fields, why) => {
      log.warn(fields, `an answer in Slack does not count: ${why}`);
    },
    onFault: (what, error) => {
      observer.fault(what, error);
    },
  };
  const apps = appsOf(config).map((app) => ({ ...app, desk: createDesk(app, deskParts, closing.signal) }));
  const working = new Set<Promise<void>>();
  const signing = apps.flatMap(({ answers, desk }) =>
    answers.by === 'http'
      ? [
          {
            secret: createReadSecret(answers.secretFile, (error) => {
              observer.fault('the signing secret of an app of Slack cannot be read', error);
            }),
            desk,
          },
        ]
      : [],
  );
  const door: SlackDoor = {
    deskOf: (signature, bytes) => signing.find(({ secret }) => hasSigned(secret(), signature, bytes))?.desk,
    track: (work) => {
      const tracked = work.finally(() => working.delete(tracked));
      working.add(tracked);
    },
  };
  return {
    ...(signing.length === 0 ? {} : { door }),
    start: () => {
      const connections = apps.flatMap((app) => connect(app, parts, closing.signal));
      return {
        [Symbol.asyncDispose]: async () => {
          closing.abort();
          await Promise.all([...connections, ...working]);
        },
      };
    },
  };
}

/** The channels by the token or the secret of their app. */
function appsOf({ channels }: Config): readonly App[] {
  const apps = new Map<string, App>();
  for (const { name, openable } of channels) {
    const { slack: bot } = openable;
    if (bot?.answers === undefined) continue;
    const { answers } = bot;
    const key = `${answers.by} ${answers.by === 'socket' ? answers.tokenFile : answers.secretFile}`;
    const app = apps.get(key) ?? { answers, bots: new Map<string, SlackBot>() };
    app.bots.set(name, bot);
    apps.set(key, app);
  }
  return [...apps.values()];
}

function connect(
  { answers, bots, desk }: App & { readonly desk: Desk },
  { log, metrics }: OpenSlackParts,
  signal: AbortSignal,
): readonly Promise<void>[] {
  const [[channel, bot] = []] = bots;
  if (answers.by !== 'socket' || channel === undefined || bot === undefined) return [];
  const api: SlackApi = { url: bot.api.url, tokenFile: answers.tokenFile };
  let isTold = false;
  const kept = keepSocketOpen(
    {
      api,
      random: Math.random,
      work: async ({ type, payload }, app) =>
        type === 'interactive' ? desk.press(payload, app) : desk.command(payload, app),
      onConnected: (isConnected) => {
        metrics.slackConnected(channel, isConnected);
        if (isConnected && !isTold) log.info({ channel }, 'connected to Slack: buttons and /ec2 work');
        if (isConnected) isTold = true;
      },
      onFault: (why, isFinal) => {
        isTold = false;
        const told = `no connection to Slack, so its buttons and /ec2 do not work: ${why}`;
        if (isFinal) log.error({ channel }, told);
        else log.warn({ channel }, told);
      },
    },
    signal,
  );
  return [kept];
}
