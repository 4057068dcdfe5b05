/** The last 24 hours of a machine as a strip: a high bar while it runs, a line at the ground while it does not. */
// The formatter adds spaces to `html`, and a thousand strips are to be small.
import { html as tight } from 'hono/html';
import { tellStretches, type Stretch } from '../domain/strip.ts';
import type { StateTone } from '../domain/state-tone.ts';
import type { Html } from './page.ts';

/** A unit is a quarter of an hour. */
const WIDTH = 96;

/** Where the bars of a state are: their form says the state too, for people who do not see colours. The line of the ground is not one. */
const MIDDLE: Readonly<Partial<Record<StateTone, number>>> = { on: 6, moving: 9, unknown: 4 };

export function strip(stretches: readonly Stretch[], spanMs?: number): Html | string {
  const [first] = stretches;
  if (first === undefined) return '';
  const bars = Object.entries(MIDDLE).flatMap(([tone, middle]) => {
    const d = stretches.filter((one) => one.tone === tone).map((one) => bar(one, middle));
    return d.length === 0 ? [] : [tight`<path class="${tone}" d="${d.join('')}"/>`];
  });
  return tight`<svg viewBox="0 0 96 12" preserveAspectRatio="none" role="img" aria-label="${tellStretches(stretches, spanMs)}"><path d="M${unit(first.from)} 11H96"/>${bars}</svg>`;
}

function bar({ from, to }: Stretch, middle: number): string {
  const left = unit(from);
  const width = unit(to) - left;
  return width === 0 ? '' : `M${left} ${middle}h${width}`;
}

function unit(share: number): number {
  return Math.round(share * WIDTH);
}
