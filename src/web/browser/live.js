// @ts-check
/*
 * Keeps a page up to date while it is seen. The server tells which machines have changed, and what shows them is read again as HTML.
 *
 *   data-live-url="…"    an element that is kept up to date from there; empty: from the page's own address, as `data-live` alone. It is
 *                        found there by its id; without an id, by its place among all such elements
 *   data-live="all"      it changes with what is about everything, such as a pause, not with single machines
 *   data-live-rows="…"   it holds rows with the ids of machines, which are read from there with `id=i-1,i-2`. Beside it, parts of the
 *                        page's own address change with all of the page, and where the answer for the rows has them, too
 *   data-live-machine    only what happens to this machine matters
 *
 * `data-root` of the body leads to the first page. `data-live-since` is the event before the page was made.
 */
import { patch, retire, versions } from './patch.js';
import { follow, spread } from './stream.js';
import { tellClock } from './times.js';

/** @typedef {import('./stream.js').Hint} Hint */

/** Milliseconds. */
const READ_EVERY = 1_000;
const POLL_EVERY = 15_000;
/** Hints can be missed, and a hold ends without one. */
const READ_ALL_EVERY = 2 * 60_000;
const PATIENCE = 10_000;
const SHOWN_FOR = 4_000;
/** The server answers for no more rows at once. */
const MOST_ROWS = 200;
/** By the status of an answer that stays so until the person does something. */
const REFUSED = new Map([
  [401, 'You are logged out: load the page again to log in.'],
  [403, 'You may not see this any more: load the page again to see why.'],
]);

const { root = '/', liveSince, zone } = document.body.dataset;
const LIVE = '[data-live], [data-live-url], [data-live-rows]';
/** @type {HTMLElement[]} */
let parts = [];
/** @type {HTMLElement[]} */
let tables = [];

/** The rows to read again. @type {{ isAny: boolean, isAll: boolean, machines: Set<string> }} */
let wanted = nothing();
/** A table has rows that are new, gone, or in another place. */
let isOrderDue = false;
let isReading = false;
let readAt = -Infinity;
/** Reads in a row without an answer. */
let failures = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let planned;

let isLive = true;
let isRead = true;
let refused = '';
let knownAt = Date.now();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let shown;
const status = document.createElement('p');
status.className = 'live';
status.setAttribute('role', 'status');

const stream = follow(`${root}api/v1/events`, liveSince, {
  onHint: want,
  onHeard: () => {
    if (isRead) knownAt = Date.now();
    if (isLive) return;
    tell({ live: true });
    hurry();
    if (isRead) plan();
    else want({ all: true });
  },
  onSilence: () => {
    if (!isLive) return;
    tell({ live: false, read: false });
    want({ all: true });
  },
});

function nothing() {
  return { isAny: false, isAll: false, machines: new Set() };
}

/** @param {Hint} hint */
function want(hint) {
  wanted.isAny = true;
  if ('all' in hint) wanted.isAll = true;
  else for (const machine of hint.machines) wanted.machines.add(machine);
  if (wanted.machines.size > MOST_ROWS) wanted.isAll = true;
  plan();
}

/** A server that is heard again is asked at once. */
function hurry() {
  failures = 0;
  clearTimeout(planned);
  planned = undefined;
}

function plan() {
  if (document.hidden || isReading || planned !== undefined || !wanted.isAny) return;
  const pause = failures === 0 ? READ_EVERY : spread(Math.min(POLL_EVERY, READ_EVERY * 2 ** (failures - 1)));
  planned = setTimeout(() => void read(), Math.max(0, readAt + pause - performance.now()));
}

async function read() {
  const { isAll, machines } = wanted;
  planned = undefined;
  wanted = nothing();
  isReading = true;
  readAt = performance.now();
  try {
    const rows = isAll ? [] : tables;
    const others = isAll ? parts : parts.filter((part) => isAbout(part, machines));
    const addresses = new Set(others.map(addressOf));
    await Promise.all([...rows.map((part) => readRows(part, [...machines])), ...[...addresses].map(readParts)]);
    knownAt = Date.now();
    failures = 0;
    tell({ read: true });
  } catch {
    failures += 1;
    // Of several servers, the next one may answer: a failure that is over by then is no news.
    if (failures > 1 || refused !== '' || performance.now() - readAt > READ_EVERY) tell({ read: false });
    // It is not known which parts are old now.
    wanted.isAny = wanted.isAll = true;
  }
  isReading = false;
  plan();
}

/** @param {HTMLElement} part @param {Set<string>} machines */
function isAbout({ dataset: { live, liveMachine, liveRows, liveUrl } }, machines) {
  if (live === 'all') return false;
  if (tables.length > 0 && (liveRows !== undefined || !liveUrl)) return false;
  return liveMachine === undefined || machines.size === 0 || machines.has(liveMachine);
}

/** @param {HTMLElement} part */
function addressOf({ dataset: { liveUrl } }) {
  return liveUrl || location.pathname + location.search;
}

/** All that are found there, since the version is of all of them. @param {string} address */
async function readParts(address) {
  const fresh = await ask(address, versions.get(address) ?? '');
  if (fresh) swapList(fresh);
  for (const part of parts.filter((one) => addressOf(one) === address)) {
    const to = fresh && counterpart(part, fresh);
    if (to && tables.includes(part) && isInUse(part)) patchRows(part, to);
    else if (to) patch(part, to);
  }
}

