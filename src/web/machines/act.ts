/** What the buttons of pages do. Each goes the way of the API's requests: the same rights, rules and audit. */
import { KEEP_CHOICES, keptUntil, type KeepChoice } from '../../domain/keep-choices.ts';
import type { Verb } from '../../domain/intent.ts';
import type { MachineRow } from '../../domain/machine.ts';
import type { HttpParts } from '../../http/parts.ts';
import { ProblemError } from '../../http/problem.ts';
import { findMachine } from '../../http/find-machine.ts';
import type { SenderInput } from '../../http/route.ts';
import { makeHold, releaseHolds } from '../../http/routes/holds.ts';
import { changeLease } from '../../http/routes/leases.ts';
import { cancelOperation } from '../../http/routes/operations.ts';
import { requestAsPerson } from '../../http/routes/operate.ts';
import { machineIdOf } from '../records/operation-words.ts';
import type { Did } from './did.ts';

export interface Press {
  readonly parts: HttpParts;
  readonly input: SenderInput;
  readonly row: MachineRow;
  readonly form: URLSearchParams;
}

/** EC2 answers within a second, mostly; the page shows the rest as it comes. */
const WAIT_MS = 2_000;

/** The times on an older page are not the person's any more. */
const OLD_PAGE_MS = 10 * 60_000;
/** Another replica may have made the page: so far its clock may be ahead. */
const AHEAD_MS = 10_000;

export async function start(press: Press): Promise<Did> {
  const { row, form, parts } = press;
  if (await is(press, 'start', ['running', 'pending'])) return { deed: 'already', id: row.machine.id };
  const choice = choiceIn(form.get('for'));
  const span = choice === undefined ? undefined : untilOf(press, choice) - parts.clock();
  return ask(press, 'start', span === undefined ? {} : { for: `${Math.round(span / 1_000)}s` });
}

const STOPPED = ['stopped', 'stopping'];

export async function stop(press: Press): Promise<Did> {
  const { row, form } = press;
  const { id, since } = row.machine;
  if (form.get('confirm') !== id)
    throw new ProblemError(400, 'nothing was changed: please confirm that this machine is meant');
  if (form.get('since') !== String(since)) {
    // A proxy sends a press again that it got no answer to: the first one may have stopped the machine meanwhile.
    if (await isSeen(press, 'stop', STOPPED)) return { deed: 'already', id };
    throw new ProblemError(
      409,
      'nothing was changed: the machine has changed its state since this page was made; please look again',
    );
  }
  if (await is(press, 'stop', STOPPED)) return { deed: 'already', id };
  return ask(press, 'stop', form.get('override') === 'true' ? { override_hold: 'true' } : {});
}

/** Whether nothing need be done. While EC2 gives no answer, the operation finds out. */
async function is(press: Press, verb: Verb, states: readonly string[]): Promise<boolean> {
  const { open } = press.row;
  return open?.intent.verb !== verb && isSeen(press, verb, states);
}

async function isSeen({ parts, input, row }: Press, verb: Verb, states: readonly string[]): Promise<boolean> {
  const { described } = await findMachine(parts, input.sender, verb, targetOf(row));
  return described !== undefined && states.includes(described.state);
}

async function ask(
  { parts, input, row }: Press,
  action: Verb,
  more: { readonly for?: string; readonly override_hold?: 'true' },
): Promise<Did> {
  const { target, ...where } = targetOf(row);
  const query = { action, dryrun: 'false', ...where, ...more, wait: WAIT_MS };
  const operation = await requestAsPerson(parts, { ...input, query }, 'instance', target);
  return { deed: 'asked', id: operation.id };
}

export async function keep(press: Press): Promise<Did> {
  const { parts, input, row, form } = press;
  const choice = choiceIn(form.get('keep'));
  if (choice === undefined) throw new ProblemError(400, 'nothing was changed: please choose how long');
  const answer = await makeHold(parts, { ...input, body: { ...targetOf(row), until: untilOf(press, choice) } });
  const late = answer.tooLate?.operation;
  return late === undefined ? { deed: 'kept', id: row.machine.id } : { deed: 'late', id: late };
}

export async function release({ parts, input, row }: Press): Promise<Did> {
  const { id } = row.machine;
  await releaseHolds(parts, { ...input, params: { instance: id }, query: { all: 'false' }, body: undefined });
  return { deed: 'released', id };
}

/** The end is the one that the page showed: pressed twice, it is the same. A lease that was extended further meanwhile stays so. */
export async function extend({ parts, input, row, form }: Press): Promise<Did> {
  const { id } = row.machine;
  const asked = form.get('extend') ?? '';
  if (!/^\d{1,15}$/.test(asked)) throw new ProblemError(400, 'nothing was changed: please choose until when');
  const until = Number(asked);
  if (row.lease !== undefined && row.lease.until >= until) return { deed: 'extended', id };
  const answer = await changeLease(parts, { ...input, params: { instance: id }, query: {}, body: { until } });
  const late = answer.tooLate?.operation;
  return late === undefined ? { deed: 'extended', id } : { deed: 'late', id: late };
}

/** The form names the operation: another one may be open by now. */
export async function cancel({ parts, input, row, form }: Press): Promise<Did> {
  const id = form.get('operation') ?? '';
  const operation = await parts.store.find(id);
  if (operation === undefined || machineIdOf(operation) !== row.machine.id)
    throw new ProblemError(400, 'nothing was changed: there is no such operation on this machine');
  await cancelOperation(parts, { ...input, params: { id }, query: {}, body: undefined });
  return { deed: 'asked', id };
}

function choiceIn(given: string | null): KeepChoice | undefined {
  return KEEP_CHOICES.find((known) => known === given);
}

/** Counted from when the page was made, which showed the time: pressed twice, it is the same. */
function untilOf({ parts, form }: Press, choice: KeepChoice): number {
  const now = parts.clock();
  const at = Number(form.get('at') ?? Number.NaN);
  if (!(at - now <= AHEAD_MS && now - at < OLD_PAGE_MS))
    throw new ProblemError(
      409,
      'nothing was changed: this page was open for long; its times are fresh now, please press once more',
    );
  return keptUntil(choice, { now: at, zone: parts.zone });
}

function targetOf({ machine: { id, place } }: MachineRow): {
  readonly target: string;
  readonly region?: string;
  readonly account?: string;
} {
  return { target: id, ...place };
}
