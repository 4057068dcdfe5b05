/** Which database: the one choice that the configuration makes. */
import type { OnMigrated } from './migrate.ts';
import type { Store } from './port.ts';
import type { OnPermissions } from './sqlite-file.ts';

/**
 * @param url of a PostgreSQL database; undefined for the embedded one
 * @param directory of the embedded database
 * @param onMigrated told the names of the migrations that opening it has applied, before it is used
 * @param onPermissions told when others could read the files of the embedded database
 */
export async function openStore(
  url: string | undefined,
  directory: string,
  onMigrated?: OnMigrated,
  onPermissions?: OnPermissions,
): Promise<Store> {
  // Each brings a driver of its own, and only one of them is ever needed.
  if (url === undefined) return (await import('./sqlite.ts')).openSqliteStore(directory, onMigrated, onPermissions);
  return (await import('./postgres.ts')).openPostgresStore(url, undefined, onMigrated);
}
