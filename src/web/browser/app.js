// @ts-check
/* The buttons of the pages of people who have logged in. All of them work without it. */
import { patch, versions } from './patch.js';

/** How long a person waits for what becomes of a press. In milliseconds. */
const PATIENCE = 30_000;

/** Ends the way to the last question: it would come under the finger that answers the next one. @type {AbortController | undefined} */
let asking;

/** @returns {HTMLDialogElement} */
function dialog() {
  const open = document.querySelector('dialog');
  if (open !== null) return open;
  const made = document.createElement('dialog');
  made.setAttribute('aria-labelledby', 'ask');
  made.addEventListener('close', () => made.remove());
  made.addEventListener('click', ({ target }) => {
    if (target === made) made.close();
  });
  document.body.append(made);
  return made;
}

/** The person's place on the page, to come back to after the dialog. */
const ATTRIBUTES = ['href', 'action', 'formaction'];

/**
 * A page that asks, as a dialog over this one.
 *
 * @param {Response} response
 * @param {HTMLDialogElement | null} own with the button that was pressed
 * @returns whether the answer was such a page
 */
async function showAsk(response, own) {
  const text = await response.text();
  const ask = new DOMParser().parseFromString(text, 'text/html').querySelector('.ask');
  if (ask === null) return false;
  // Its addresses begin where it came from.
  for (const name of ATTRIBUTES)
    for (const each of ask.querySelectorAll(`[${name}]`)) {
      const to = new URL(each.getAttribute(name) ?? '', response.url);
      each.setAttribute(name, to.pathname + to.search);
    }
  // The person may have left the question, and be at another one, which stays as it is under the finger.
  const open = document.querySelector('dialog');
  if (open !== null && open !== own) {
    say(ask.querySelector('.note') ?? undefined);
    return true;
  }
  const box = dialog();
  box.replaceChildren(ask);
  if (!box.open) box.showModal();
  // The way out, where the other way cannot be undone: a second Enter of a hasty hand harms nothing.
  const out = box.querySelector('.danger') === null ? null : box.querySelector('[data-close]');
  if (out instanceof HTMLElement) out.focus();
  return true;
}

/**
 * Rows and a message, in place of those that the page shows.
 *
 * @param {string} text
 */
function showRows(text) {
  const piece = new DOMParser().parseFromString(text, 'text/html');
  for (const fresh of piece.querySelectorAll('tr[id]')) {
    const row = document.getElementById(fresh.id);
    if (row !== null) patch(row, fresh);
  }
  const counts = document.getElementById('counts');
  const fresh = piece.getElementById('counts');
  if (counts !== null && fresh !== null) patch(counts, fresh);
  versions.clear();
  say(piece.querySelector('#said')?.firstElementChild ?? undefined);
}

/** @param {Element | undefined} message */
function say(message) {
  const said = document.getElementById('said') ?? placeToSay();
  said.replaceChildren(...(message === undefined ? [] : [message]));
}

/** Of a page that begins without one. */
function placeToSay() {
  const said = document.createElement('div');
  said.id = 'said';
  said.setAttribute('role', 'status');
  document.querySelector('main')?.prepend(said);
  return said;
}

/** @param {string} text */
function sayBad(text) {
  const message = document.createElement('p');
  message.className = 'note bad';
  message.textContent = text;
  say(message);
}

/**
 * A press on a button of the table, or of a dialog: the page stays, and only the row changes.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} button
 */
