/** The pages of links that lead nowhere any more, and of those that cannot be answered now. */
import { html } from 'hono/html';
import { nameOf } from '../../domain/message-parts.ts';
import { capital } from '../../domain/told-sentence.ts';
import { tellTime, type Reading } from '../../domain/told-time.ts';
import type { SignedAbout } from '../../links/token.ts';
import type { Shown } from './context.ts';

export function unknownPage(): Shown {
  const title = 'This link does not work';
  return {
    title,
    body: html`<div class="sheet">
      <h1>${title}</h1>
      <p>
        It may have been cut off, or it is very old. Open it from the message once more, or use the link of a newer
        message about the machine.
      </p>
    </div>`,
  };
}

/** @param name the machine's, if it is known */
export function expiredPage(
  { purpose, instance, expiresAt }: SignedAbout,
  name: string | undefined,
  reading: Reading,
): Shown {
  const shown = nameOf({ id: instance.id, ...(name === undefined ? {} : { name }) });
  const title = `This link has expired`;
  const isOfStart = purpose === 'wake';
  return {
    title,
    body: html`<div class="sheet">
      <h1>${title}</h1>
      <p>It was about ${shown}, and worked until ${tellTime(expiresAt, reading)}.</p>
      <h2>What you can do</h2>
      <p>Use the link of the newest message about ${shown}: it leads to what can be done now.</p>
      ${isOfStart ? '' : html`<p>To keep it: <code>ec2-operator hold ${instance.id} --for 4h</code></p>`}
      <p>To start it: <code>ec2-operator start ${instance.id}</code></p>
      <p>Without a token for these commands, ask an administrator of ec2-operator.</p>
    </div>`,
  };
}

/** @param detail as of a problem: what was expected, and what to do */
export function refusedPage(detail: string): Shown {
  const title = 'The press was not taken';
  return {
    title,
    body: html`<div class="sheet">
      <h1>${title}</h1>
      <p>${capital(detail)}.</p>
    </div>`,
  };
}

export function busyPage(): Shown {
  const title = 'Nothing was changed: this link was pressed too often';
  return {
    title,
    body: html`<div class="sheet">
      <h1>${title}</h1>
      <p>A link counts ten presses a minute. Open it from the message once more, and try again in a minute.</p>
    </div>`,
  };
}

export function unavailablePage(): Shown {
  const title = 'Nothing can be read or changed at the moment';
  return {
    title,
    body: html`<div class="sheet">
      <h1>${title}</h1>
      <p>The database of ec2-operator gives no answer, and nothing was recorded. Load this page again in a minute.</p>
    </div>`,
    again: 20,
  };
}
