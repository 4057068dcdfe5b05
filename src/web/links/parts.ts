/** The parts that pages behind links share. */
import { html } from 'hono/html';
import { tellTime, type Reading } from '../../domain/told-time.ts';
import type { Html } from '../page.ts';
import type { PageContext, Said, ToldPiece } from './context.ts';
import { machineOf } from './context.ts';

export function paragraphs(texts: readonly string[]): readonly Html[] {
  return texts.map((text) => html`<p>${text}</p>`);
}

export function facts(pairs: ToldPiece['facts']): Html {
  return html`<dl>
    ${pairs.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

/** What has become of a press. */
export function said(told: Said | undefined): Html {
  return told === undefined ? html`` : html`<p class="note ${told.tone}" role="status">${told.text}</p>`;
}

export function footer({ reading }: { readonly reading: Reading }): Html {
  return html`<footer>
    As of ${tellTime(reading.now, reading)}. This page needs no login: whoever has its address can use it.
  </footer>`;
}

/** A press needs a person: the script knows one by the browser's word, and without script a person can read and type. */
export function form(context: PageContext, buttons: readonly Html[] | Html): Html {
  const { nonce, said: answer } = context;
  const asked = html`<label for="name">To show that a person presses, type <b>${wordToType(context)}</b></label
    ><input id="name" type="text" name="name" autocomplete="off" autocapitalize="none" spellcheck="false" />`;
  return html`<form method="post">
    <input type="hidden" name="nonce" value="${nonce}" /><input type="hidden" name="pressed" value="" />
    ${answer?.asksName === true ? asked : html`<noscript>${asked}</noscript>`}
    <div class="choices">${buttons}</div>
  </form>`;
}

/** A name that can be read and typed, else the id. */
export function wordToType(context: Pick<PageContext, 'about' | 'now'>): string {
  const { id, name = '' } = machineOf(context);
  return /^[\w.-]{1,40}$/.test(name) ? name : id;
}

/** A line of a shell, to copy. */
export function copyable(line: string): Html {
  return html`<div class="copy">
    <code>${line}</code><button class="less" type="button" data-copy="${line}" hidden>Copy</button>
  </div>`;
}
