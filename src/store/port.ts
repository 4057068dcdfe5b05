/**
 * The store port: all that the rest knows of the database. Every write has survived the end of this process when its promise
 * resolves. `recordDeliveries` and `cancel` are also flushed to the disk, because senders and people rely on them. A power failure
 * may undo the last writes of a worker (`claim`, `renew`, `settle`): the next worker finds the same out again.
 */
import type { Admission, Candidate } from '../domain/admission.ts';
import type { Intended } from '../domain/intend.ts';
import type { Cause } from '../domain/cause.ts';
import type { Change, Settled } from '../domain/change.ts';
import type { Verb } from '../domain/intent.ts';
import type { Act } from '../domain/limit.ts';
import type { StandingAlert } from '../domain/need.ts';
import type { Move } from '../domain/move.ts';
import type { Told } from '../domain/notice.ts';
import type { OpenOperation, Operation, State } from '../domain/operation.ts';
import type { MachineKeys } from '../domain/target.ts';
import type { Rehearsed } from '../domain/rehearsal.ts';
import type { Origin, Receipt, Who } from '../domain/receipt.ts';
import type { Token } from '../domain/scope.ts';
import type { TooLate } from '../domain/too-late.ts';
import type { TrailEntry } from '../domain/trail.ts';
import type { Voice } from '../domain/voice.ts';
import type { Word } from '../domain/word.ts';
import type { ScheduleStore } from './schedule-port.ts';
import type { AuditEntry, AuditQuery, TokenActor } from './audit-entry.ts';
import type { VoiceStore } from './voice-port.ts';
import type { LeaseStore } from './lease-port.ts';
import type { HistoryStore } from './history-port.ts';
import type { HintStore } from './hint-port.ts';
import type { MachineStore } from './machine-port.ts';
import type { NoticeStore } from './notice-port.ts';
import type { SessionStore } from './session-port.ts';