async function press(form, button) {
  const url = new URL(button.getAttribute('formaction') ?? form.getAttribute('action') ?? '', location.href);
  const data = new URLSearchParams();
  for (const [name, value] of new FormData(form, button)) if (typeof value === 'string') data.append(name, value);
  const isGet = (button.getAttribute('formmethod') ?? form.method) === 'get';
  say(undefined);
  const leaving = new AbortController();
  if (isGet) {
    asking?.abort();
    asking = leaving;
  }
  const timer = setTimeout(() => leaving.abort(), PATIENCE);
  const { signal } = leaving;
  try {
    const response = isGet
      ? await fetch(`${url.pathname}?${data.toString()}`, { signal, redirect: 'manual' })
      : await fetch(url, { method: 'POST', body: data, headers: { 'x-piece': 'rows' }, signal });
    await show(response, isGet, button);
  } catch {
    if (isGet && asking !== leaving) return;
    // The focus goes back to the row, and the message is not behind the dialog.
    button.closest('dialog')?.close();
    sayBad(
      isGet ? 'The server gives no answer, and nothing was changed: please try again.' : unknown('gives no answer'),
    );
  } finally {
    clearTimeout(timer);
  }
}

/** A server may have done what was asked, and have died before it could say so. @param {string} did */
function unknown(did) {
  return `The server ${did}. Whether it has taken this is not known: please load the page again.`;
}

/** @param {Response} response @param {boolean} isGet it only asks @param {HTMLButtonElement} button */
async function show(response, isGet, button) {
  const own = button.closest('dialog');
  if (new URL(response.url).pathname.endsWith('/rows')) {
    own?.close();
    showRows(await response.text());
    return;
  }
  const { status } = response;
  const problem = await problemIn(response.clone());
  if (problem === undefined && (await showAsk(response, own))) return;
  own?.close();
  // The login has ended, most likely, here or at a proxy: the page itself leads there.
  if (response.ok || status === 401 || response.type === 'opaqueredirect') location.reload();
  else sayBad(tellProblem(status, problem, isGet));
}

/**
 * The server tells a script of a problem as JSON; a proxy in front of it does not.
 *
 * @param {Response} response
 * @returns {Promise<string | undefined>}
 */
async function problemIn(response) {
  if (response.headers.get('content-type')?.startsWith('application/problem+json') !== true) return undefined;
  /** @type {unknown} */
  const problem = await response.json();
  return typeof problem === 'object' && problem !== null && 'detail' in problem ? String(problem.detail) : undefined;
}

/** @param {number} status @param {string | undefined} problem @param {boolean} isGet */
function tellProblem(status, problem, isGet) {
  if (status >= 500 && !isGet && (problem === undefined || status === 500)) return unknown(`answers with ${status}`);
  if (problem !== undefined) return `Nothing was changed: ${problem}.`;
  return `Nothing was changed: the server answers with ${status}. Please load the page again.`;
}

/** What is decided at once, a row or a question, takes no press while another one is on its way there. @param {HTMLButtonElement} button */
function isBusy(button) {
  const pressed = button.closest('tr, .ask, form')?.querySelector('button[aria-busy="true"]:not([formmethod="get"])');
  return button.getAttribute('aria-busy') === 'true' || (pressed ?? null) !== null;
}

document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event;
  if (!(form instanceof HTMLFormElement) || !(submitter instanceof HTMLButtonElement)) return;
  if (isBusy(submitter)) {
    event.preventDefault();
    return;
  }
  submitter.setAttribute('aria-busy', 'true');
  // On other pages than the table's the answer is a page.
  if (form.dataset['rows'] === undefined || document.querySelector('.machines') === null) return;
  event.preventDefault();
  void press(form, submitter).finally(() => submitter.removeAttribute('aria-busy'));
});

document.addEventListener('unpressed', () =>
  sayBad('Nothing was done: the button has come, changed or moved just before the press. Please press it again.'),
);

// A key that is held presses once. Its repeats would press what has come under the focus since.
document.addEventListener('keydown', (event) => {
  const { key, repeat, target } = event;
  if (
    repeat &&
    (key === 'Enter' || key === ' ') &&
    target instanceof Element &&
    target.closest('a, button, .ask') !== null
  )
    event.preventDefault();
});

document.addEventListener('click', (event) => {
  const close = event.target instanceof Element ? event.target.closest('dialog [data-close]') : null;
  if (close === null) return;
  event.preventDefault();
  document.querySelector('dialog')?.close();
});

// A page from the browser's memory shows what was so when it was left.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
