/** The part of the store port that is about telling people: notices, and the keys of the links in them. */
import type { Move } from '../domain/move.ts';
import type { NewNotice, Notice, NoticeKind, NoticeState, Told } from '../domain/notice.ts';
import type { Warned } from '../domain/warned.ts';
import type { NewEntry, TokenActor } from './audit-entry.ts';

/** The notices of a move. They are written in the transaction that writes the move. */
export type NoticesOf = (move: Move) => readonly NewNotice[];

export interface NoticeStore {
  /**
   * Writes notices that no move tells. Those that were written before are left out, and so are those that follow nothing.
   *
   * @param entry recorded in the audit log
   * @returns the notices that were written, in order
   */
  addNotices(notices: readonly NewNotice[], now: number, entry?: NewEntry['entry']): Promise<readonly Notice[]>;

  /**
   * Claims notices of one channel that are due: of each thread and recipient the oldest. An older one keeps the others of its thread
   * back once it is due, or was tried; one that was not due yet is overtaken. A claim that has run out makes its notice due again.
   */
  claimNotices(claim: NoticeClaim): Promise<readonly ClaimedNotice[]>;

  /** Writes what became of an attempt. @returns false if `owner` has lost the notice: nothing was written */
  settleNotice(owner: string, id: string, outcome: NoticeOutcome, now: number): Promise<boolean>;

  /** @returns undefined where there is none, or where this version cannot read it */
  notice(id: string): Promise<Notice | undefined>;

  /**
   * Records an answer to a notice, so that it counts once: vendors deliver a press again, and people press twice.
   *
   * @param digest of what makes it the same answer: 64 hexadecimal digits
   * @param until when it is forgotten
   * @returns false if it was recorded before
   */
  takeAnswer(digest: string, until: number, now: number): Promise<boolean>;

  /** Newest first. */
  notices(query: NoticesQuery): Promise<readonly Notice[]>;

  /** The notices that are neither sent nor given up, by channel. */
  countPendingNotices(): Promise<readonly PendingNotices[]>;

  /** When the next notice of these channels is due; undefined without one. A claimed notice is due when its claim ends. */
  nextNoticeAt(channels: readonly string[]): Promise<number | undefined>;

  /** The warnings that were written for these operations, and whether they were sent; oldest first. */
  toldOf(operations: readonly string[]): Promise<ReadonlyMap<string, readonly Told[]>>;

  /**
   * Calls the listener when notices may have become due, written by this process or by another one. It is only a hint, as in `onWork`,
   * but of this process's own notices none is missed.
   *
   * @returns ends the listening
   */
  onNotices(listener: () => void): () => void;

  /** The keys of links that are still valid, the one that signs first. The first call of all makes it. */
  linkKeys(now: number): Promise<readonly LinkKey[]>;

  /**
   * Makes a key that signs from now on, and records who did so.
   *
   * @param revokes whether links that were signed before are unknown from now on; otherwise they stay valid
   */
  rotateLinkKey(now: number, by: TokenActor, revokes?: boolean): Promise<LinkKey>;
}

export interface NoticeClaim {
  readonly channel: string;
  readonly owner: string;
  readonly now: number;
  /** When the claim ends. */
  readonly until: number;
  readonly limit: number;
}

/** A notice, and what sending it needs to know. Its `attempts` include the one that begins. */
export interface ClaimedNotice extends Notice {
  /** The vendor's id of the last message of the thread that was sent to the same address. */
  readonly earlier?: string;
  /** As `NewNotice.follows`: without `wasTold`, it need not be sent. */
  readonly follows: boolean;
  /** An earlier notice of the thread was sent to the same address, or may have been. */
  readonly wasTold: boolean;
  /** A later notice of the thread was sent to the same address before this one was due, or may have been. */
  readonly isOvertaken: boolean;
  /** Its operation as it is now; absent where it is about none. */
  readonly operation?: {
    readonly isOpen: boolean;
    /** EC2 is being asked, or was. */
    readonly isUnderWay?: true;
    readonly endedAt?: number;
    readonly warned?: Warned;
  };
  /** As `toldOf`, of its thread. */
  readonly told: readonly Told[];
}

export type NoticeOutcome =
  | { readonly outcome: 'sent'; readonly reference?: string }
  /** It is due again at a time. */
  | { readonly outcome: 'later'; readonly at: number; readonly error: string }
  | { readonly outcome: 'failed'; readonly error: string }
  | { readonly outcome: 'outdated'; readonly error: string };

export interface PendingNotices {
  readonly channel: string;
  readonly count: number;
  /** When the oldest of them was written. */
  readonly oldestAt: number;
}

export interface NoticesQuery {
  readonly channel?: string | undefined;
  readonly kind?: NoticeKind | undefined;
  readonly state?: NoticeState | undefined;
  /** An instance id, or a tag `Name`. */
  readonly machine?: string | undefined;
  /** The id of an operation. */
  readonly operation?: string | undefined;
  /** 1 to 1000. */
  readonly limit: number;
  /** The id of a notice: only older ones. */
  readonly cursor?: string | undefined;
}

/** Signs links. It is a secret. */
export interface LinkKey {
  /** Names the key in the links that it has signed. */
  readonly kid: string;
  /** 32 random bytes in base64url. */
  readonly secret: string;
  readonly createdAt: number;
  /** Until then it verifies what it has signed. Absent: it signs. */
  readonly expiresAt?: number;
}
