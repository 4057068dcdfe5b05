/** Tells of work, notices and hints of other processes, by PostgreSQL's LISTEN and NOTIFY. */
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import type { Differences } from './differences.ts';
import { readPayload, toPayload } from './hint-payload.ts';
import { isPooled } from './postgres-pool.ts';
import type { Transaction } from './schema.ts';

const WORK = 'ec2_operator_work';
const NOTICES = 'ec2_operator_notices';
const HINTS = 'ec2_operator_hints';
const CHANNELS = [WORK, NOTICES, HINTS] as const;
type Channel = (typeof CHANNELS)[number];

const RECONNECT_DELAY_MS = 1_000;
/** Without notifications, pages look this often for what other replicas have changed. */
const LOOK_AGAIN_MS = 5_000;

export async function announceWork(transaction: Transaction): Promise<void> {
  await sql`select pg_notify(${WORK}, '')`.execute(transaction);
}

export async function announceNotices(transaction: Transaction): Promise<void> {
  await sql`select pg_notify(${NOTICES}, '')`.execute(transaction);
}

type Others = Pick<Differences, 'onWork' | 'onNotices' | 'sendHint' | 'onHint' | 'close'>;

/** Connects when the first listener comes, and again whenever the connection is lost. */
export function listenForOthers(config: pg.ClientConfig): Others {
  const replica = randomBytes(9).toString('base64url');
  const listeners: Readonly<Record<Channel, Set<(payload: string) => void>>> = {
    [WORK]: new Set(),
    [NOTICES]: new Set(),
    [HINTS]: new Set(),
  };
  let stop = new AbortController();
  let running: Promise<void> | undefined;
  const notify: Notify = (channels, payload) => {
    for (const channel of channels) for (const listener of listeners[channel]) listener(payload);
  };
  const close = async (): Promise<void> => {
    stop.abort();
    const ended = running;
    running = undefined;
    stop = new AbortController();
    await ended;
  };
  const listenTo = (channel: Channel, listener: (payload: string) => void) => {
    listeners[channel].add(listener);
    running ??= keepListening(config, notify, stop.signal);
    return () => {
      listeners[channel].delete(listener);
      if (CHANNELS.every((one) => listeners[one].size === 0)) void close();
    };
  };
  return {
    onWork: (listener) => listenTo(WORK, () => listener()),
    onNotices: (listener) => listenTo(NOTICES, () => listener()),
    onHint: (listener) =>
      listenTo(HINTS, (payload) => {
        const hint = readPayload(replica, payload);
        if (hint !== undefined) listener(hint);
      }),
    sendHint: async (db, hint) => {
      await sql`select pg_notify(${HINTS}, ${toPayload(replica, hint)})`.execute(db);
    },
    close: async () => {
      for (const channel of CHANNELS) listeners[channel].clear();
      await close();
    },
  };
}

type Notify = (channels: readonly Channel[], payload: string) => void;

/** The payload of a notification that may have been missed. */
const MISSED = toPayload('-', { all: true });

async function keepListening(config: pg.ClientConfig, notify: Notify, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Behind a pooler the notifications would go to another client's session. Workers then find work by polling.
    if ((await listenOnce(config, notify, signal)) === 'pooled') return hintWithoutOthers(notify, signal);
    await setTimeout(RECONNECT_DELAY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function hintWithoutOthers(notify: Notify, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await setTimeout(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    notify([HINTS], MISSED);
  }
}

/** Listens until the connection is lost or the signal aborts. Never rejects: workers find work without hints, only later. */
async function listenOnce(config: pg.ClientConfig, notify: Notify, signal: AbortSignal): Promise<'pooled' | 'over'> {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const client = new pg.Client(config);
  client.on('error', () => {
    end();
  });
  client.on('end', end);
  client.on('notification', ({ channel, payload = '' }) => {
    notify(
      CHANNELS.filter((one) => one === channel),
      payload,
    );
  });
  signal.addEventListener('abort', () => {
    end();
  });
  try {
    await client.connect();
    if (await isPooled(client)) return 'pooled';
    await client.query(CHANNELS.map((channel) => `listen ${channel}`).join('; '));
    // Announcements before this moment were missed.
    notify(CHANNELS, MISSED);
    await over;
  } catch {
    // `keepListening` tries again.
  } finally {
    await client.end().catch(() => undefined);
  }
  return 'over';
}
