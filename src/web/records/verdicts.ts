/** What each guard says, in plain words. */
import { html } from 'hono/html';
import { tellGuard } from '../../domain/guard-words.ts';
import { plain } from '../../domain/plain.ts';
import type { TrailEntry } from '../../domain/trail.ts';
import type { VERDICTS } from '../../domain/verdict.ts';
import type { Html } from '../page.ts';
import { badge, type Tone } from './parts.ts';

type Shown = NonNullable<TrailEntry['verdicts']>;

const WORDS: Readonly<Record<(typeof VERDICTS)[number], readonly [word: string, tone: Tone]>> = {
  allow: ['yes', 'good'],
  wait: ['not yet', 'warn'],
  refuse: ['no', 'bad'],
  overridden: ['no, but a person decides', 'act'],
};

/** Those that hold the stop back come first. */
export function verdictList(verdicts: Shown): Html {
  const holding = verdicts.filter(({ verdict }) => verdict !== 'allow');
  const allowing = verdicts.filter(({ verdict }) => verdict === 'allow');
  return html`<ul class="verdicts">
    ${[...holding, ...allowing].map(({ guard, verdict, message }) => {
      const [word, tone] = WORDS[verdict];
      return html`<li>
        <div>${badge(word, tone)}</div>
        <div>
          ${tellGuard(guard)} <code>${plain(guard, 40)}</code>
          ${message === undefined ? '' : html`<p class="faint">${plain(message, 400)}</p>`}
        </div>
      </li>`;
    })}
  </ul>`;
}
