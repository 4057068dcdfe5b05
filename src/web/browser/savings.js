// @ts-check
/*
 * Draws the charts of the savings page from its table of days, so that both always say the same. The table is what screen readers
 * read, and what is there without script; the charts are hidden from them.
 *
 *   data-series="…"   of a column: the name of its figures
 *   data-n="…"        of a cell: its figure; absent for 0
 */
import uPlot from './uplot.js';

/** @typedef {{ readonly series: string, readonly label: string, readonly tone: string }} Line */

/** A chart has the first figures as wide bars, and the second ones before them. */
const CHARTS = [
  { title: 'Hours saved', unit: ' h', lines: [{ series: 'hours', label: 'Hours saved', tone: 'good' }] },
  {
    title: 'Dollars',
    unit: ' $',
    lines: [
      { series: 'price', label: 'By the price', tone: 'act' },
      { series: 'bill', label: 'Off the bill', tone: 'good' },
    ],
  },
  {
    title: 'Stops and regrets',
    unit: '',
    lines: [
      { series: 'stops', label: 'Stops', tone: 'faint' },
      { series: 'regrets', label: 'Regretted', tone: 'bad' },
    ],
  },
];

const HEIGHT = 180;
/** CSS pixels. */
const WIDEST_BAR = 40;
const NARROWEST = 200;

const table = document.querySelector('table#days');
const place = document.querySelector('#charts');
const dark = matchMedia('(prefers-color-scheme: dark)');

/** The days as the table names them, oldest first, and the figures of each column. */
function read() {
  const heads = [...(table?.querySelectorAll('thead th') ?? [])];
  const rows = [...(table?.querySelectorAll('tbody tr') ?? [])].reverse();
  const days = rows.map((row) => row.querySelector('th')?.textContent ?? '');
  /** @type {Map<string, number[]>} */
  const figures = new Map();
  for (const [index, head] of heads.entries()) {
    const series = head instanceof HTMLElement ? head.dataset['series'] : undefined;
    if (series === undefined) continue;
    figures.set(
      series,
      rows.map((row) => Number(row.children[index]?.getAttribute('data-n') ?? 0)),
    );
  }
  return { days, figures };
}

/** Colours have a light and a dark form, which only an element in place resolves. @param {string} tone */
function colourOf(tone) {
  const probe = document.createElement('span');
  probe.className = `tone ${tone}`;
  place?.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** @param {string} title @param {HTMLElement} into */
function frame(title, into) {
  const figure = document.createElement('figure');
  figure.className = 'chart';
  figure.setAttribute('aria-hidden', 'true');
  const caption = document.createElement('figcaption');
  caption.textContent = title;
  const canvas = document.createElement('div');
  figure.append(caption, canvas);
  into.append(figure);
  return canvas;
}

/** @param {number} share of the room of a day */
function bars(share) {
  const paths = uPlot.paths.bars?.({ size: [share, WIDEST_BAR] });
  return paths === undefined ? {} : { paths };
}

/** @param {number} width @param {readonly string[]} days @param {readonly Line[]} lines @param {string} unit @returns {uPlot.Options} */
function options(width, days, lines, unit) {
  const [text, grid] = [colourOf('faint'), colourOf('line')];
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  return {
    width,
    height: HEIGHT,
    // Days are counted and not measured: some have 23 hours.
    scales: {
      x: { time: false, range: (_, least, most) => [least - 0.6, most + 0.6] },
      y: { range: (_, __, most) => [0, most * 1.05 || 1] },
    },
    cursor: { drag: { x: false, y: false }, points: { show: false } },
    axes: [
      {
        ...axis,
        space: 70,
        incrs: [1, 2, 7, 14, 30, 61, 91],
        values: (_, ticks) => ticks.map((at) => days[at]?.slice(5) ?? ''),
      },
      { ...axis, size: 56, values: (_, ticks) => ticks.map((number) => number.toLocaleString('en-US')) },
    ],
    series: [
      { label: 'Day', value: (_, at) => days[at] ?? '' },
      ...lines.map(({ label, tone }, index) => ({
        label,
        stroke: colourOf(tone),
        fill: colourOf(tone),
        ...bars(index === 0 ? 0.8 : 0.5),
        points: { show: false },
        /** @param {uPlot} _ @param {number | null} number */
        value: (_, number) => (number === null ? '' : `${number.toLocaleString('en-US')}${unit}`),
      })),
    ],
  };
}

/** @type {{ plot: uPlot, canvas: HTMLElement }[]} */
let drawn = [];

function draw() {
  if (!(place instanceof HTMLElement)) return;
  for (const { plot } of drawn) plot.destroy();
  for (const figure of place.querySelectorAll('figure')) figure.remove();
  place.hidden = false;
  const { days, figures } = read();
  drawn = CHARTS.flatMap(({ title, unit, lines }) => {
    const known = lines.filter(({ series }) => figures.has(series));
    if (known.length === 0) return [];
    const canvas = frame(title, place);
    const data = [days.map((_, index) => index), ...known.map(({ series }) => figures.get(series) ?? [])];
    return [{ data, known, unit, canvas }];
  }).map(({ data, known, unit, canvas }) => {
    const [x = [], ...ys] = data;
    return { plot: new uPlot(options(widthOf(canvas), days, known, unit), [x, ...ys], canvas), canvas };
  });
}

/** @param {HTMLElement} canvas */
function widthOf(canvas) {
  return Math.max(NARROWEST, canvas.clientWidth);
}

draw();
dark.addEventListener('change', draw);
addEventListener('resize', () => {
  for (const { plot, canvas } of drawn) plot.setSize({ width: widthOf(canvas), height: HEIGHT });
});
