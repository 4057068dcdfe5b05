/** What each guard says, in plain words. */
import { html } from 'hono/html';
import { tellGuard } from '../../domain/guard-words.ts';
import { withoutMachine } from '../../domain/operation-story.ts';
import { plain } from '../../domain/plain.ts';
import { tellSentence } from '../../domain/told-sentence.ts';
import type { Reading } from '../../domain/told-time.ts';
import type { TrailEntry } from '../../domain/trail.ts';
import type { VERDICTS } from '../../domain/verdict.ts';
import type { Html } from '../page.ts';
import { badge, type Tone } from './parts.ts';

type Shown = NonNullable<TrailEntry['verdicts']>;

const WORDS: Readonly<Record<(typeof VERDICTS)[number], readonly [word: string, tone: Tone]>> = {
  allow: ['fine', 'good'],
  wait: ['not yet', 'warn'],
  refuse: ['no', 'bad'],
  overridden: ['overridden', 'act'],
};

/** Those that hold the stop back come first. */
export function verdictList(verdicts: Shown, reading: Reading): Html {
  const holding = verdicts.filter(({ verdict }) => verdict !== 'allow');
  const allowing = verdicts.filter(({ verdict }) => verdict === 'allow');
  return html`<ul class="verdicts">
    ${[...holding, ...allowing].map(({ guard, verdict, message }) => {
      const [word, tone] = WORDS[verdict];
      const evidence = message === undefined ? '' : tellSentence(withoutMachine(message), reading);
      // A guard that holds back says why; what it would have allowed is the opposite, and would confuse.
      const asked = verdict !== 'allow' && evidence !== '' ? '' : html`${tellGuard(guard, evidence !== '')} `;
      return html`<li>
        <div>${badge(word, tone)}</div>
        <div>
          ${asked}${evidence === '' ? '' : html`<span class="${verdict === 'allow' ? 'faint' : 'held'}">${evidence}</span> `}
          <code>${plain(guard, 40)}</code>
        </div>
      </li>`;
    })}
  </ul>`;
}
