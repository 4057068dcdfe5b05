/** What the routes need of the rest. */
import type { OnResolved } from '../domain/guard-settings.ts';
import type { Client, Intent } from '../domain/intent.ts';
import type { LabelSettings } from '../domain/labels.ts';
import type { Operation } from '../domain/operation.ts';
import type { Intake } from '../engine/intake.ts';
import type { Outlook } from '../engine/plan.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Observer } from '../observe/observer.ts';
import type { Store } from '../store/port.ts';
import type { ReadJson } from './body.ts';
import type { FewLines } from './auth/few-lines.ts';
import type { Auth } from './auth/create-auth.ts';

export interface HttpParts extends Auth {
  readonly store: Pick<
    Store,
    'find' | 'findIds' | 'trail' | 'hasAskedFor' | 'list' | 'audit' | 'cancel' | 'previewAdmission'
  >;
  /** Puts a delivery on disk, whole or not at all, and wakes the worker. */
  readonly intake: Intake;
  /** Resolves with the operation once it satisfies `enough`, or as it is after `waitMs`; undefined if there is none. */
  readonly awaitOperation: (
    id: string,
    enough: (operation: Operation) => boolean,
    waitMs: number,
  ) => Promise<Operation | undefined>;
  /** What would become of intents now. */
  readonly plan: (intents: readonly Intent[]) => Promise<readonly Outlook[]>;
  /** @throws StoreUnavailableError while nothing can be put on disk */
  readonly checkStore: () => Promise<void>;
  readonly isWorkerHealthy: () => boolean;
  readonly readJson: ReadJson;
  readonly defaultClient: Client;
  /** What becomes of stops that resolved alerts ask for. */
  readonly resolvedStops: OnResolved['stops'];
  readonly labels: LabelSettings;
  /** Whether alerts may name machines by their tag `Name`. */
  readonly tagNames: boolean;
  readonly observer: Observer;
  readonly metrics: Metrics;
  readonly log: Log;
  /** For what senders without a token cause. */
  readonly warnSparingly: FewLines;
  readonly clock: () => number;
}
