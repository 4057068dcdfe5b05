/** Everything in which one database differs from another. The queries are the same for all. */
import type { ColumnDefinitionBuilder, Kysely, Transaction } from 'kysely';
import type { Hint } from '../domain/hint.ts';
import type { HintStore } from './hint-port.ts';
import type { Database } from './schema.ts';

export interface Differences {
  /** The key of a table whose rows are numbered in the order in which they came. */
  readonly counter: {
    readonly type: 'integer' | 'bigint';
    readonly define: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
  };

  /** Whether several transactions can run at once, so that rows must be locked between reading and writing them. */
  readonly concurrent: boolean;

  /**
   * Runs a transaction that survives the end of this process, but whose last moments a power failure may take back. For what
   * a worker writes: all of it can be found out again, and a flush of the disk is what costs most.
   */
  readonly relaxed: <T>(db: Kysely<Database>, work: (transaction: Transaction<Database>) => Promise<T>) => Promise<T>;

  /** Keeps every other transaction from acting on these instances until this one has ended. */
  readonly lockInstances: (transaction: Transaction<Database>, ids: readonly string[]) => Promise<void>;

  /** Keeps every other delivery that names one of these keys, of work or of an episode, waiting until this one is recorded. */
  readonly lockWork: (transaction: Transaction<Database>, keys: readonly string[]) => Promise<void>;

  /** Keeps every other transaction from counting automatic acts until this one has written its own. */
  readonly lockLedger: (transaction: Transaction<Database>) => Promise<void>;

  /** Keeps pauses from beginning and ending until this transaction has ended. Other transactions share that. */
  readonly sharePauses: (transaction: Transaction<Database>) => Promise<void>;

  /** Keeps every other transaction that begins or ends a pause, or shares the pauses, waiting until this one has ended. */
  readonly lockPauses: (transaction: Transaction<Database>) => Promise<void>;

  /** Tells the other processes that there is work, once the transaction is committed. */
  readonly announceWork: (transaction: Transaction<Database>) => Promise<void>;

  /** Tells the other processes that notices were written, once the transaction is committed. */
  readonly announceNotices: (transaction: Transaction<Database>) => Promise<void>;

  /** As `Store.onWork`. */
  readonly onWork: (listener: () => void) => () => void;

  /** As `Store.onNotices`, of other processes. */
  readonly onNotices: (listener: () => void) => () => void;

  /** As `HintStore`. */
  readonly sendHint: (db: Kysely<Database>, hint: Hint) => Promise<void>;
  readonly onHint: HintStore['onHint'];

  /** Whether an error means that the transaction met another one and may succeed when it is run again. */
  readonly isConflict: (error: unknown) => boolean;

  /** Whether an error means that the database cannot be used at the moment. */
  readonly isUnavailable: (error: unknown) => boolean;

  /** Lets go of what the database needs besides Kysely's own connections. */
  readonly close: () => Promise<void>;
}
