/** Reads the state of a PostgreSQL database for the doctor, and changes nothing. */
import pg from 'pg';
import { clientConfig, isPooled, refusesTimeouts, TIMEOUTS } from './postgres-pool.ts';

export interface PostgresState {
  /** Such as 180004: the major version times ten thousand, and the minor one. */
  readonly version: number;
  /** A standby, or a server that is set to read only. */
  readonly isReadOnly: boolean;
  /** Whether this user may create tables, which migrations do. */
  readonly mayCreate: boolean;
  /** Whether a pooler such as PgBouncer is in between. */
  readonly isPooled: boolean;
  /** The connections that the server allows in all. */
  readonly maxConnections: number;
}

/** @throws the driver's error when it cannot connect, or this user may not read that */
export async function inspectPostgres(url: string): Promise<PostgresState> {
  return read(url, readState);
}

/** A setting, as `Store.readSetting`; undefined also in a database that is still empty. @throws as `inspectPostgres` */
export async function inspectSetting(url: string, key: string): Promise<string | undefined> {
  return read(url, async (client) => {
    const { rows: tables } = await client.query<{ readonly is_there: boolean }>(
      `select to_regclass('setting') is not null as is_there`,
    );
    if (tables[0]?.is_there !== true) return undefined;
    const { rows } = await client.query<{ readonly value: string }>('select value from setting where key = $1', [key]);
    return rows[0]?.value;
  });
}

async function read<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(clientConfig(url, TIMEOUTS, await refusesTimeouts(url, TIMEOUTS)));
  // Without a listener an error ends the process. The query throws it, too.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function readState(client: pg.Client): Promise<PostgresState> {
  const { rows } = await client.query<Record<string, unknown>>(
    `select current_setting('server_version_num')::int as version,
            current_setting('transaction_read_only')::bool as read_only,
            coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) as may_create,
            current_setting('max_connections')::int as max_connections`,
  );
  const [row = {}] = rows;
  return {
    version: Number(row['version']),
    isReadOnly: row['read_only'] === true,
    mayCreate: row['may_create'] === true,
    isPooled: await isPooled(client),
    maxConnections: Number(row['max_connections']),
  };
}
