/** What a person may do with a machine now: what her rights allow, and what makes sense. The server decides again when she asks. */
import { formatDuration } from './duration.ts';
import type { MachineRow } from './machine.ts';
import { isLeaseOver } from './open-now.ts';
import { isBeforeCall, isOpen, mayHaveBeenSent, type Operation } from './operation.ts';
import { isGranted, machinesFor, type Grant, type Scope } from './scope.ts';
import { covers, isAmong } from './selector.ts';

export const ACTION_KINDS = ['start', 'start_for', 'keep', 'release', 'stop', 'stop_now', 'cancel'] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

export interface Action {
  readonly kind: ActionKind;
  readonly label: string;
  /** It leads to a page that asks first. */
  readonly asks: boolean;
  /** Of a cancel: the operation, so that no other one is cancelled that has begun since. */
  readonly operation?: string;
}

interface Person {
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly defaultLeaseMs?: number;
}

export function actionsOn(row: MachineRow, person: Person): readonly Action[] {
  const { machine } = row;
  switch (machine.state) {
    case 'stopped':
    case 'stopping':
      return whileOff(row, person);
    case 'pending':
    case 'running':
    case 'unknown':
      return whileOn(row, person);
    case 'shutting-down':
    case 'terminated':
      return [];
  }
}

function whileOff(row: MachineRow, person: Person): readonly Action[] {
  const { open } = row;
  const isComing = open !== undefined && isOpen(open) && open.intent.verb === 'start';
  const starts: readonly Action[] = [
    { kind: 'start', label: startLabel(person), asks: false },
    { kind: 'start_for', label: 'Start for…', asks: true },
  ];
  return [...(isComing || !mayOn(row, person, 'start') ? [] : starts), ...cancels(row, person)];
}

/** A start that says nothing gets the default lease, so the button says it. */
function startLabel({ defaultLeaseMs }: Person): string {
  return defaultLeaseMs === undefined
    ? 'Start'
    : `Start for ${formatDuration(defaultLeaseMs).replaceAll(/(?<=\d)(?=[a-z])/g, ' ')}`;
}

function whileOn(row: MachineRow, person: Person): readonly Action[] {
  const { open } = row;
  const isStopping = open?.intent.verb === 'stop' && mayHaveBeenSent(open);
  if (isStopping) return [];
  const isWaiting = open?.intent.verb === 'stop' && isOpen(open) && !isLeaseOver(open, row);
  return [
    ...(mayOn(row, person, 'hold') ? [{ kind: 'keep', label: 'Keep…', asks: true } as const] : []),
    ...(holds(row, person.name) && mayOn(row, person, 'hold')
      ? [{ kind: 'release', label: 'Release', asks: false } as const]
      : []),
    ...(mayOn(row, person, 'stop')
      ? [
          isWaiting
            ? ({ kind: 'stop_now', label: 'Stop now…', asks: true } as const)
            : ({ kind: 'stop', label: 'Stop…', asks: true } as const),
        ]
      : []),
    ...cancels(row, person),
  ];
}

function cancels(row: MachineRow, person: Person): readonly Action[] {
  const { open } = row;
  if (open === undefined || !isCancellable(open) || isLeaseOver(open, row)) return [];
  if (!mayCancel(open, row, person)) return [];
  return [{ kind: 'cancel', label: cancelLabel(open, row), asks: false, operation: open.id }];
}

/** Without the stop at the end of its lease, the machine runs on. */
function cancelLabel({ intent: { verb, cause } }: Operation, { machine }: MachineRow): string {
  if (verb === 'start') return 'Cancel start';
  return cause.by === 'lease' && machine.state === 'running' ? 'Run without an end' : 'Cancel stop';
}

/** While its machine is not known, the request may be about other machines than this one. */
function mayCancel({ intent, instance }: Operation, row: MachineRow, person: Person): boolean {
  if (!isGranted(person.grants, intent.verb)) return false;
  if (covers(machinesFor(person.grants, intent.verb), intent.only)) return true;
  return instance !== undefined && mayOn(row, person, intent.verb);
}

function isCancellable(operation: Operation): boolean {
  return isOpen(operation) && isBeforeCall(operation);
}

/** Another's hold may end later than her own. */
export function holds({ hold, alsoHeldBy = [] }: MachineRow, name: string): boolean {
  return hold?.holder === name || alsoHeldBy.includes(name);
}

export function mayOn(
  { machine }: Pick<MachineRow, 'machine'>,
  { grants }: Pick<Person, 'grants'>,
  scope: Scope,
): boolean {
  return isAmong(machinesFor(grants, scope), machine);
}
