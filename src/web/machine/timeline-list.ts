/** The timeline of a machine as a list. */
import { html } from 'hono/html';
import type { LineKind, TimelineLine } from '../../domain/timeline-line.ts';
import { tellTime, type Reading } from '../../domain/told-time.ts';
import type { Html } from '../page.ts';
import { when, type Tone } from '../records/parts.ts';

/** A word and a tone for each kind: the colour alone would tell nobody anything. */
const KINDS: Readonly<Record<LineKind, readonly [word: string, tone: Tone]>> = {
  runs: ['runs', 'good'],
  off: ['off', 'faint'],
  moving: ['changes', 'act'],
  gone: ['gone', 'faint'],
  asked: ['asked', 'act'],
  warned: ['warned', 'warn'],
  kept: ['kept', 'act'],
  waits: ['waits', 'warn'],
  refused: ['refused', 'faint'],
  cancelled: ['cancelled', 'faint'],
  failed: ['failed', 'bad'],
  rehearsed: ['dry run', 'faint'],
};

export function timelineList(lines: readonly TimelineLine[], root: string, reading: Reading): Html {
  return html`<ol class="timeline">
    ${lines.map((line) => row(line, root, reading))}
  </ol>`;
}

function row({ at, kind, text, more, operation, repeated }: TimelineLine, root: string, reading: Reading): Html {
  const [word, tone] = KINDS[kind];
  const often =
    repeated === undefined
      ? ''
      : html`<p class="faint">
          ${repeated.times} times since ${tellTime(repeated.since, reading)}, this is the last one.
        </p>`;
  const link =
    operation === undefined
      ? ''
      : html` <a href="${root}operations/${operation}">more<span class="hidden"> about: ${text}</span></a>`;
  return html`<li class="${kind}">
    ${when(at, reading)} <span class="kind ${tone}">${word}</span>
    <div>
      <p>${text}${link}</p>
      ${often}${more.map((each) => html`<p class="faint">${each}</p>`)}
    </div>
  </li>`;
}