export interface Store
  extends VoiceStore, LeaseStore, ScheduleStore, NoticeStore, HintStore, MachineStore, HistoryStore, SessionStore {
  /**
   * Records deliveries in one transaction. Each intent opens an operation, joins the open one for the same work, or is done because
   * its episode's operation has succeeded. A notification that ends an episode cancels its operation, unless other causes ask for it
   * or a worker has claimed it.
   */
  recordDeliveries(deliveries: readonly NewDelivery[], now: number): Promise<Recorded>;

  /** The admissions that `recordDeliveries` would write now, one after the other. Nothing is recorded. */
  previewAdmission(candidates: readonly Candidate[], now: number): Promise<readonly Admission[]>;

  /** Claims open operations that are due, oldest first: only `owner` may write them until the claim ends. */
  claim(claim: Claim): Promise<Claimed>;

  /** Extends claims that `owner` still has. @returns the operations that it still has */
  renew(owner: string, ids: readonly string[], until: number): Promise<readonly string[]>;

  /** Gives up the claims that `owner` still has: the operations are due at that time, for any worker. */
  release(owner: string, ids: readonly string[], at: number): Promise<void>;

  /**
   * Makes operations due now that would be due after `latest`: after the clock was set back, their times lie too far ahead. Each of
   * them is looked at again, and waits again where it has to.
   */
  hasten(latest: number, now: number): Promise<void>;

  /**
   * Applies changes in one transaction, each with its trail entry. A change is lost if `owner` has lost the operation, or its state
   * is not the one that was read.
   *
   * @returns one answer per change, in order
   */
  settle(owner: string, changes: readonly Change[]): Promise<readonly Settled[]>;

  /**
   * Right before one call: asks about each of its operations once more, under the lock of the machines, and marks those as sent that
   * nothing speaks against. A cancel either comes before that and wins, or after it and learns when the call was sent.
   *
   * @returns one answer per request, in order
   */
  send(owner: string, requests: readonly SendRequest[], now: number): Promise<readonly SendAnswer[]>;

  /** Automatic acts after a time, by ledger key; oldest first. An act that changed nothing does not count. */
  acts(keys: readonly string[], since: number): Promise<ReadonlyMap<string, readonly Act[]>>;

  /** How operations stand at this moment. An operation that `owner` has lost is left out. */
  standing(owner: string, ids: readonly string[], now: number): Promise<ReadonlyMap<string, Standing>>;

  /** The alerts that have asked to start this instance and are not over; the latest first, 20 at most. */
  standingStarts(instance: string): Promise<readonly StandingAlert[]>;
  find(id: string): Promise<Operation | undefined>;
  /** Oldest first. */
  trail(id: string): Promise<readonly TrailEntry[]>;
  /** As `trail`, of several operations. An operation without entries is left out. */
  trails(ids: readonly string[]): Promise<ReadonlyMap<string, readonly TrailEntry[]>>;
  /** Whether this sender has opened, joined or repeated the operation. */
  hasAskedFor(who: string, id: string): Promise<boolean>;
  /** Newest first. */
  list(query: ListQuery): Promise<readonly Operation[]>;
  /**
   * The dry runs of stops that alerts have asked for since a time, and what was really done.
   *
   * @param limit of each kind; where there is more, it is the latest
   */
  rehearsed(since: number, now: number, limit: number): Promise<Rehearsed>;
  /** The ids that begin or end with a text of four or more characters, newest first. */
  findIds(text: string, limit: number): Promise<readonly string[]>;

  /** Newest first. */
  audit(query: AuditQuery): Promise<readonly AuditEntry[]>;

  /** The open operations on this instance, and those by one of these names that have not found their machine yet. */
  openOn(instance: string, names: readonly string[]): Promise<readonly Operation[]>;

  words(instances: readonly string[]): Promise<readonly Word[]>;

  /**
   * Cancels an operation for which EC2 was not asked yet. The person's word is kept even if it comes too late.
   *
   * @returns undefined if there is no such operation
   */
  cancel(id: string, who: Who, now: number): Promise<CancelAnswer | undefined>;

  /** When the next open operation is due; undefined without one. A claimed operation is due when its claim ends. */
  nextDueAt(verbs?: readonly Verb[]): Promise<number | undefined>;
  /** The count of a state with thousands of operations may be a minute old; it is left out until it is known. */
  countByState(): Promise<Readonly<Partial<Record<State, number>>>>;
  /** Operations that wait, by their reason. Of more than ten thousand, some are counted. */
  countWaiting(): Promise<ReadonlyMap<string, number>>;
  /** When the oldest open operation of each state was made. */
  oldestOpen(): Promise<Readonly<Partial<Record<OpenOperation['state'], number>>>>;

  /**
   * Calls the listener when another process may have recorded work that is due. This is only a hint, which shortens the wait: it may
   * come for nothing, and is missed while the database is away. The embedded store never calls it.
   *
   * @returns ends the listening
   */
  onWork(listener: () => void): () => void;

  readSetting(key: string): Promise<string | undefined>;
  /** Writes a setting unless there is one. @returns the setting that then holds: the same for all replicas */
  writeSettingOnce(key: string, value: string): Promise<string>;
  /** Writes a setting, or replaces it. */
  changeSetting(key: string, value: string): Promise<void>;

  /** Keeps a token, and records who made it. @returns false when an unrevoked token has this name already */
  createToken(token: NewToken, by: TokenActor): Promise<boolean>;
  /** Oldest first, expired and revoked ones included. */
  listTokens(): Promise<readonly StoredToken[]>;
  /**
   * Revokes a token, and records who did so.
   *
   * @param wantsCancel also cancels the operations that were asked for with this token alone, as far as they can be cancelled; then
   *   the token may have been revoked before
   * @returns undefined when no such token has this name
   */
  revokeToken(name: string, now: number, by: TokenActor, wantsCancel: boolean): Promise<Revoked | undefined>;

  /**
   * Deletes operations that ended before a time, oldest first, with their trails and episodes, and other records from before it. An
   * alert that still fires after that counts as new.
   *
   * @param historyBefore the same for the states of machines and the stops, from which savings are computed; `endedBefore` unless given
   * @returns how many were deleted, at most `limit`
   */
  prune(endedBefore: number, limit: number, historyBefore?: number): Promise<number>;

  /** Rejects when the store cannot be written to at this moment. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface NewDelivery {
  readonly id: string;
  readonly origin: Origin;
  readonly signature?: Signature;
  /** A member per alert, in the order in which they came. */
  readonly members: readonly Member[];
}

