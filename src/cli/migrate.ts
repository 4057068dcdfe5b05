/** `migrate`: migrates the configured database to this version's schema. */
import { readConfig } from '../config/read.ts';
import { openStore } from '../store/open.ts';
import type { Call } from './call.ts';
import { EXIT } from './command-error.ts';

/**
 * Opening the store migrates it.
 *
 * @returns the exit code
 * @throws when the database cannot be used
 */
export async function migrateDatabase({ environment, screen }: Call): Promise<number> {
  const config = readConfig(environment);
  let applied: readonly string[] = [];
  const store = await openStore(config.database_url, config.data_dir, {
    onMigrated: (names) => {
      applied = names;
    },
  });
  await store.close();
  const none = 'no migration was needed: the schema is up to date';
  screen.write([[applied.length === 0 ? none : `applied ${applied.join(', ')}`]]);
  return EXIT.ok;
}
