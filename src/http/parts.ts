/** What the routes need of the rest. */
import type { Client, Intent } from '../domain/intent.ts';
import type { Operation } from '../domain/operation.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Observer } from '../observe/observer.ts';
import type { Enqueued, Store } from '../store/port.ts';
import type { Authenticate } from './auth.ts';
import type { ReadJson } from './body.ts';

export interface HttpParts {
  readonly store: Pick<Store, 'find' | 'trail' | 'list' | 'check'>;
  /** Puts intents on disk, all or none, and wakes the worker. */
  readonly enqueue: (intents: readonly Intent[]) => Promise<readonly Enqueued[]>;
  /** As the store's, and told to those who watch. */
  readonly cancel: (id: string, message: string) => Promise<Operation | undefined>;
  /** Resolves with the operation once it satisfies `enough`, or as it is after `waitMs`; undefined if there is none. */
  readonly awaitOperation: (
    id: string,
    enough: (operation: Operation) => boolean,
    waitMs: number,
  ) => Promise<Operation | undefined>;
  readonly isWorkerHealthy: () => boolean;
  readonly authenticate: Authenticate;
  readonly readJson: ReadJson;
  readonly defaultClient: Client;
  readonly observer: Observer;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: () => number;
}
