/** The story of an operation as a list. */
import { html } from 'hono/html';
import type { StoryStep } from '../domain/operation-story.ts';
import { tellTime, type Reading } from '../domain/told-time.ts';
import type { Html } from './page.ts';

export function story(steps: readonly StoryStep[], reading: Reading): Html {
  return html`<ol class="story">
    ${steps.map(
      ({ at, text }) =>
        html`<li><time datetime="${new Date(at).toISOString()}">${tellTime(at, reading)}</time>${text}</li>`,
    )}
  </ol>`;
}
