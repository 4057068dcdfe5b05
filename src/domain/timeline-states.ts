/** The lines of a timeline that tell when a machine changed its state, and why. */
import { observedBy } from './about.ts';
import type { InstanceState } from './instance.ts';
import type { Interval } from './machine.ts';
import { tellNoticesOf } from './timeline-notices.ts';
import type { LineKind, MachinePast, OperationPast, TimelineLine } from './timeline-line.ts';
import { tellSentence } from './told-sentence.ts';
import { tellCame } from './told-state.ts';
import type { Reading } from './told-time.ts';

const KINDS: Readonly<Record<InstanceState, LineKind>> = {
  pending: 'moving',
  running: 'runs',
  stopping: 'moving',
  stopped: 'off',
  'shutting-down': 'moving',
  terminated: 'gone',
  unknown: 'moving',
};

/** The state that each of these leads to. */
const LEADS_TO: Partial<Readonly<Record<InstanceState, InstanceState>>> = {
  pending: 'running',
  stopping: 'stopped',
  'shutting-down': 'terminated',
};

export function stateLines({ intervals, operations, notices }: MachinePast, reading: Reading): readonly TimelineLine[] {
  const byId = new Map(operations.map((past) => [past.operation.id, past]));
  return intervals.flatMap((interval, index): readonly TimelineLine[] => {
    const next = intervals[index + 1];
    // A minute of starting is told with the start.
    if (next !== undefined && LEADS_TO[interval.state] === next.state) return [];
    const before = intervals[index - 1];
    const began = before !== undefined && LEADS_TO[before.state] === interval.state ? before : interval;
    const { state, since } = interval;
    const why = began.why.by === 'outside' && 'operation' in interval.why ? interval.why : began.why;
    const operation = 'operation' in why ? why.operation : undefined;
    const told = operation === undefined ? [] : tellNoticesOf(notices, { operation, kinds: ['stopped', 'ready'] });
    return [
      {
        at: since,
        kind: KINDS[state],
        text: next === undefined && LEADS_TO[state] !== undefined ? tellMoving(interval) : tellCame(state, why),
        more: [...evidenceOf(operation === undefined ? undefined : byId.get(operation), reading), ...told],
        ...(operation === undefined ? {} : { operation }),
      },
    ];
  });
}

/** It is under way now. */
function tellMoving({ state, why }: Interval): string {
  const came = tellCame(state, why);
  return why.by === 'before' ? came : `${came.replace(/\.$/, '')}; this takes a minute or two.`;
}

/** What the alert has seen. */
export function evidenceOf(past: OperationPast | undefined, reading: Reading): readonly string[] {
  const cause = past?.operation.intent.cause;
  const seen = cause?.by === 'alert' ? observedBy(cause.about) : undefined;
  return seen === undefined || seen === '' ? [] : [tellSentence(seen, reading)];
}
