/**
 * The store port: all that the rest knows of the database. Whatever a promise here resolves for survives the end of this
 * process. What `enqueue` and `cancel` resolve for is flushed to the disk, too: people and senders rely on it. What a worker
 * writes (`claim`, `renew`, `settle`) may lose its last moments in a power failure, and is then found out again.
 */
import type { Intent, Verb } from '../domain/intent.ts';
import type { Cancelled, OpenOperation, Operation, State } from '../domain/operation.ts';

export interface Store {
  /**
   * Records a whole delivery in one transaction: each request opens an operation, joins the open one for the same work, or
   * is done because its episode's operation has succeeded already.
   *
   * @returns one answer per request, in order
   */
  enqueue(requests: readonly NewOperation[], now: number): Promise<readonly Enqueued[]>;

  /** Takes open operations that are due, oldest first, and makes `owner` the only one who may write them until then. */
  claim(claim: Claim): Promise<readonly OpenOperation[]>;

  /** Keeps these, as far as `owner` still has them, claimed for longer. What it does not name is left to run out. */
  renew(owner: string, ids: readonly string[], until: number): Promise<void>;

  /**
   * Makes due what would be due only after `latest`. Nothing ever waits that long: whatever seems to was written before the
   * clock was set back.
   */
  hasten(latest: number, now: number): Promise<void>;

  /**
   * Applies changes in one transaction, each with its trail. A change is lost when the operation is no longer claimed by
   * this owner or no longer in the state it was read in.
   *
   * @returns one answer per change, in order
   */
  settle(owner: string, changes: readonly Change[]): Promise<readonly Settled[]>;

  find(id: string): Promise<Operation | undefined>;
  trail(id: string): Promise<readonly TrailEntry[]>;
  /** Newest first. */
  list(query: ListQuery): Promise<readonly Operation[]>;

  /**
   * Cancels an operation that is queued or waiting and not being worked on at this moment.
   *
   * @returns the operation as it then is: not cancelled if it could not be; undefined if there is none
   */
  cancel(id: string, message: string, now: number): Promise<Operation | undefined>;

  /** When the next open operation is due; undefined when there is none. Claimed ones count from the end of their claim. */
  nextDueAt(verbs?: readonly Verb[]): Promise<number | undefined>;
  countByState(): Promise<Readonly<Record<State, number>>>;

  /**
   * Calls the listener when work may have become due that another process recorded: a hint that shortens the wait, never
   * the only way to learn of work. It may be called for nothing, and it may be missed while the database is away. A store
   * that one process has to itself never calls it.
   *
   * @returns ends the listening
   */
  onWork(listener: () => void): () => void;

  readSetting(key: string): Promise<string | undefined>;
  /** Writes a setting unless there is one, and returns the one that then holds: two replicas end up with the same. */
  writeSettingOnce(key: string, value: string): Promise<string>;

  /**
   * Deletes operations that ended before a time, oldest first, with their trails and episodes. An alert that still fires
   * after that is looked at as if it were new.
   *
   * @returns how many were deleted, at most `limit`
   */
  prune(endedBefore: number, limit: number): Promise<number>;

  /** Whether the store can be written to at this moment; rejects when not. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface NewOperation {
  readonly id: string;
  readonly intent: Intent;
}

export type Enqueued =
  | { readonly outcome: 'accepted'; readonly operation: string }
  | { readonly outcome: 'joined'; readonly operation: string }
  | { readonly outcome: 'done'; readonly operation: string };

export interface Claim {
  readonly owner: string;
  readonly now: number;
  /** When the claim ends if it is not renewed: then others take the work over. */
  readonly until: number;
  readonly limit: number;
  /** Which verbs to take; both by default. */
  readonly verbs?: readonly Verb[];
}

export interface Change {
  readonly before: OpenOperation;
  readonly after: Operation;
  readonly at: number;
  /** When it is due again. Undefined keeps the claim: the owner goes on with it. */
  readonly availableAt?: number;
  /** What the API tells of it, besides the change of state. */
  readonly trail: readonly TrailEntry[];
}

export type Settled =
  /** With the operations that were cancelled for it: they waited to do the opposite to the same instance. */
  | { readonly outcome: 'written'; readonly superseded: readonly Superseded[] }
  | { readonly outcome: 'lost' }
  /** Not written: an operation with the opposite verb on the same instance is in the way. */
  | { readonly outcome: 'rival'; readonly rival: string; readonly yields: boolean };

export interface Superseded {
  readonly before: Operation;
  readonly after: Cancelled;
  readonly at: number;
}

/** One line of an operation's history. */
export interface TrailEntry {
  readonly at: number;
  readonly event: 'state' | 'joined';
  readonly state?: State;
  readonly reason?: string;
  readonly message?: string;
  readonly guard?: string;
  readonly requestId?: string;
  readonly code?: string;
}

export interface ListQuery {
  readonly state?: State | undefined;
  readonly verb?: Verb | undefined;
  readonly target?: string | undefined;
  /** 1 to 1000. */
  readonly limit: number;
  /** Only operations older than the one with this id. */
  readonly before?: string | undefined;
}

/**
 * The store cannot be used at the moment: a full disk, a lost database, a lock. What was asked was not done, except when
 * the connection broke in the very moment of the commit: then nobody knows, and asking again is safe.
 */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
