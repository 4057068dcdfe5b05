/** Tables on the terminal. */
import { printable, type Line, type Style } from './screen.ts';

export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

export interface Column {
  readonly heading: string;
  readonly cells: readonly Cell[];
  /** The order in which columns are dropped on a narrow terminal; columns without a number stay. */
  readonly goes?: number;
  /** The width to which the column may be cut. Columns are cut, the last first, before one is dropped. */
  readonly least?: number;
}

const GAP = '  ';

/** @param width characters in a line of the terminal; without it, nothing is cut */
export function layOut(all: readonly Column[], width = Infinity): readonly Line[] {
  let columns = all.map(measure);
  while (spaceOf(columns.map(wanted)) > width) {
    const first = Math.min(...columns.map(({ goes }) => goes));
    if (first === Infinity) break;
    columns = columns.filter(({ goes }) => goes !== first);
  }
  const lengths = fit(columns, width);
  const last = columns.length - 1;
  return Array.from(columns[0]?.cells ?? [], (_, row) =>
    columns.flatMap(({ cells }, index) => {
      const { text, style } = cells[row] ?? { text: '' };
      const length = lengths[index] ?? 0;
      const shown = cut(text, length);
      const gap = index === last ? '' : ' '.repeat(length - lengthOf(shown)) + GAP;
      return [style === undefined ? shown : { text: shown, style }, gap];
    }),
  );
}

interface Measured {
  readonly cells: readonly Cell[];
  readonly goes: number;
  /** The length of the longest cell. */
  readonly length: number;
  readonly least: number;
}

function measure({ heading, cells, goes = Infinity, least }: Column): Measured {
  // Characters must be made visible before they are measured.
  const shown = [{ text: heading, style: 'strong' } as const, ...cells].map((cell): Cell => ({
    ...cell,
    text: printable(cell.text),
  }));
  const length = Math.max(...shown.map(({ text }) => lengthOf(text)));
  return { cells: shown, goes, length, least: Math.min(length, least ?? length) };
}

/** Columns are dropped until the remaining ones have a comfortable width. */
function wanted({ goes, least, length }: Measured): number {
  return goes === Infinity ? Math.max(least, Math.min(length, COMFORTABLE)) : least;
}

const COMFORTABLE = 24;

function spaceOf(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, GAP.length * (lengths.length - 1));
}

/** The width of each column. If even the least widths do not fit, the last column is cut further. */
function fit(columns: readonly Measured[], width: number): readonly number[] {
  const lengths = columns.map(({ length }) => length);
  for (let index = lengths.length - 1; index >= 0; index -= 1) {
    const excess = spaceOf(lengths) - width;
    const { length = 0, least = 0 } = columns[index] ?? {};
    if (excess > 0) lengths[index] = Math.max(least, length - excess);
  }
  const excess = spaceOf(lengths) - width;
  const last = lengths.pop() ?? 0;
  return [...lengths, Math.max(1, last - Math.max(0, excess))];
}

function cut(text: string, room: number): string {
  const characters = Array.from(text);
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join('')}…`;
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}
