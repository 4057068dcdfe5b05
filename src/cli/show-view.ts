/** Operations as text. */
import { formatDuration } from '../domain/duration.ts';
import type { InstanceView, OperationView, StepView, VerdictView } from './answers.ts';
import { quote } from './completion.ts';
import type { Line, Style } from './screen.ts';
import { layOut, type Cell, type Column } from './table.ts';

const STYLES: Readonly<Record<string, Style>> = {
  succeeded: 'good',
  failed: 'bad',
  refused: 'bad',
  cancelled: 'quiet',
};

export function styleOf(state: string): Style {
  return Object.hasOwn(STYLES, state) ? (STYLES[state] ?? 'pending') : 'pending';
}

/** An operation, and how often it occurred. */
export interface Counted {
  readonly operation: OperationView;
  readonly count: number;
}

/** Repeated refusals of one machine for the same reason become one row with their count. */
export function countRefusals(operations: readonly OperationView[]): readonly Counted[] {
  const counted = new Map<string, Counted>();
  for (const operation of operations) {
    const { id, state, verb, dryRun, reason, instance, target } = operation;
    const key = state === 'refused' ? JSON.stringify([verb, dryRun, reason, instance?.id ?? target]) : id;
    const { operation: newest, count } = counted.get(key) ?? { operation, count: 0 };
    counted.set(key, { operation: newest, count: count + 1 });
  }
  return [...counted.values()];
}

/**
 * @param now milliseconds since the epoch
 * @param width characters in a line; undefined for no limit
 */
export function operationsTable(
  operations: readonly Counted[],
  now: number,
  width: number | undefined,
): readonly Line[] {
  const column = (
    heading: string,
    cell: (one: OperationView, count: number) => Cell,
    room: Pick<Column, 'goes' | 'least'> = {},
  ): Column => ({ heading, cells: operations.map(({ operation, count }) => cell(operation, count)), ...room });
  return layOut(
    [
      // The end of a UUIDv7 is its random part.
      column('ID', ({ id }) => ({ text: id.slice(-8), style: 'quiet' })),
      column('AGE', ({ createdAt }) => ({ text: ageOf(createdAt, now) }), { goes: 4 }),
      column('VERB', ({ verb, dryRun }) => ({ text: dryRun ? `dry ${verb}` : verb })),
      column('MACHINE', (one) => ({ text: machineOf(one) }), { least: 10 }),
      column('INSTANCE', ({ instance }) => ({ text: instance?.id ?? '' }), { goes: 3 }),
      column('STATE', ({ state }) => ({ text: state, style: styleOf(state) })),
      column('REASON', (one, count) => ({ text: count > 1 ? `${reasonOf(one)} ×${count}` : reasonOf(one) }), {
        least: 10,
      }),
      column('ASKED BY', ({ cause }) => ({ text: cause.name }), { goes: 2 }),
      column('EVIDENCE', ({ message = '' }) => ({ text: message }), { goes: 1, least: 24 }),
    ],
    width,
  );
}

/** Of a stop that people were told of, with its time. */
function reasonOf({ state, reason = '', warning }: OperationView): string {
  return state === 'waiting' && reason === 'warned' && warning !== undefined
    ? `${reason}: stops ${clockOf(warning.stopsAt)}`
    : reason;
}

/** The tag Name, or the target without its port. */
function machineOf({ instance, target }: OperationView): string {
  return instance?.name ?? target.replace(/^(\[[^\]]*\]|[^:]*):\d{1,5}$/, '$1');
}

/** An operation in a line: its state, and why. */
export function summaryOf(one: OperationView): Line {
  const why = [one.reason, one.until === undefined ? undefined : `until ${clockOf(one.until)}`]
    .filter((part) => part !== undefined)
    .join(' ');
  return [
    { text: one.state, style: styleOf(one.state) },
    `  ${one.verb}${one.dryRun ? ' (dry run)' : ''} ${one.target}${one.instance === undefined ? '' : ` (${placeOf(one.instance)})`}`,
    ...(why === '' ? [] : [`: ${why}`]),
    ...(one.message === undefined || one.message === '' ? [] : [`. ${one.message}`]),
  ];
}

