/** A replay as text. */
import { quote } from '../domain/parsed.ts';
import { tellDollars } from '../domain/price.ts';
import type { PolicyView } from '../domain/replay-view.ts';
import type { Line } from './screen.ts';
import { layOut, type Column } from './table.ts';

export interface ReplayAnswer {
  readonly source: {
    readonly name: string;
    /** Of a file. */
    readonly rows?: number;
    readonly machines: number;
    readonly since: string;
    readonly until: string;
    /** Hours of which nothing is known: neither idle nor saved. */
    readonly unknownHours: number;
  };
  /** In the order of the question. */
  readonly policies: readonly PolicyView[];
  /** Why machines have no dollars, in sentences. */
  readonly notPriced: readonly string[];
  readonly guards: 'none' | 'asked';
  /** Settings and guards that history has no answer to. */
  readonly notAsked: readonly string[];
  readonly cannotTell: readonly string[];
}

/** @param start how long a start takes @param width characters in a line; undefined for no limit */
export function replayLines(answer: ReplayAnswer, start: string, width: number | undefined): readonly Line[] {
  const { source, policies, guards, notPriced, notAsked, cannotTell } = answer;
  const idle = policies[0]?.idleHours ?? 0;
  const [least] = policies.toSorted((one, other) => one.regrets['30m'] - other.regrets['30m']);
  // All policies are told at the same prices.
  const basis = policies[0]?.dollarsBasis;
  return [
    [
      `${count(source.machines, 'machine')} from ${source.since} until ${source.until}: ${hours(idle)} idle hours (${source.name}${source.rows === undefined ? '' : `, ${count(source.rows, 'row')}`})`,
    ],
    ...(source.unknownHours === 0
      ? []
      : [[`${hours(source.unknownHours)} hours without readings are neither idle nor saved.`]]),
    [],
    ...policyTable(policies, width),
    [],
    [`BACK: stops after which the machine was wanted within the time. WAITED: ${start} for each start after a stop.`],
    ...(basis === undefined
      ? []
      : [[`Dollars are ${basis}; a machine of which nothing more is known counts as on-demand Linux.`]]),
    ...unpricedLines(notPriced, basis !== undefined),
    ...worstLines(least),
    ...(guards === 'none'
      ? [['Guards were not asked: --config FILE asks those of a configuration.']]
      : [[`Not asked, because history does not know: ${notAsked.join('; ')}.`]]),
    ['History cannot tell'],
    ...cannotTell.map((one): Line => [`- ${one}`]),
  ];
}

/** Hours are those of all machines, dollars only of those with a price. */
export function unpricedLines(notPriced: readonly string[], hasDollars: boolean): readonly Line[] {
  if (notPriced.length === 0) return [];
  return [[`${hasDollars ? 'Hours without dollars' : 'No dollars'}: ${notPriced.join('; ')}.`]];
}

export function policyTable(policies: readonly PolicyView[], width: number | undefined): readonly Line[] {
  const column = (
    heading: string,
    cell: (policy: PolicyView) => string,
    room: Pick<Column, 'goes' | 'least'> = {},
  ): Column => ({
    heading,
    cells: policies.map((policy) => ({ text: cell(policy) })),
    ...room,
  });
  const back = (name: keyof PolicyView['regrets']): Column =>
    column(`BACK ${name}`, ({ regrets, stops }) => share(regrets[name], stops), name === '30m' ? {} : { goes: 2 });
  return layOut(
    [
      column('POLICY', ({ name }) => name, { least: 8 }),
      column('SAVED', ({ savedHours }) => `${hours(savedHours)} h`),
      column('OF IDLE', ({ savedHours, idleHours }) => percent(savedHours, idleHours)),
      ...(policies.some(({ savedDollars }) => savedDollars !== undefined)
        ? [column('DOLLARS', ({ savedDollars }) => (savedDollars === undefined ? '' : tellDollars(savedDollars)))]
        : []),
      column('STOPS', ({ stops }) => String(stops)),
      back('15m'),
      back('30m'),
      back('60m'),
      column('WAITED', ({ waitedMinutes }) => `${hours(waitedMinutes / 60)} h`, { goes: 3 }),
      ...(policies.some(({ unknownEnds }) => unknownEnds > 0)
        ? [column('NOT KNOWN', ({ unknownEnds }) => String(unknownEnds), { goes: 4 })]
        : []),
      ...(policies.some(({ heldBack }) => Object.keys(heldBack).length > 0)
        ? [column('HELD BACK', heldBackOf, { goes: 1, least: 10 })]
        : []),
    ],
    width,
  );
}

function heldBackOf({ heldBack }: PolicyView): string {
  return Object.entries(heldBack)
    .toSorted(([, one], [, other]) => other - one)
    .map(([guard, times]) => `${guard} ${times}×`)
    .join(', ');
}

/** A few machines cause most regrets. */
function worstLines(policy: PolicyView | undefined): readonly Line[] {
  if (policy === undefined || policy.worst.length === 0) return [];
  const machines = policy.worst.map(
    ({ machine, regrets, stops }) => `${nameOf(machine)} (${regrets['30m']} of ${stops})`,
  );
  return [[`Even with ${policy.name}, back within 30 minutes most often: ${machines.join(', ')}`]];
}

/** Names are those of a file or of labels: written by strangers. */
function nameOf(machine: string): string {
  return /^[\w.@-]{1,80}$/.test(machine) ? machine : quote(machine);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

const HOURS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

function hours(value: number): string {
  return HOURS.format(value);
}

function share(part: number, whole: number): string {
  return whole === 0 ? '' : `${percent(part, whole)} (${part})`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '' : `${Math.round((100 * part) / whole)} %`;
}
