/**
 * The store port: all that the rest knows of the database. Whatever a promise here resolves for survives the end of this
 * process. What `recordDeliveries` and `cancel` resolve for is flushed to the disk, too: people and senders rely on it. What a worker
 * writes (`claim`, `renew`, `settle`) may lose its last moments in a power failure, and is then found out again.
 */
import type { Admission, Candidate } from '../domain/admission.ts';
import type { Intended } from '../domain/intend.ts';
import type { Cause } from '../domain/cause.ts';
import type { Change, Settled } from '../domain/change.ts';
import type { Verb } from '../domain/intent.ts';
import type { Act } from '../domain/limit.ts';
import type { StandingAlert } from '../domain/need.ts';
import type { Move } from '../domain/move.ts';
import type { OpenOperation, Operation, State } from '../domain/operation.ts';
import type { MachineKeys } from '../domain/target.ts';
import type { Origin, Receipt, Who } from '../domain/receipt.ts';
import type { Token } from '../domain/scope.ts';
import type { TrailEntry } from '../domain/trail.ts';
import type { Word } from '../domain/word.ts';
import type { AuditEntry, AuditQuery, TokenActor } from './audit-entry.ts';

export interface Store {
  /**
   * Records deliveries in one transaction. Each intent opens an operation, joins the open one for the same work, or is done
   * because its episode's operation has succeeded already. What a notification puts an end to is cancelled, if nobody else
   * asks for it and nobody is working on it at this moment.
   */
  recordDeliveries(deliveries: readonly NewDelivery[], now: number): Promise<Recorded>;

  /** What `receive` would make of these now, one after the other. Nothing is recorded. */
  previewAdmission(candidates: readonly Candidate[], now: number): Promise<readonly Admission[]>;

  /** Takes open operations that are due, oldest first, and makes `owner` the only one who may write them until then. */
  claim(claim: Claim): Promise<Claimed>;

  /**
   * Keeps these, as far as `owner` still has them, claimed for longer. What it does not name is left to run out.
   *
   * @returns those that `owner` still has
   */
  renew(owner: string, ids: readonly string[], until: number): Promise<readonly string[]>;

  /** Gives these up, as far as `owner` still has them: they are due at that time, for everybody. */
  release(owner: string, ids: readonly string[], at: number): Promise<void>;

  /**
   * Makes due what would be due only after `latest`: what was written before the clock was set back would wait too long. What
   * has a good reason to wait finds that out again.
   */
  hasten(latest: number, now: number): Promise<void>;

  /**
   * Applies changes in one transaction, each with its trail. A change is lost when the operation is no longer claimed by
   * this owner or no longer in the state it was read in.
   *
   * @returns one answer per change, in order
   */
  settle(owner: string, changes: readonly Change[]): Promise<readonly Settled[]>;

  /** When the operator acted of its own accord after a time, by ledger key; oldest first. What changed nothing does not count. */
  acts(keys: readonly string[], since: number): Promise<ReadonlyMap<string, readonly Act[]>>;

  /** How operations stand at this moment. One that `owner` does not have any more is left out. */
  standing(owner: string, ids: readonly string[]): Promise<ReadonlyMap<string, Standing>>;

  /** The alerts that have asked to start this instance, and that nobody has said are over; the latest first, a few at most. */
  standingStarts(instance: string): Promise<readonly StandingAlert[]>;
  find(id: string): Promise<Operation | undefined>;
  trail(id: string): Promise<readonly TrailEntry[]>;
  /** Whether this sender has opened, joined or repeated the operation. */
  hasAskedFor(who: string, id: string): Promise<boolean>;
  /** Newest first. */
  list(query: ListQuery): Promise<readonly Operation[]>;
  /** The ids that begin or end with a text of four characters or more, newest first. */
  findIds(text: string, limit: number): Promise<readonly string[]>;

  /** What was recorded, newest first. */
  audit(query: AuditQuery): Promise<readonly AuditEntry[]>;

  /** The open operations on this instance, and those that name it so and have not found their machine yet. */
  openOn(instance: string, names: readonly string[]): Promise<readonly Operation[]>;

  /** What persons have said about these machines. */
  words(instances: readonly string[]): Promise<readonly Word[]>;

  /**
   * Cancels an operation for which EC2 was not asked yet. The word of whoever cancels is kept, also where it comes too late.
   *
   * @returns undefined if there is no such operation
   */
  cancel(id: string, who: Who, now: number): Promise<CancelAnswer | undefined>;