/** Without any row there is a text in place of the table. @param {Document} fresh */
function swapList(fresh) {
  const [list, to] = [document.getElementById('list'), fresh.getElementById('list')];
  const hasTable = tables.length > 0;
  if (!list || !to || (to.querySelector('[data-live-rows]') !== null) === hasTable) return;
  for (const table of tables.filter(isInUse)) return patchRows(table, document.createElement('tbody'));
  patch(list, to);
  collect();
}

/** @param {HTMLElement} part @param {Document} fresh */
function counterpart(part, fresh) {
  return part.id === '' ? fresh.querySelectorAll(LIVE)[parts.indexOf(part)] : fresh.getElementById(part.id);
}

/** Under a pointer, a row that moves would put another machine's button there. @param {Element} table */
function isInUse(table) {
  return table.matches(':hover') || table.contains(document.activeElement);
}

/** Rows stay where they are until the table is left. @param {Element} table @param {Element} to */
function patchRows(table, to) {
  const fresh = new Map([...to.children].map((row) => [row.id, row]));
  for (const row of table.children) {
    const same = fresh.get(row.id);
    if (same !== undefined) patch(row, same);
    if (row instanceof HTMLElement) retire(row, same === undefined);
  }
  isOrderDue = true;
  // The page does not show all of it yet.
  versions.clear();
}

/** @param {HTMLElement} part @param {readonly string[]} machines */
async function readRows(part, machines) {
  if (machines.length === 0) return;
  const address = new URL(part.dataset['liveRows'] ?? '', document.baseURI);
  address.searchParams.set('id', machines.join(','));
  const fresh = await ask(address.pathname + address.search);
  if (fresh === undefined) return;
  // A list in several parts does not show them all.
  const isWhole = document.querySelector('.pager') === null;
  for (const machine of machines) {
    const row = document.getElementById(machine);
    const to = fresh.getElementById(machine);
    if (row && to) patch(row, to);
    // Where a new row belongs, and what follows a gone one, is known to the whole page alone.
    else if (row || (to && isWhole)) want({ all: true });
  }
  for (const other of parts) {
    const to = tables.includes(other) || other.id === '' ? null : fresh.getElementById(other.id);
    if (to) patch(other, to);
  }
  // The page is not as any answer for all of it was.
  versions.clear();
}

/**
 * @param {string} address
 * @param {string} [version] the one that is shown, empty for none; without it, versions of the address do not count
 * @returns {Promise<Document | undefined>} undefined where it is as it was
 */
async function ask(address, version) {
  const last = stream.last();
  const answer = await fetch(address, {
    cache: 'no-store',
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE),
    headers: {
      'x-piece': 'shared',
      // Behind a proxy, a server may answer that has not heard yet of what this page was told by another one.
      ...(last === undefined ? {} : { 'last-event-id': last }),
      ...(version === undefined || version === '' ? {} : { 'if-none-match': version }),
    },
  });
  // The page of the login is no part of this one.
  refused = REFUSED.get(answer.type === 'opaqueredirect' ? 401 : answer.status) ?? '';
  if (answer.status === 304) return undefined;
  if (!answer.ok) throw new Error(`expected 200, got ${answer.status}`);
  const text = await answer.text();
  const tag = answer.headers.get('etag');
  if (versions.size > 20) versions.clear();
  if (tag !== null && version !== undefined) versions.set(address, tag);
  return new DOMParser().parseFromString(/^\s*<tr\b/.test(text) ? `<table>${text}</table>` : text, 'text/html');
}

/** @param {{ live?: boolean, read?: boolean }} now */
function tell({ live = isLive, read: hasRead = isRead }) {
  const wasLost = !isLive || !isRead;
  isLive = live;
  isRead = hasRead;
  if (refused !== '') say(refused);
  // A server that sends hints and no pages leaves old rows standing.
  else if (!isRead) say(`Not live: last update ${tellClock(knownAt, zone)}`);
  else if (!isLive) say('Not live: updated every 15 s');
  else if (wasLost) say('Live again', SHOWN_FOR);
}

/** @param {string} text @param {number} [ms] for how long; it stays otherwise */
function say(text, ms) {
  clearTimeout(shown);
  if (status.textContent !== text) status.textContent = text;
  if (ms !== undefined) shown = setTimeout(() => say(''), ms);
}

function begin() {
  if (document.hidden) return stream.leave();
  // Without the stream it was asked for while it was seen, and not since.
  if (!isLive) want({ all: true });
  stream.join();
  plan();
}

/** Finds the parts of the page, and its tables. */
function collect() {
  parts = [...document.querySelectorAll(LIVE)].filter((part) => part instanceof HTMLElement);
  tables = parts.filter((part) => part.dataset['liveRows'] !== undefined);
  for (const table of tables) for (const left of ['pointerleave', 'focusout']) table.addEventListener(left, onLeave);
}

function onLeave() {
  if (!isOrderDue) return;
  isOrderDue = false;
  want({ all: true });
}

collect();
if (parts.length > 0) {
  document.body.prepend(status);
  // A page that is not seen takes none of the six connections that a browser has for a host.
  document.addEventListener('visibilitychange', begin);
  addEventListener('pagehide', () => stream.leave());
  addEventListener('online', () => {
    if (isLive && isRead) return;
    stream.leave();
    hurry();
    want({ all: true });
    begin();
  });
  setInterval(() => {
    if (!isLive && !document.hidden) want({ all: true });
  }, POLL_EVERY);
  setInterval(() => {
    if (!document.hidden) want({ all: true });
  }, READ_ALL_EVERY);
  begin();
}
