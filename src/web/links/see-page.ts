/** The story of an operation, for whoever was told of it. */
import { html } from 'hono/html';
import { tellGrounds, nameOf } from '../../domain/message-parts.ts';
import { groundsOf } from '../../domain/notices-of.ts';
import { tellSteps } from '../../domain/operation-story.ts';
import type { Operation } from '../../domain/operation.ts';
import type { Reading } from '../../domain/told-time.ts';
import type { TrailEntry } from '../../domain/trail.ts';
import { story } from '../story.ts';
import { hasInstance, type Shown } from './context.ts';
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
        ${why === '' ? '' : html`<p>${why}</p>`} ${story(tellSteps(trail, reading), reading)}
      </div>
      ${footer({ reading })}`,
  };
}
