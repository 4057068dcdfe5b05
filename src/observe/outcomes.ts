/** The outcomes with their reasons: the label combinations of alerts and ended operations. */
import { CLIENTS, VERBS } from '../domain/intent.ts';
import type { EndedOperation } from '../domain/operation.ts';
import {
  CANCELLED_REASONS,
  FAILED_REASONS,
  IGNORED_REASONS,
  INVALID_REASONS,
  REFUSED_REASONS,
  SUCCEEDED_REASONS,
} from '../domain/reason.ts';
import { SERVED_OUTCOMES } from '../domain/receipt.ts';

/** The outcomes of a receipt. */
export const ALERT_SERIES: readonly { readonly outcome: string; readonly reason: string }[] = [
  ...SERVED_OUTCOMES.map((outcome) => ({ outcome, reason: '' })),
  ...Object.keys(IGNORED_REASONS).map((reason) => ({ outcome: 'ignored', reason })),
  ...Object.keys(INVALID_REASONS).map((reason) => ({ outcome: 'invalid', reason })),
];

const ENDS = {
  succeeded: SUCCEEDED_REASONS,
  refused: REFUSED_REASONS,
  failed: FAILED_REASONS,
  cancelled: CANCELLED_REASONS,
} as const satisfies Readonly<Record<EndedOperation['state'], object>>;

/** The ends of an operation. */
export const OPERATION_SERIES: readonly Readonly<Record<'verb' | 'client' | 'state' | 'reason', string>>[] =
  VERBS.flatMap((verb) =>
    CLIENTS.flatMap((client) =>
      Object.entries(ENDS).flatMap(([state, reasons]) =>
        Object.keys(reasons).map((reason) => ({ verb, client, state, reason })),
      ),
    ),
  );
