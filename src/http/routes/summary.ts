/** `GET /api/v1/operations/summary`: what alerts would have stopped. */
import { sumUp } from '../../domain/rehearsal.ts';
import type { HttpParts } from '../parts.ts';
import type { SenderInput } from '../route.ts';
import { showInstance, toTime } from '../show-operation.ts';
import type { SummaryAnswer, SummaryQuery } from '../summary-schemas.ts';

const WEEK_MS = 7 * 24 * 3_600_000;

/** How many operations of each kind are summed up. */
const MOST = 10_000;

export async function summarizeDryRuns(
  parts: HttpParts,
  { query }: SenderInput<unknown, SummaryQuery>,
): Promise<SummaryAnswer> {
  const now = parts.clock();
  const asked = query.since ?? now - WEEK_MS;
  const { rehearsals, changes, real, since } = await parts.store.rehearsed(asked, now, MOST);
  return {
    since: toTime(since),
    isShortened: since > asked,
    rows: sumUp(rehearsals, changes).map(({ instance, stoppedMs, firstAt, lastAt, ...row }) => ({
      ...row,
      instance: showInstance(instance),
      stoppedSeconds: Math.round(stoppedMs / 1_000),
      firstAt: toTime(firstAt),
      lastAt: toTime(lastAt),
    })),
    real,
  };
}
