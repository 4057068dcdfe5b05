/** Opens the database that the configuration names. */
import type { OpenOptions } from './open-options.ts';
import type { Store } from './port.ts';

/**
 * @param url of a PostgreSQL database; undefined for the embedded one
 * @param directory of the embedded database
 */
export async function openStore(url: string | undefined, directory: string, options: OpenOptions = {}): Promise<Store> {
  // Each brings a driver of its own, and only one of them is needed.
  if (url === undefined) return (await import('./sqlite.ts')).openSqliteStore(directory, options);
  return (await import('./postgres.ts')).openPostgresStore(url, undefined, options);
}