  /** When the next open operation is due; undefined when there is none. Claimed ones count from the end of their claim. */
  nextDueAt(verbs?: readonly Verb[]): Promise<number | undefined>;
  /** Exact, but for states with thousands of operations: their count may be a minute old. It is left out until it is known. */
  countByState(): Promise<Readonly<Partial<Record<State, number>>>>;
  /** When the oldest open operation of each state was made; a state without any is left out. */
  oldestOpen(): Promise<Readonly<Partial<Record<OpenOperation['state'], number>>>>;

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
   * Keeps a token, and records in the same transaction who has made it.
   *
   * @returns false when a token that is not revoked has this name already
   */
  createToken(token: NewToken, by: TokenActor): Promise<boolean>;
  /** Oldest first, expired and revoked ones included. */
  listTokens(): Promise<readonly StoredToken[]>;
  /**
   * Revokes a token, and records in the same transaction who has done so.
   *
   * @param wantsCancel cancels what was asked for with it alone, as far as that can be cancelled; also for a token that was
   *   revoked before
   * @returns undefined when no such token has this name
   */
  revokeToken(name: string, now: number, by: TokenActor, wantsCancel: boolean): Promise<Revoked | undefined>;

  /**
   * Deletes operations that ended before a time, oldest first, with their trails and episodes, and what else was recorded
   * before it. An alert that still fires after that is looked at as if it were new.
   *
   * @returns how many were deleted, at most `limit`
   */
  prune(endedBefore: number, limit: number): Promise<number>;

  /** Whether the store can be written to at this moment; rejects when not. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface NewDelivery {
  readonly id: string;
  readonly origin: Origin;
  readonly signature?: Signature;
  /** One per alert, in the order in which they came. */
  readonly members: readonly Member[];
}

/** What a signed delivery is known again by. */
export interface Signature {
  readonly digest: string;
  /** Until then another one with it is a copy. Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface Member {
  /** The id of the operation that it opens, if it opens one. */
  readonly id: string;
  readonly asked: Intended;
  /** Of a copy: the operation that serves the episode. */
  readonly servedBy?: string;
}

export interface Recorded {
  /** For each delivery one receipt per member, in order. */
  readonly receipts: readonly (readonly Receipt[])[];
  /** Of the operations that were opened, and of those that were cancelled because their alerts were resolved. */
  readonly moves: readonly Move[];
}

export interface CancelAnswer {
  /** As it then is: not cancelled if it could not be. */
  readonly operation: Operation;
  /** One if it was cancelled just now, otherwise none. */
  readonly moves: readonly Move[];
}

export interface NewToken extends Token {
  readonly createdAt: number;
}

export interface StoredToken extends NewToken {
  readonly revokedAt?: number;
}

export interface Revoked {
  /** How many open operations had been asked for with the token. */
  readonly open: number;
  /** Of those of them that were cancelled. */
  readonly moves: readonly Move[];
  /** How many were left because others have asked for them as well. The others that go on have been begun. */
  readonly shared: number;
}

export interface Claim {
  readonly owner: string;
  readonly now: number;
  /** When the claim ends if it is not renewed: then others take the work over. */
  readonly until: number;
  readonly limit: number;
  /** Which verbs to take; both by default. */
  readonly verbs?: readonly Verb[];
}

export interface Claimed {
  readonly operations: readonly OpenOperation[];
  /** The ends of operations that no version could read for a day. */
  readonly moves: readonly Move[];
}

/** What may have changed about an operation since the worker that carries it has read it. */
export interface Standing {
  /** By whose it is to be judged. */
  readonly cause: Cause;
  /** Whether every alert that asked for it is over, and no person has. */
  readonly isResolved: boolean;
  /** What a person has said against it since. */
  readonly overruledBy?: Word;
  /** When a person last asked to start the machine. */
  readonly needed?: Word;
  /** A person's operation that wants the opposite of the same target, and has not found the machine yet. */
  readonly rival?: string;
  /** When a copy of one of the alerts behind it came last. */
  readonly seenAt?: number;
}

export interface ListQuery {
  /** Only those in one of these states. */
  readonly states?: readonly State[] | undefined;
  readonly verb?: Verb | undefined;
  readonly dryRun?: boolean | undefined;
  /** The key of the target: only those that name the machine this way. */
  readonly target?: string | undefined;
  /** Only those about this machine, however they name it. */
  readonly machine?: MachineKeys | undefined;
  /** Only those that were made since. */
  readonly since?: number | undefined;
  /** Only those that this sender has asked for, among the last thousands of its doings. */
  readonly askedBy?: string | undefined;
  /** 1 to 1000. */
  readonly limit: number;
  /** Only operations older than the one with this id. */
  readonly cursor?: string | undefined;
}

/** A full disk, a lost database, a lock. What was asked was not done, or the connection broke in the very moment of the commit. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
