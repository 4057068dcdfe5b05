/** Hears of work that other processes have recorded, over PostgreSQL's LISTEN and NOTIFY. */
import { setTimeout } from 'node:timers/promises';
import { sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Differences } from './differences.ts';
import { isPooled } from './postgres-pool.ts';
import type { Database } from './schema.ts';

const CHANNEL = 'ec2_operator_work';
const RECONNECT_DELAY_MS = 1_000;

export async function announceWork(transaction: Transaction<Database>): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, '')`.execute(transaction);
}

/** Connects when the first listener comes, and again whenever the connection is lost. */
export function listenForWork(config: pg.ClientConfig): Pick<Differences, 'onWork' | 'close'> {
  const listeners = new Set<() => void>();
  let stop = new AbortController();
  let running: Promise<void> | undefined;
  const hear = (): void => {
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
      running ??= keepListening(config, hear, stop.signal);
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

async function keepListening(config: pg.ClientConfig, hear: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Through a pooler nothing is heard, and the session of somebody else would be told. Work is then found by looking for it.
    if ((await listenOnce(config, hear, signal)) === 'pooled') return;
    await setTimeout(RECONNECT_DELAY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Listens until the connection is lost or the signal comes. Never rejects: work is found without hints, only later. */
async function listenOnce(config: pg.ClientConfig, hear: () => void, signal: AbortSignal): Promise<'pooled' | 'over'> {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const client = new pg.Client(config);
  client.on('error', () => {
    end();
  });
  client.on('end', end);
  client.on('notification', hear);
  signal.addEventListener('abort', () => {
    end();
  });
  try {
    await client.connect();
    if (await isPooled(client)) return 'pooled';
    await client.query(`listen ${CHANNEL}`);
    // Whatever was announced before this moment was not heard.
    hear();
    await over;
  } catch {
    // Tried again, until it works or is no longer wanted.
  } finally {
    await client.end().catch(() => undefined);
  }
  return 'over';
}
