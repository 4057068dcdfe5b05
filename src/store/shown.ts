/** Operations as people see and cancel them. */
import { awaitsTurn, ENDED_STATES, type Operation } from '../domain/operation.ts';
import { toOperation } from './rows.ts';
import type { OperationRow } from './schema.ts';

export const UNREADABLE_OPERATION = 'another version of ec2-operator wrote this operation, and this one cannot read it';

/** Of an operation that this version cannot read, only the plain columns are shown. It is never carried. */
export function showOperation(row: OperationRow): Operation {
  try {
    return toOperation(row);
  } catch {
    return toOperation(replaceUnreadable(row));
  }
}

function replaceUnreadable(row: OperationRow): OperationRow {
  const { state, target, created_at: beganAt } = row;
  const intent = {
    verb: row.verb,
    target: { kind: 'name', name: target, text: target },
    client: 'native',
    dryRun: row.dry_run !== 0,
    cause: { by: 'alert', fingerprint: '', alertname: '', beganAt },
  };
  const known: OperationRow = { ...row, intent: JSON.stringify(intent), place: null, acted: null };
  if (ENDED_STATES.some((one) => one === state)) return known;
  if (awaitsTurn(state)) return { ...known, state: 'waiting', reason: 'other_version', message: UNREADABLE_OPERATION };
  return { ...known, state: 'acting', acted: JSON.stringify({ at: beganAt, launchedAt: beganAt }) };
}
