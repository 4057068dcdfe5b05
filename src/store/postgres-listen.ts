/** Tells of work and of notices that other processes have recorded, by PostgreSQL's LISTEN and NOTIFY. */
import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import type { Differences } from './differences.ts';
import { isPooled } from './postgres-pool.ts';
import type { Transaction } from './schema.ts';

const WORK = 'ec2_operator_work';
const NOTICES = 'ec2_operator_notices';
const RECONNECT_DELAY_MS = 1_000;

export async function announceWork(transaction: Transaction): Promise<void> {
  await sql`select pg_notify(${WORK}, '')`.execute(transaction);
}

export async function announceNotices(transaction: Transaction): Promise<void> {
  await sql`select pg_notify(${NOTICES}, '')`.execute(transaction);
}

/** Connects when the first listener comes, and again whenever the connection is lost. */
export function listenForOthers(config: pg.ClientConfig): Pick<Differences, 'onWork' | 'onNotices' | 'close'> {
  const listeners = { [WORK]: new Set<() => void>(), [NOTICES]: new Set<() => void>() };
  let stop = new AbortController();
  let running: Promise<void> | undefined;
  const all = () => [...listeners[WORK], ...listeners[NOTICES]];
  const notify: Notify = (channel) => {
    const told = channel === WORK || channel === NOTICES ? listeners[channel] : all();
    for (const listener of told) listener();
  };
  const close = async (): Promise<void> => {
    stop.abort();
    const ended = running;
    running = undefined;
    stop = new AbortController();
    await ended;
  };
  const listenTo = (channel: keyof typeof listeners) => (listener: () => void) => {
    listeners[channel].add(listener);
    running ??= keepListening(config, notify, stop.signal);
    return () => {
      listeners[channel].delete(listener);
      if (all().length === 0) void close();
    };
  };
  return {
    onWork: listenTo(WORK),
    onNotices: listenTo(NOTICES),
    close: async () => {
      listeners[WORK].clear();
      listeners[NOTICES].clear();
      await close();
    },
  };
}

/** @param channel undefined: any may have been missed */
type Notify = (channel?: string) => void;

async function keepListening(config: pg.ClientConfig, notify: Notify, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Behind a pooler the notifications would go to another client's session. Workers then find work by polling.
    if ((await listenOnce(config, notify, signal)) === 'pooled') return;
    await setTimeout(RECONNECT_DELAY_MS, undefined, { signal }).catch(() => undefined);
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
  client.on('notification', ({ channel }) => {
    notify(channel);
  });
  signal.addEventListener('abort', () => {
    end();
  });
  try {
    await client.connect();
    if (await isPooled(client)) return 'pooled';
    await client.query(`listen ${WORK}; listen ${NOTICES}`);
    // Announcements before this moment were missed.
    notify();
    await over;
  } catch {
    // `keepListening` tries again.
  } finally {
    await client.end().catch(() => undefined);
  }
  return 'over';
}
