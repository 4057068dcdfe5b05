/** Tables for people. */
import { printable, type Line, type Style } from './screen.ts';

export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

export interface Column {
  readonly heading: string;
  readonly cells: readonly Cell[];
  /** Where the terminal is narrow, columns go in this order; one without a number stays. */
  readonly goes?: number;
  /** Before a column goes, and where none can go any more, those with a least width are cut down to it, the last one first. */
  readonly least?: number;
}

const GAP = '  ';

/**
 * Lays columns out side by side.
 *
 * @param width characters in a line of the terminal; undefined where nothing is cut
 */
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
  /** Of the longest cell. */
  readonly length: number;
  readonly least: number;
}

function measure({ heading, cells, goes = Infinity, least }: Column): Measured {
  // Made visible here, so that what is measured is what is shown.
  const shown = [{ text: heading, style: 'strong' } as const, ...cells].map((cell): Cell => ({
    ...cell,
    text: printable(cell.text),
  }));
  const length = Math.max(...shown.map(({ text }) => lengthOf(text)));
  return { cells: shown, goes, length, least: Math.min(length, least ?? length) };
}

/** For a column that stays, others go. */
function wanted({ goes, least, length }: Measured): number {
  return goes === Infinity ? Math.max(least, Math.min(length, COMFORTABLE)) : least;
}

const COMFORTABLE = 24;

function spaceOf(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, GAP.length * (lengths.length - 1));
}

/** How wide each column is. Where not even the least fits, the last one is cut further: something has to stay. */
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
