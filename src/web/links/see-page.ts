/** The story of an operation, for whoever was told of it. */
import { html } from 'hono/html';
import { tellGrounds, nameOf } from '../../domain/message-parts.ts';
import { groundsOf } from '../../domain/notices-of.ts';
import type { Operation } from '../../domain/operation.ts';
import { plain } from '../../domain/plain.ts';
import { tellTime, type Reading } from '../../domain/told-time.ts';
import type { TrailEntry } from '../../domain/trail.ts';
import type { Html } from '../page.ts';
import { hasInstance, tellSentence, type Shown } from './context.ts';
import { footer } from './parts.ts';

export interface Story {
  readonly machine: { readonly id: string; readonly name?: string };
  /** Absent once it was deleted. */
  readonly operation?: Operation;
  readonly trail: readonly TrailEntry[];
  readonly reading: Reading;
}

export function seePage({ machine, operation, trail, reading }: Story): Shown {
  const name = nameOf(machine);
  if (operation === undefined)
    return {
      title: `What happened to ${name}`,
      body: html`<div class="sheet">
          <h1>What happened to ${name}</h1>
          <p>The record was deleted, because it is old.</p>
        </div>
        ${footer({ reading })}`,
    };
  const title = `Why ${name} ${operation.intent.verb === 'stop' ? 'was to stop' : 'was to start'}`;
  const why = hasInstance(operation)
    ? tellGrounds(groundsOf({ after: operation }), { ...reading, hasLinks: true })
    : '';
  return {
    title,
    body: html`<div class="sheet">
        <h1>${title}</h1>
        ${why === '' ? '' : html`<p>${why}</p>`}
        <ol class="story">
          ${trail.flatMap((entry, index) => step(entry, trail[index - 1], reading) ?? [])}
        </ol>
      </div>
      ${footer({ reading })}`,
  };
}

/** The steps within a second or two, and repetitions, tell people nothing. */
function step(entry: TrailEntry, before: TrailEntry | undefined, reading: Reading): Html | undefined {
  if (entry.message !== undefined && entry.message === before?.message) return undefined;
  const text = tell(entry, reading);
  if (text === undefined) return undefined;
  return html`<li>
    <time datetime="${new Date(entry.at).toISOString()}">${tellTime(entry.at, reading)}</time>${text}
  </li>`;
}

function tell({ event, state, message, alertname, who }: TrailEntry, reading: Reading): string | undefined {
  if (event === 'joined') {
    const by = alertname === undefined ? plain(who ?? 'a person', 80) : `alert ${plain(alertname, 80)}`;
    return `The same was asked for again: ${by}.`;
  }
  switch (state ?? 'waiting') {
    case 'queued':
      return message === undefined ? 'It was asked for.' : tellSentence(message, reading);
    case 'acting':
      return 'AWS is asked to do it.';
    case 'verifying':
      return 'AWS has accepted it.';
    case 'waiting':
    case 'succeeded':
    case 'refused':
    case 'failed':
    case 'cancelled':
      return message === undefined ? undefined : tellSentence(message.replace(/ \(guard \w+\)/g, ''), reading);
  }
}
