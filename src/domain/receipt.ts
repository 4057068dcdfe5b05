/** The answers about a delivery's alerts, and the record of its sender. */
import type { AlertIdentity, Intended } from './intend.ts';
import type { Route } from './intent.ts';
import type { IgnoredReason, InvalidReason } from './reason.ts';

/** Outcomes of alerts that have an operation. */
export const SERVED_OUTCOMES = ['accepted', 'joined', 'done'] as const;
export const RECEIPT_OUTCOMES = [...SERVED_OUTCOMES, 'ignored', 'invalid'] as const;

export type Receipt = AlertIdentity &
  (
    | { readonly outcome: (typeof SERVED_OUTCOMES)[number]; readonly operation: string; readonly message?: string }
    | {
        readonly outcome: 'ignored';
        readonly reason: IgnoredReason;
        readonly message: string;
        /** The operation that it cancelled. */
        readonly operation?: string;
      }
    | {
        readonly outcome: 'invalid';
        readonly reason: InvalidReason;
        readonly message: string;
        readonly operation?: string;
      }
  );

export interface Who {
  /** The token's name; `anyone` where no token is needed. */
  readonly name: string;
  readonly remote: string;
}

/** Webhooks use POST or PUT, people GET. */
export const METHODS = ['GET', 'POST', 'PUT'] as const;

/** The recorded sender of a delivery. Texts are cut. */
export interface Origin {
  readonly who: Who;
  readonly method: (typeof METHODS)[number];
  readonly route: Route;
  readonly receiver?: string;
  readonly userAgent?: string;
  /** How many alerts the sender cut off, if any. */
  readonly truncatedAlerts?: number;
  readonly traceId?: string;
}

/** A recorded delivery: the intents, and their receipts in the same order. */
export interface AnsweredDelivery {
  readonly id: string;
  readonly origin: Origin;
  readonly asked: readonly Intended[];
  readonly receipts: readonly Receipt[];
}
