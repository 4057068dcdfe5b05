/** All that is known of one machine, for the API and for its page. */
import type { Interval, MachineRow } from '../domain/machine.ts';
import type { Intent } from '../domain/intent.ts';
import type { Operation } from '../domain/operation.ts';
import type { Hold } from '../domain/voice.ts';
import type { Outlook } from '../engine/plan.ts';
import type { HttpParts } from './parts.ts';

export interface MachineFacts {
  readonly row: MachineRow;
  readonly intervals: readonly Interval[];
  readonly holds: readonly Hold[];
  /** Newest first. */
  readonly operations: readonly Operation[];
  readonly stop: StopOutlook;
}

/** What a stop would meet now. Unknown where EC2 could not be asked in time. */
export type StopOutlook =
  | { readonly known: true; readonly byAlert: Outlook; readonly byPerson: Outlook }
  | { readonly known: false; readonly message: string };

const MOST_OPERATIONS = 20;

/** The page has to come, even if EC2 does not answer. In milliseconds. */
const EC2_MS = 3_000;

export async function readMachineFacts(
  parts: Pick<HttpParts, 'store' | 'plan' | 'clock' | 'defaultClient'>,
  row: MachineRow,
  since: number,
): Promise<MachineFacts> {
  const { id } = row.machine;
  const { store } = parts;
  const [intervals, holds, operations, stop] = await Promise.all([
    store.intervals([id], since),
    store.holds({ machine: id, limit: 1_000 }, parts.clock()),
    store.list({ machine: { instance: id, target: id }, limit: MOST_OPERATIONS }),
    foreseeStop(parts, row),
  ]);
  return { row, intervals: intervals.get(id) ?? [], holds, operations, stop };
}

async function foreseeStop(
  { plan, clock, defaultClient }: Pick<HttpParts, 'plan' | 'clock' | 'defaultClient'>,
  { machine: { id, place, state } }: MachineRow,
): Promise<StopOutlook> {
  if (state === 'terminated') return { known: false, message: 'the machine was terminated' };
  const beganAt = clock();
  const stop = {
    verb: 'stop',
    target: { kind: 'instance', id, text: id },
    client: defaultClient,
    dryRun: false,
    ...place,
  } as const;
  const asked: readonly [Intent, Intent] = [
    { ...stop, cause: { by: 'alert', alertname: 'an alert', fingerprint: '', beganAt } },
    { ...stop, cause: { by: 'person', name: 'a person', beganAt } },
  ];
  const late = timeoutOf(EC2_MS);
  try {
    const answer = await Promise.race([plan(asked), late.reached]);
    const [byAlert, byPerson] = answer ?? [];
    if (byAlert !== undefined && byPerson !== undefined) return { known: true, byAlert, byPerson };
    return { known: false, message: `EC2 gave no answer within ${EC2_MS / 1_000} s` };
  } finally {
    late.cancel();
  }
}

function timeoutOf(ms: number): { readonly reached: Promise<undefined>; readonly cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, ms, undefined);
  return {
    reached: promise,
    cancel: () => {
      clearTimeout(timer);
    },
  };
}
