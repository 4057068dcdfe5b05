/** The tables of savings. The charts are drawn from the table of days, so both always show the same. */
// The formatter adds spaces to `html`, and a year has many cells.
import { html as tight } from 'hono/html';
import { nameOf } from '../../domain/message-parts.ts';
import { plain } from '../../domain/plain.ts';
import type { DayRow, MachineRow, Savings } from '../../domain/savings.ts';
import { tellRule } from '../../domain/savings-words.ts';
import type { Sums } from '../../domain/savings-tally.ts';
import type { Html } from '../page.ts';
import { columnsOf, type Column } from './columns.ts';
import type { SavingsPageQuery } from './query.ts';

/** The CSV file has all of them. */
const MOST_ROWS = 100;

export type Grouping = Exclude<SavingsPageQuery['by'], 'day'>;

interface Line {
  readonly head: Html | string;
  readonly sums: Readonly<Sums>;
}

export function daysTable({ days, total }: Savings): Html {
  return table('days', ['Day', 'Savings by day'], days.map(dayLine).toReversed(), columnsOf(total));
}

function dayLine(day: DayRow): Line {
  return { head: tight`<time datetime="${day.date}">${day.date}</time>`, sums: day };
}

const HEADS = {
  machine: ['Machine', 'Savings by machine'],
  owner: ['Owner', 'Savings by owner'],
  rule: ['Alert or lease', 'Savings by rule'],
} as const satisfies Record<Grouping, readonly [head: string, caption: string]>;

export function groupsTable(savings: Savings, by: Grouping, root: string): Html {
  const all = linesOf(savings, by, root);
  const more = all.length - MOST_ROWS;
  const rest =
    more > 0
      ? tight`<p class="faint">${more.toLocaleString('en-US')} more, which saved less, are in the CSV file.</p>`
      : '';
  return tight`${table('groups', HEADS[by], all.slice(0, MOST_ROWS), columnsOf(savings.total))}${rest}`;
}

function linesOf({ machines, owners, rules }: Savings, by: Grouping, root: string): readonly Line[] {
  switch (by) {
    case 'machine':
      return machines.map((row) => ({ head: machineHead(row, root), sums: row }));
    case 'owner':
      return owners.map((row) => ({ head: plain(row.id ?? '', 80) || 'nobody: no tag names one', sums: row }));
    case 'rule':
      return rules.map((row) => ({ head: tellRule(row), sums: row }));
  }
}

export function machineHead({ id, name, type }: MachineRow, root: string): Html {
  const kind = type === undefined ? '' : tight` <small>${plain(type, 40)}</small>`;
  return tight`<a href="${root}machines/${id}">${nameOf({ id, ...(name === undefined ? {} : { name }) })}</a>${kind}`;
}

function table(
  id: string,
  [head, caption]: readonly [head: string, caption: string],
  lines: readonly Line[],
  columns: readonly Column[],
): Html {
  return tight`<div class="scrolled" tabindex="0" role="region" aria-label="${caption}"><table class="sums" id="${id}"><caption class="hidden">${caption}</caption><thead><tr><th scope="col">${head}</th>${columns.map(({ label, value }) => tight`<th scope="col"${named(value)}>${label}</th>`)}</tr></thead><tbody>${lines.map((line) => lineRow(line, columns))}</tbody></table></div>`;
}

function named(value: Column['value']): Html | string {
  return value === undefined ? '' : tight` data-series="${value.name}"`;
}

function lineRow({ head, sums }: Line, columns: readonly Column[]): Html {
  return tight`<tr><th scope="row">${head}</th>${columns.map(({ tell, value }) => tight`<td${valued(value, sums)}>${tell(sums)}</td>`)}</tr>`;
}

function valued(value: Column['value'], sums: Readonly<Sums>): Html | string {
  const number = value?.of(sums) ?? 0;
  return number === 0 ? '' : tight` data-n="${String(Math.round(number * 100) / 100)}"`;
}
