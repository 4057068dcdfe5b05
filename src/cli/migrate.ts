/** `migrate`: brings the database of the configuration to this version's schema. */
import { readConfig } from '../config/read.ts';
import { openStore } from '../store/open.ts';
import type { Call } from './call.ts';
import { EXIT } from './command-error.ts';

/**
 * Opening the store migrates it.
 *
 * @returns the exit code
 * @throws with a sentence for people when the database cannot be used
 */
export async function migrateDatabase({ environment, screen }: Call): Promise<number> {
  const config = readConfig(environment);
  let applied: readonly string[] = [];
  const store = await openStore(config.database_url, config.data_dir, (names) => {
    applied = names;
  });
  await store.close();
  screen.write([
    [
      applied.length === 0
        ? 'no migration was needed: the schema is that of this version'
        : `applied ${applied.join(', ')}`,
    ],
  ]);
  return EXIT.ok;
}
