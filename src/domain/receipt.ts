/** What a sender is told about its alerts, and what is kept of who it was. */
import type { AlertIdentity, Intended } from './intend.ts';
import type { Route } from './intent.ts';
import type { IgnoredReason, InvalidReason } from './reason.ts';

/** What can become of an alert: an operation serves it, or none does. */
export const SERVED_OUTCOMES = ['accepted', 'joined', 'done'] as const;
export const RECEIPT_OUTCOMES = [...SERVED_OUTCOMES, 'ignored', 'invalid'] as const;

/** What the sender is told about one alert, `alertname` aside. */
export type Receipt = AlertIdentity &
  (
    | { readonly outcome: (typeof SERVED_OUTCOMES)[number]; readonly operation: string; readonly message?: string }
    | {
        readonly outcome: 'ignored';
        readonly reason: IgnoredReason;
        readonly message: string;
        /** The one that was cancelled because of it. */
        readonly operation?: string;
      }
    | {
        readonly outcome: 'invalid';
        readonly reason: InvalidReason;
        readonly message: string;
        readonly operation?: string;
      }
  );

/** The other side of a request. */
export interface Who {
  /** Of the token, or what stands for it: `anyone` where every route is open. */
  readonly name: string;
  readonly remote: string;
}

/** A webhook is posted or put; a person asks with GET. */
export const METHODS = ['GET', 'POST', 'PUT'] as const;

/** Where a delivery comes from, for the record. Every text is cut to what a person needs to recognise the sender. */
export interface Origin {
  readonly who: Who;
  readonly method: (typeof METHODS)[number];
  readonly route: Route;
  readonly receiver?: string;
  readonly userAgent?: string;
  /** How many alerts the sender has cut off, when it has. */
  readonly truncatedAlerts?: number;
  /** The trace that the request belongs to. */
  readonly traceId?: string;
}

/** A delivery that was recorded: what each alert, or a person, asked for, and the receipt of each in the same order. */
export interface AnsweredDelivery {
  readonly id: string;
  readonly origin: Origin;
  readonly asked: readonly Intended[];
  readonly receipts: readonly Receipt[];
}
