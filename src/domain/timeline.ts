/** What happened to a machine, in lines that a person understands: the newest first, each repetition once. Pure. */
import type { MachinePast, TimelineLine } from './timeline-line.ts';
import { saidLine } from './timeline-said.ts';
import { operationLines } from './timeline-operations.ts';
import { stateLines } from './timeline-states.ts';
import type { Reading } from './told-time.ts';

export function timeline(past: MachinePast, reading: Reading): readonly TimelineLine[] {
  const states = stateLines(past, reading);
  // The line of a state tells the operation that has led to it.
  const shown = new Set(states.flatMap(({ operation }) => operation ?? []));
  const lines = [
    ...states,
    ...past.operations.flatMap((one) => operationLines(one, past.notices, shown, reading)),
    ...past.said.map((one) => saidLine(one, reading)),
  ];
  const oldestFirst = lines.toSorted((one, other) => one.at - other.at);
  return gather(oldestFirst).toSorted((one, other) => other.at - one.at);
}

/** Equal lines become one, at its last time, until the machine changes its state: fifty refusals say no more than one. */
function gather(oldestFirst: readonly TimelineLine[]): readonly TimelineLine[] {
  const gathered: TimelineLine[] = [];
  let since = new Map<string, number>();
  for (const line of oldestFirst) {
    if (isState(line)) since = new Map();
    const key = JSON.stringify([line.kind, line.text, line.more]);
    const index = since.get(key);
    const before = index === undefined ? undefined : gathered[index];
    if (index === undefined || before === undefined) {
      since.set(key, gathered.push(line) - 1);
      continue;
    }
    const { times, since: first } = before.repeated ?? { times: 1, since: before.at };
    gathered[index] = { ...line, repeated: { times: times + 1, since: first } };
  }
  return gathered;
}

function isState({ kind }: TimelineLine): boolean {
  return kind === 'runs' || kind === 'off' || kind === 'moving' || kind === 'gone';
}
