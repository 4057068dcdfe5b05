/** Which database: the one choice that the configuration makes. */
import type { Store } from './port.ts';

/**
 * @param url of a PostgreSQL database; undefined for the embedded one
 * @param directory of the embedded database
 */
export async function openStore(url: string | undefined, directory: string): Promise<Store> {
  // Each brings a driver of its own, and only one of them is ever needed.
  if (url === undefined) return (await import('./sqlite.ts')).openSqliteStore(directory);
  return (await import('./postgres.ts')).openPostgresStore(url);
}
