/** The page by which a person keeps a machine that is about to stop. */
import { html } from 'hono/html';
import { keepView, offerKeeps, type KeepView } from '../../domain/link-view.ts';
import { deadline } from '../../domain/message-parts.ts';
import { aboutMove, groundsOf } from '../../domain/notices-of.ts';
import type { Operation } from '../../domain/operation.ts';
import type { News } from '../../domain/notice.ts';
import { plain } from '../../domain/plain.ts';
import { tooLate } from '../../domain/too-late.ts';
import { tellTime } from '../../domain/told-time.ts';
import { tellSentence } from '../../domain/told-sentence.ts';
import type { Html } from '../page.ts';
import {
  hasInstance,
  machineOf,
  seenOf,
  shownName,
  stoppedNews,
  tellPiece,
  type PageContext,
  type Shown,
  type ToldPiece,
} from './context.ts';
import { facts, footer, form, paragraphs, said } from './parts.ts';

export function keepPage(context: PageContext): Shown {
  const { now } = context;
  const view = keepView({ ...now, seen: seenOf(now) });
  const { title, text, facts: known } = tellView(context, view);
  return {
    title,
    body: html`<div class="sheet">
        ${said(context.said)}
        <h1>${title}</h1>
        ${paragraphs(text)} ${actions(context, view)} ${facts(known)}
      </div>
      ${footer(context)}`,
  };
}

function tellView(context: PageContext, view: KeepView): ToldPiece {
  const { reading } = context;
  const name = shownName(context);
  const short = (title: string, ...text: readonly string[]): ToldPiece => ({ title, text, facts: idFacts(context) });
  switch (view.view) {
    case 'gone':
      return short(`${name} does not exist any more`, 'It was terminated, so there is nothing to keep.');
    case 'sent': {
      const { stop } = view;
      const when = tellTime(stop.sentAt, reading);
      return short(
        `${name} is being stopped since ${when}`,
        tellSentence(tooLate('stop', stop).message.replace(/;.*/, ''), reading),
        'It can not be kept any more. You can have it started again: its disks are kept.',
      );
    }
    case 'stopped': {
      const { stop } = view;
      const told = stop === undefined ? undefined : stoppedNews(stop);
      return told === undefined
        ? short(
            `${name} does not run`,
            'It was stopped in the meantime, so there is nothing to keep. Its disks are safe.',
          )
        : tellPiece(told, reading);
    }
    case 'kept':
      return tellKept(context, view.hold);
    case 'announced': {
      const news = warningNews(view.stop, view.warned);
      return news === undefined
        ? short(`${name} stops at ${tellTime(view.warned.stopsAt, reading)}`)
        : tellPiece(news, reading);
    }
    case 'later':
      return short(
        `${name} is to stop, but not yet`,
        'message' in view.stop ? tellSentence(view.stop.message, reading) : 'It is being looked at right now.',
        'You can keep it now, so that it does not stop.',
      );
    case 'running':
      return short(
        `${name} keeps running: no stop is announced`,
        ...whyOff(context),
        'You need do nothing. You can keep it all the same.',
      );
    case 'unknown':
      return short(
        `${name} can be kept`,
        'EC2 gives no answer at the moment, so it is not known whether it runs. No stop is announced.',
      );
  }
}

function tellKept(
  context: PageContext,
  { holder, until, why }: { holder: string; until: number; why?: string },
): ToldPiece {
  const { reading, now } = context;
  const name = shownName(context);
  const others = now.holds.length - 1;
  const by = holder === context.holder ? 'by this link' : `by ${plain(holder, 100)}`;
  const reason = why === undefined ? '' : ` (“${plain(why, 200)}”)`;
  return {
    title: `${name} is kept until ${tellTime(until, reading)}`,
    text: [
      `It is kept ${by}${reason}.${others > 0 ? ` ${others === 1 ? 'One other holder keeps it' : `${others} others keep it`}, too.` : ''}`,
      'If it is to stop after that, you are told before. You can keep it for longer.',
    ],
    facts: idFacts(context),
  };
}

/** Why the stop that was told of does not come. */
function whyOff({ now: { told }, reading }: PageContext): readonly string[] {
  if (told === undefined || !('endedAt' in told)) return [];
  return [tellSentence(told.message, reading)];
}

function idFacts(context: PageContext): ToldPiece['facts'] {
  const { id, name } = machineOf(context);
  return [['Machine', name === undefined ? id : `${shownName(context)} (${id})`]];
}

function warningNews(stop: Operation, { at: warnedAt, stopsAt }: { at: number; stopsAt: number }): News | undefined {
  if (!hasInstance(stop)) return undefined;
  return {
    kind: 'warning',
    ...aboutMove({ after: stop, at: warnedAt }),
    ...groundsOf({ after: stop }),
    warnedAt,
    stopsAt,
  };
}

function actions(context: PageContext, view: KeepView): Html {
  switch (view.view) {
    case 'gone':
      return html``;
    case 'sent':
      return startAgain(context, view.stop.sentAt);
    case 'stopped':
      return view.stop === undefined ? byCommand(context) : startAgain(context, view.stop.endedAt);
    case 'kept':
    case 'announced':
    case 'later':
    case 'running':
    case 'unknown':
      return choices(context);
  }
}

function choices(context: PageContext): Html {
  const { now, holder, reading } = context;
  const { keeps, note } = offerKeeps({ machine: machineOf(context), holder, ...now }, reading);
  const told = note === undefined ? html`` : html`<p>${tellSentence(note, reading)}</p>`;
  if (keeps.length === 0)
    return html`<p class="note bad">It can not be kept by this link.</p>
      ${told}`;
  const buttons = keeps.map(
    ({ choice, label, until }, index) =>
      html`<button name="keep" value="${choice}" ${index === 0 ? '' : html`class="less"`}>
        ${label}<small>${choice === 'morning' ? '' : 'until '}${tellTime(until, reading)}</small>
      </button>`,
  );
  return html`${form(context, buttons)}${told}`;
}

/** People who were told of the stop are told, too, how to undo it. */
function startAgain({ about, linkTo }: PageContext, stoppedAt: number): Html {
  const url = linkTo({ ...about, purpose: 'wake', expiresAt: stoppedAt + deadline.wake });
  return html`<a class="button" href="${url}">Start it again</a>`;
}

function byCommand({ about }: PageContext): Html {
  return html`<p>To start it: <code>ec2-operator start ${about.instance.id}</code></p>`;
}
