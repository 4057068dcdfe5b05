// @ts-check
/*
 * Follows the server's hints of what has changed, as long as they come. A stream that is cut or refused comes back by itself. One that
 * stays silent, on a way that has never passed a hint, is held back by a proxy, and is left for a while. Some proxies pass the first
 * event on, and hold back all that follow: the stream after such a one counts as heard from its second event on.
 */

/** Milliseconds. The server says something every 15 s. */
const SILENT_AT_FIRST = 25_000;
const SILENT = 40_000;
const HELD_BACK = 5 * 60_000;
/** A stream that begins, or is back, by then is no news. */
const GRACE = 5_000;
const SOONEST = 2_000;
const LATEST = 30_000;

/** @typedef {{ all: true } | { machines: string[] }} Hint */
/** @typedef {{ onHint: (hint: Hint) => void, onHeard: () => void, onSilence: () => void }} Listener */

/**
 * @param {string} address of the events
 * @param {string | undefined} since the event before the page was made
 * @param {Listener} listener
 */
export function follow(address, since, { onHint, onHeard, onSilence }) {
  /** @type {EventSource | undefined} */
  let source;
  let last = since;
  let hasSpoken = false;
  let isDoubted = false;
  /** Events of this connection. */
  let count = 0;
  let failures = 0;
  /** @type {Partial<Record<'silence' | 'grace' | 'again', ReturnType<typeof setTimeout>>>} */
  const timers = {};

  /** @param {keyof typeof timers} name @param {() => void} act @param {number} ms */
  const set = (name, act, ms) => {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(act, ms);
  };
  const leave = () => {
    source?.close();
    source = undefined;
    failures = 0;
    for (const timer of Object.values(timers)) clearTimeout(timer);
  };
  /** @param {MessageEvent<unknown>} event */
  const hear = ({ type, data, lastEventId }) => {
    clearTimeout(timers.grace);
    set('silence', fallSilent, SILENT);
    const isFirst = last === undefined;
    if (lastEventId !== '') last = lastEventId;
    hasSpoken = true;
    failures = 0;
    count += 1;
    if (count > 1) isDoubted = false;
    if (!isDoubted) onHeard();
    if (type === 'hint') onHint(hintIn(data));
    else if (isFirst) onHint({ all: true });
  };
  const fallSilent = () => {
    if (count === 1) isDoubted = true;
    leave();
    onSilence();
    set('again', join, hasSpoken ? SOONEST : HELD_BACK);
  };
  const stumble = () => {
    // The first stumble counts: the browser tries again and again.
    if (failures === 0) set('grace', onSilence, GRACE);
    failures += 1;
    count = 0;
    // A server that cannot be reached is not silent: its next answer is waited for anew.
    set('silence', fallSilent, SILENT_AT_FIRST);
    // The browser gives up after an answer that is no stream.
    if (source?.readyState !== EventSource.CLOSED) return;
    source = undefined;
    clearTimeout(timers.silence);
    set('again', join, spread(Math.min(LATEST, SOONEST * 2 ** Math.min(failures - 1, 8))));
  };
  const join = () => {
    if (source !== undefined) return;
    count = 0;
    source = new EventSource(last === undefined ? address : `${address}?since=${encodeURIComponent(last)}`);
    if (failures === 0) set('grace', onSilence, GRACE);
    for (const type of ['hello', 'hint', 'beat'])
      source.addEventListener(type, (event) => {
        if (event instanceof MessageEvent) hear(event);
      });
    source.addEventListener('error', stumble);
    set('silence', fallSilent, SILENT_AT_FIRST);
  };
  return { join, leave, last: () => last };
}

/** Pages that were cut off together do not ask together. @param {number} ms at most */
export function spread(ms) {
  return ms * (0.75 + Math.random() / 4);
}

/** @param {unknown} data @returns {Hint} */
function hintIn(data) {
  /** @type {unknown} */
  const hint = JSON.parse(String(data));
  const machines = typeof hint === 'object' && hint !== null && 'machines' in hint ? hint.machines : undefined;
  return Array.isArray(machines) ? { machines: machines.map(String) } : { all: true };
}
