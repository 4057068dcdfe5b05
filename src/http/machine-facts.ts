/** All that is known of one machine, for the API and for its page. */
import type { Interval, MachineRow } from '../domain/machine.ts';
import type { Operation } from '../domain/operation.ts';
import type { Hold } from '../domain/voice.ts';
import { foreseeStop, type StopOutlooks } from './foresee-stop.ts';
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
  | ({ readonly known: true } & StopOutlooks)
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
    outlookOf(parts, row),
  ]);
  return { row, intervals: intervals.get(id) ?? [], holds, operations, stop };
}

async function outlookOf(
  parts: Pick<HttpParts, 'plan' | 'clock' | 'defaultClient'>,
  { machine }: MachineRow,
): Promise<StopOutlook> {
  if (machine.state === 'terminated') return { known: false, message: 'the machine was terminated' };
  const outlooks = await foreseeStop(parts, machine, EC2_MS);
  return outlooks === undefined
    ? { known: false, message: `EC2 gave no answer within ${EC2_MS / 1_000} s` }
    : { known: true, ...outlooks };
}