/** An operation with all its facts and its trail. */
export function detailsOf(one: OperationView): readonly Line[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['operation', one.id],
    ['machine', one.instance === undefined ? undefined : placeOf(one.instance)],
    [
      'asked by',
      `${one.cause.name} (${one.cause.by})${one.cause.beganAt === undefined ? '' : `, since ${one.cause.beganAt}`}`,
    ],
    ...Object.entries(one.cause.annotations ?? {}),
    ['rule', one.cause.generatorUrl],
    ['delivery', one.cause.delivery],
    ['client', one.client],
    ['created', one.createdAt],
    ['sent', one.sentAt],
    ['accepted', one.acceptedAt],
    ['until', one.until],
    [
      'warned',
      one.warning &&
        `at ${one.warning.at}, stops at ${one.warning.stopsAt}${one.warning.reminded === true ? ', reminded' : ''}`,
    ],
    ['ended', one.endedAt],
    ['attempts', one.attempts === undefined ? undefined : String(one.attempts)],
  ];
  return [
    summaryOf(one),
    ...facts.flatMap(([name, value]): readonly Line[] =>
      value === undefined ? [] : [[{ text: `  ${name.slice(0, 20).padEnd(9)} `, style: 'quiet' }, value]],
    ),
    ...(one.trail ?? []).flatMap((step): readonly Line[] => [
      ['  ', ...stepLine(step)],
      ...(step.verdicts ?? []).map((verdict): Line => ['            ', ...verdictLine(verdict)]),
    ]),
  ];
}

/**
 * A step of a trail: when, what, why, and EC2's own words.
 *
 * @param operation adds to its last step until when it waits
 */
export function stepLine(step: StepView, operation?: OperationView): Line {
  const what = step.state ?? step.event;
  const until = step === operation?.trail?.at(-1) ? operation.until : undefined;
  const aside = [
    step.reason,
    until === undefined ? undefined : `until ${clockOf(until)}`,
    step.guard === undefined ? undefined : `guard ${step.guard}`,
    step.code,
    step.requestId === undefined ? undefined : `request ${step.requestId}`,
    step.lastAt === undefined ? undefined : `${step.times ?? 2} times, last ${clockOf(step.lastAt)}`,
  ].filter((part) => part !== undefined);
  return [
    { text: clockOf(step.at), style: 'quiet' },
    '  ',
    { text: what.padEnd(9), style: step.state === undefined ? 'quiet' : styleOf(step.state) },
    ...(step.message === undefined || step.message === '' ? [] : [`  ${step.message}`]),
    ...(aside.length === 0 ? [] : [{ text: `  [${aside.join(', ')}]`, style: 'quiet' as const }]),
  ];
}

export function verdictLine({ guard, verdict, message }: VerdictView): Line {
  return [
    { text: verdict.padEnd(6), style: verdict === 'allow' ? 'quiet' : 'pending' },
    `  ${guard}`,
    ...(message === undefined || message === '' ? [] : [`: ${message}`]),
  ];
}

export function placeOf({ id, name, region, account }: InstanceView): string {
  return [name === undefined ? id : `${id} (${name})`, region, account].filter((part) => part !== undefined).join(', ');
}

/** A command that can be copied into a shell, about a machine whose name may have spaces. */
export function commandFor(verb: string, target: string, options = ''): string {
  const isPlain = /^[\w.:@%+,/-]+$/.test(target) && !target.startsWith('-');
  const word = isPlain ? target : quote(target);
  return `ec2-operator ${verb} ${word}${options}`;
}

/** An address or a host name is not looked up here, so its machine may be held or leased all the same. */
export function noneOf(thing: 'hold' | 'lease', machine: string): string {
  return `no ${thing} of a machine with the instance id or the tag Name "${machine}", in exactly these letters`;
}

/** The local time of day, with the date unless it is today. Text that is not a time stays as it is. */
export function clockOf(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const pad = (part: number): string => String(part).padStart(2, '0');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':');
  if (date.toDateString() === new Date().toDateString()) return clock;
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${clock}`;
}

export function ageOf(time: string, now: number): string {
  const ms = now - Date.parse(time);
  if (Number.isNaN(ms)) return '';
  return ms < 1_000 ? '0s' : formatDuration(Math.floor(ms / 1_000) * 1_000);
}
