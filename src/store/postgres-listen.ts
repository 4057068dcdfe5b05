/** Tells of work that other processes have recorded, by PostgreSQL's LISTEN and NOTIFY. */
import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import type { Differences } from './differences.ts';
import { isPooled } from './postgres-pool.ts';
import type { Transaction } from './schema.ts';

const CHANNEL = 'ec2_operator_work';
const RECONNECT_DELAY_MS = 1_000;

export async function announceWork(transaction: Transaction): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, '')`.execute(transaction);
}

/** Connects when the first listener comes, and again whenever the connection is lost. */
export function listenForWork(config: pg.ClientConfig): Pick<Differences, 'onWork' | 'close'> {
  const listeners = new Set<() => void>();
  let stop = new AbortController();
  let running: Promise<void> | undefined;
  const notify = (): void => {
    for (const listener of listeners) listener();
  };
  const close = async (): Promise<void> => {
    stop.abort();
    const ended = running;
    running = undefined;
    stop = new AbortController();
    await ended;
  };
  return {
    onWork: (listener) => {
      listeners.add(listener);
      running ??= keepListening(config, notify, stop.signal);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) void close();
      };
    },
    close: async () => {
      listeners.clear();
      await close();
    },
  };
}

async function keepListening(config: pg.ClientConfig, notify: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Behind a pooler the notifications would go to another client's session. Workers then find work by polling.
    if ((await listenOnce(config, notify, signal)) === 'pooled') return;
    await setTimeout(RECONNECT_DELAY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Listens until the connection is lost or the signal aborts. Never rejects: workers find work without hints, only later. */
async function listenOnce(
  config: pg.ClientConfig,
  notify: () => void,
  signal: AbortSignal,
): Promise<'pooled' | 'over'> {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const client = new pg.Client(config);
  client.on('error', () => {
    end();
  });
  client.on('end', end);
  client.on('notification', notify);
  signal.addEventListener('abort', () => {
    end();
  });
  try {
    await client.connect();
    if (await isPooled(client)) return 'pooled';
    await client.query(`listen ${CHANNEL}`);
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
