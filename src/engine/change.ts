/** The change that the store is asked to write for one step, and when the operation is due again. */
import type { Change } from '../domain/change.ts';
import { moveOn } from '../domain/move.ts';
import type { OpenOperation, Operation } from '../domain/operation.ts';
import type { Step } from './step.ts';

/** An acting operation keeps its claim; every other operation is free again until it is due. */
export function toChange(operation: OpenOperation, step: Step, at: number): Change {
  if ('postponeUntil' in step)
    return { before: operation, after: operation, at, availableAt: lookTogether(step.postponeUntil) };
  const { after, entry } = moveOn(operation, step.event, at, step.trail);
  const availableAt = nextTime(after, at);
  return {
    before: operation,
    after,
    at,
    entry,
    ...(availableAt === undefined ? {} : { availableAt }),
    ...(step.heard === undefined ? {} : { heard: step.heard }),
    ...(step.launchedAt === undefined ? {} : { launchedAt: step.launchedAt }),
    ...(step.judged === undefined ? {} : { judged: step.judged }),
    ...(step.ledger === undefined ? {} : { ledger: step.ledger }),
  };
}

function nextTime(after: Operation, now: number): number | undefined {
  switch (after.state) {
    case 'acting':
      return undefined;
    case 'verifying':
      return lookTogether(now + FIRST_LOOK_MS);
    case 'waiting':
      return after.until;
    case 'queued':
    case 'succeeded':
    case 'refused':
    case 'failed':
    case 'cancelled':
      return now;
  }
}

/** EC2 shows an accepted change within about a second. */
const FIRST_LOOK_MS = 1_000;
const LOOK_EVERY_MS = 250;

/** Operations that were accepted a few milliseconds apart are looked at in one call. */
function lookTogether(at: number): number {
  return Math.ceil(at / LOOK_EVERY_MS) * LOOK_EVERY_MS;
}
