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
}

const GAP = '  ';

/** A last column that is longer is cut, down to so many characters. */
const LEAST_LAST = 24;

/**
 * Lays columns out side by side.
 *
 * @param width characters in a line of the terminal; undefined where nothing is cut
 */
export function layOut(all: readonly Column[], width = Infinity): readonly Line[] {
  let columns = all.map(({ heading, cells, goes = Infinity }) => {
    const shown = [{ text: heading, style: 'strong' } as const, ...cells];
    // Made visible here, so that what is measured is what is shown.
    return measure(
      shown.map((cell): Cell => ({ ...cell, text: printable(cell.text) })),
      goes,
    );
  });
  while (spaceOf(columns) > width) {
    const first = Math.min(...columns.map(({ goes }) => goes));
    if (first === Infinity) break;
    columns = columns.filter(({ goes }) => goes !== first);
  }
  const last = columns.length - 1;
  const room = Math.max(1, width - columns.slice(0, last).reduce((sum, { length }) => sum + length + GAP.length, 0));
  return Array.from(columns[0]?.cells ?? [], (_, row) =>
    columns.flatMap(({ cells, length }, index) => {
      const { text, style } = cells[row] ?? { text: '' };
      const shown = index === last ? cut(text, room) : text;
      const gap = index === last ? '' : ' '.repeat(length - lengthOf(text)) + GAP;
      return [style === undefined ? shown : { text: shown, style }, gap];
    }),
  );
}

interface Measured {
  readonly cells: readonly Cell[];
  readonly goes: number;
  readonly length: number;
}

function measure(cells: readonly Cell[], goes: number): Measured {
  return { cells, goes, length: Math.max(...cells.map(({ text }) => lengthOf(text))) };
}

/** What these columns need at least. */
function spaceOf(columns: readonly Measured[]): number {
  const lengths = columns.map(({ length }) => length);
  const last = Math.min(lengths.pop() ?? 0, LEAST_LAST);
  return lengths.reduce((sum, length) => sum + length + GAP.length, last);
}

function cut(text: string, room: number): string {
  const characters = Array.from(text);
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join('')}…`;
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}
