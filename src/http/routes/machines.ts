/** `/api/v1/machines`: which machines there are, whose, in which state, and what stops them when. */
import { readBrakes } from '../brakes.ts';
import { findMachineRow } from '../find-machine-row.ts';
import { readMachineFacts, type StopOutlook } from '../machine-facts.ts';
import {
  cursorAfter,
  type MachineAnswer,
  type MachineParams,
  type MachineQuery,
  type MachinesAnswer,
  type MachinesListQuery,
} from '../machine-schemas.ts';
import { toMachinesQuery } from '../machines-query.ts';
import { ownNamesOf } from '../own-names.ts';
import type { HttpParts } from '../parts.ts';
import { withPutOff } from '../put-off.ts';
import type { SenderInput } from '../route.ts';
import { showHold } from '../hold-schemas.ts';
import { showBillsOn, showInterval, showMachine } from '../show-machine.ts';
import { showOperation } from '../show-operation.ts';
import { showOutlook } from '../show-outlook.ts';

export async function listMachines(
  parts: HttpParts,
  { sender, query }: SenderInput<unknown, MachinesListQuery>,
): Promise<MachinesAnswer> {
  const { store, prices, telling, clock } = parts;
  const now = clock();
  const mine = query.mine === 'true' ? ownNamesOf(sender, telling.owners) : undefined;
  const brakes = await readBrakes(parts);
  const asked = await withPutOff(parts, toMachinesQuery({ ...query, offset: query.cursor ?? 0 }, mine), brakes, now);
  const { rows, total, known } = await store.machines(asked, now);
  const before = (query.cursor ?? 0) + rows.length;
  return {
    machines: rows.map((row) => showMachine(row, { prices, brakes, now })),
    total,
    known,
    ...(mine === undefined ? {} : { mine: [...mine] }),
    ...(rows.length > 0 && before < total ? { cursor: cursorAfter(before) } : {}),
  };
}

export async function readMachine(
  parts: HttpParts,
  { params, query }: SenderInput<MachineParams, MachineQuery>,
): Promise<MachineAnswer> {
  const now = parts.clock();
  const found = await findMachineRow(parts, params.id);
  const [facts, brakes] = await Promise.all([
    readMachineFacts(parts, found, query.since ?? now - DAY_MS),
    readBrakes(parts),
  ]);
  return {
    machine: showMachine(facts.row, { prices: parts.prices, brakes, now }),
    ...showBillsOn(facts.row.machine, parts.prices),
    intervals: facts.intervals.map(showInterval),
    holds: facts.holds.map(showHold),
    operations: facts.operations.map((operation) => showOperation(operation)),
    ...showStop(facts.stop),
  };
}

const DAY_MS = 86_400_000;

function showStop(stop: StopOutlook): Pick<MachineAnswer, 'stop' | 'stopUnknown'> {
  if (!stop.known) return { stopUnknown: stop.message };
  return { stop: { byAlert: showOutlook(stop.byAlert, true), byPerson: showOutlook(stop.byPerson, false) } };
}