/** By this a copy of a signed delivery is recognized. */
export interface Signature {
  readonly digest: string;
  /** Until then a delivery with the same digest is a copy. Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface Member {
  /** The id of the operation that it opens, if it opens one. */
  readonly id: string;
  readonly asked: Intended;
  /** Of a replayed alert: the operation that serves its episode. */
  readonly servedBy?: string;
}

export interface Recorded {
  /** For each delivery one receipt per member, in order. */
  readonly receipts: readonly (readonly Receipt[])[];
  /** Of operations that were opened, and of those that were cancelled because their alerts are over. */
  readonly moves: readonly Move[];
}

export interface CancelAnswer {
  readonly operation: Operation;
  /** Empty if it could not be cancelled. */
  readonly moves: readonly Move[];
}

export interface NewToken extends Token {
  readonly createdAt: number;
}

export interface StoredToken extends NewToken {
  readonly revokedAt?: number;
}

export interface Revoked {
  /** How many open operations were asked for with the token. */
  readonly open: number;
  /** Of those that were cancelled. */
  readonly moves: readonly Move[];
  /** How many go on because others have asked for them as well. */
  readonly shared: number;
  /** Those that could not be cancelled because their calls were sent before. */
  readonly tooLate: readonly TooLate[];
}

export interface Claim {
  readonly owner: string;
  readonly now: number;
  /** When the claim ends unless it is renewed. */
  readonly until: number;
  readonly limit: number;
  /** Both by default. */
  readonly verbs?: readonly Verb[];
}

export interface Claimed {
  readonly operations: readonly OpenOperation[];
  /** The ends of operations that no version could read for a day. */
  readonly moves: readonly Move[];
}

/** An operation in the state `acting` that is about to be sent. */
export interface SendRequest {
  readonly id: string;
  readonly instance: string;
  /**
   * Decides by what the store knows at that moment; it may be asked more than once.
   *
   * @param standing undefined when the worker has lost the operation, which is then never sent
   * @returns why it is not to be sent, for people
   */
  readonly whyNot: (standing: Standing | undefined) => string | undefined;
}

export type SendAnswer =
  /** A dry run is not marked, and has no `sentAt`. */
  { readonly outcome: 'go'; readonly sentAt?: number } | { readonly outcome: 'held_back'; readonly why: string };

/** Facts about an operation that may have changed since its worker read it. */
export interface Standing {
  /** By which it is to be judged. */
  readonly cause: Cause;
  /** Whether every alert that asked for it is over, and no person has asked for it. */
  readonly isResolved: boolean;
  /** A person's word against it. */
  readonly overruledBy?: Word;
  /** When a person last asked to start the machine. */
  readonly needed?: Word;
  /** An operation that wants the opposite, perhaps of the same machine, and has not found its own yet. */
  readonly rival?: string;
  /** When a copy of one of its alerts came last. */
  readonly seenAt?: number;
  /** Of its machine. */
  readonly voice: Voice;
  /** As `NoticeStore.toldOf`; absent where people were not warned. */
  readonly told?: readonly Told[];
}

export interface ListQuery {
  readonly states?: readonly State[] | undefined;
  readonly verb?: Verb | undefined;
  readonly dryRun?: boolean | undefined;
  /** The key of the target. */
  readonly target?: string | undefined;
  /** Operations about this machine, however they name it. */
  readonly machine?: MachineKeys | undefined;
  /** Operations that were made since. */
  readonly since?: number | undefined;
  /** Operations that this sender has asked for lately. */
  readonly askedBy?: string | undefined;
  /** 1 to 1000. */
  readonly limit: number;
  /** The id of an operation: only older ones. */
  readonly cursor?: string | undefined;
}

/** A full disk, a lost database, a lock. Nothing was written, unless the connection broke during the commit. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
