/** What every database is opened with. */
import type { OnMigrated } from './migrate.ts';
import type { NoticesOf } from './notice-port.ts';
import type { OnPermissions } from './sqlite-file.ts';

export interface OpenOptions {
  /** Absent: moves are told to nobody. */
  readonly noticesOf?: NoticesOf | undefined;
  readonly onMigrated?: OnMigrated | undefined;
  readonly onPermissions?: OnPermissions | undefined;
}
