/** The page by which a person gets a machine back, and sees how far it has come. */
import { html } from 'hono/html';
import { wakeView, type WakeView } from '../../domain/link-view.ts';
import { tellEnded } from '../../domain/message-parts.ts';
import { aboutMove } from '../../domain/notices-of.ts';
import type { News } from '../../domain/notice.ts';
import type { Operation, Waiting } from '../../domain/operation.ts';
import { priceOf, tellPrice } from '../../domain/price.ts';
import { hasScratchDisk } from '../../domain/scratch-disk.ts';
import { tellSentence } from '../../domain/told-sentence.ts';
import type { Html } from '../page.ts';
import { hasInstance, seenOf, shownName, stoppedNews, tellPiece, type PageContext, type Shown } from './context.ts';
import { copyable, footer, form, paragraphs, said } from './parts.ts';

/** Without script, it is loaded again this often, in seconds. */
const AGAIN_S = 5;

export function wakePage(context: PageContext): Shown {
  const view = viewOf(context);
  const title = titleOf(context, view);
  return {
    title,
    body: html`<div class="sheet">${said(context.said)}${section(context, view)}${tellMe(context, view)}</div>
      ${footer(context)}`,
    ...(isMoving(view) ? { again: AGAIN_S } : {}),
  };
}

/** The part that changes by itself. */
export function wakeState(context: PageContext): Html {
  return section(context, viewOf(context));
}

function viewOf({ now, reading }: PageContext): WakeView {
  return wakeView({ ...now, seen: seenOf(now), now: reading.now });
}

/** Whether the page is to look again by itself. */
function isMoving({ view }: WakeView): boolean {
  return view === 'asked' || view === 'waiting' || view === 'pending' || view === 'running' || view === 'unknown';
}

function section(context: PageContext, view: WakeView): Html {
  const title = titleOf(context, view);
  const live = isMoving(view) ? html`data-live` : html``;
  return html`<section aria-live="polite" data-title="${title}" ${live}>
    <h1>${title}</h1>
    ${contents(context, view)}
  </section>`;
}

function titleOf(context: PageContext, view: WakeView): string {
  const name = shownName(context);
  switch (view.view) {
    case 'gone':
      return `${name} does not exist any more`;
    case 'off':
      return view.isStopping ? `${name} is being stopped` : `${name} is stopped`;
    case 'asked':
      return `${name} is to start`;
    case 'waiting':
      return `${name} waits to start`;
    case 'pending':
      return `${name} starts`;
    case 'running':
      return `${name} runs`;
    case 'ready':
      return `${name} is ready`;
    case 'unknown':
      return `It is not known whether ${name} runs`;
  }
}

function contents(context: PageContext, view: WakeView): Html {
  switch (view.view) {
    case 'gone':
      return html`<p>It was terminated, so it cannot be started.</p>`;
    case 'off':
      return off(context, view);
    case 'asked':
      return steps(1);
    case 'waiting':
      return waiting(context, view.start);
    case 'pending':
      return html`${steps(2)}
        <p>This takes a minute or two. Its disks are as they were; its public address may be another one.</p>`;
    case 'running':
      return html`${steps(3)}${reach(view.addresses)}
        <p>${CHECKS_TEXT[view.checks === 'ok' ? 'unknown' : view.checks]}</p>`;
    case 'ready':
      return html`${steps(5)}${reach(view.addresses)}`;
    case 'unknown':
      return html`<p>EC2 gives no answer at the moment. This page looks again by itself.</p>`;
  }
}

const CHECKS_TEXT = {
  initializing: 'AWS checks it now, which takes a few minutes. Often people can log in before.',
  impaired: 'A check of AWS fails. If you can not log in, tell an administrator, or stop and start it once more.',
  unknown: 'Whether it has passed the checks of AWS is not known. Try to log in.',
} as const;

const STEPS = ['Asked', 'AWS has accepted', 'Runs', 'Checks passed', 'Ready'] as const;

/** @param done how many are behind it; the one after them is under way */
function steps(done: number): Html {
  return html`<ol class="steps">
    ${STEPS.map((step, index) => {
      if (index < done) return html`<li class="done">${step}</li>`;
      return index === done ? html`<li class="now" aria-current="step">${step}</li>` : html`<li>${step}</li>`;
    })}
  </ol>`;
}

function reach([address, ...others]: readonly string[]): Html {
  if (address === undefined) return html`<p>It has no address by which it could be reached.</p>`;
  const more = others.length === 0 ? html`` : html`<p>Other addresses: ${others.join(', ')}</p>`;
  return html`<p>Address: ${address}. To log in:</p>
    ${copyable(`ssh ${address}`)}${more}`;
}

function off(context: PageContext, { isStopping, failed }: Extract<WakeView, { readonly view: 'off' }>): Html {
  const news = failed === undefined ? undefined : failedNews(failed);
  const told = news === undefined ? [] : tellPiece(news, context.reading).text;
  return html`${told.length === 0 ? html`` : html`<div class="note bad">${paragraphs(told)}</div>`} ${stopped(context)}
    <p>
      ${isStopping ? 'It can be started as soon as it has stopped. ' : ''}${ended(context)} From the moment it runs, it
      costs money again${costs(context)}.
    </p>
    ${form(context, html`<button name="wake" value="start">Start ${shownName(context)}</button>`)}`;
}

/** When and why, unless it has run since. */
function stopped({ now: { located, told }, reading }: PageContext): Html {
  const isLast =
    told?.state === 'succeeded' && located.located === 'machine' && located.instance.launchedAt < told.endedAt;
  const news = isLast && told.intent.verb === 'stop' ? stoppedNews(told) : undefined;
  if (news === undefined) return html``;
  const { title, text } = tellPiece(news, reading);
  return html`${paragraphs([`${title}.`, ...text.slice(0, 1)])}`;
}

function ended({ now: { located } }: PageContext): string {
  return tellEnded({ losesDisk: located.located === 'machine' && hasScratchDisk(located.instance.type) });
}

function costs({ now: { located }, prices }: PageContext): string {
  const price = located.located === 'machine' ? priceOf(located.instance, prices) : undefined;
  return price === undefined ? '' : `: an hour is ${tellPrice(price)}`;
}

function failedNews(failed: Operation): News | undefined {
  if (!('endedAt' in failed) || !hasInstance(failed)) return undefined;
  const { endedAt: at, intent, reason, message } = failed;
  return { kind: 'failed', ...aboutMove({ after: failed, at }), verb: intent.verb, reason, message };
}

function waiting({ reading }: PageContext, start: Waiting): Html {
  if (start.reason !== 'capacity' || !hasInstance(start))
    return html`${steps(1)}
      <p class="note">${tellSentence(start.message, reading)}</p>
      <p>It is tried again by itself.</p>`;
  const { attempts: tries, until: nextTryAt, message } = start;
  const about = aboutMove({ after: start, at: reading.now });
  const { text } = tellPiece({ kind: 'capacity', ...about, isOver: false, tries, nextTryAt, message }, reading);
  return html`${steps(1)}
    <div class="note">${paragraphs(text)}</div>`;
}

/** It can take hours until AWS has a machine free, and minutes until it is ready. */
function tellMe(context: PageContext, view: WakeView): Html {
  const { channel } = context.about;
  const start = 'start' in view ? view.start : context.now.start;
  const isComing = view.view === 'asked' || view.view === 'waiting' || view.view === 'pending';
  if (channel === undefined || !isComing || start === undefined) return html``;
  return html`<div data-while-live>
    ${form(context, html`<button class="less" name="tell" value="ready">Tell me when it is ready</button>`)}
  </div>`;
}
