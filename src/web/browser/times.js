// @ts-check
/* Keeps "3 min ago" true while the page is open, in the words of the server (`domain/ago.ts`), and shows the time to the mouse. */

const RELATIVE = /^(?:just now|in moments|\d+ (?:d|h|min) ago|in \d+ (?:d|h|min))$/;
const UNITS = /** @type {const} */ ([
  ['d', 86_400_000, 2 * 86_400_000],
  ['h', 3_600_000, 3_600_000],
  ['min', 60_000, 60_000],
]);
/** Milliseconds. */
const EVERY = 10_000;

/** @param {number} ms since then; negative before it */
export function tellAgo(ms) {
  const unit = UNITS.find(([, , least]) => Math.abs(ms) >= least);
  if (unit === undefined) return ms < 0 ? 'in moments' : 'just now';
  const [name, size] = unit;
  const span = `${Math.floor(Math.abs(ms) / size)} ${name}`;
  return ms < 0 ? `in ${span}` : `${span} ago`;
}

/** Each knows the abbreviations of its people, as in `domain/told-time.ts`. */
const LOCALES = ['en-GB', 'en-US', 'en-CA', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA'];

/** `CET` where there is such a name, otherwise the zone as it is configured. @param {number} at @param {string} zone */
function nameZone(at, zone = new Intl.DateTimeFormat().resolvedOptions().timeZone) {
  for (const locale of LOCALES) {
    const parts = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' }).formatToParts(at);
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    if (/^[A-Z]{2,5}$/.test(name)) return name;
  }
  return /^[+-]/.test(zone) ? `UTC${zone}` : zone;
}

/** `14:32 CET`. @param {number} at @param {string} [zone] */
export function tellClock(at, zone) {
  const inZone = zone === undefined ? {} : { timeZone: zone };
  const time = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...inZone });
  return `${time.format(at)} ${nameZone(at, zone)}`;
}

function tick() {
  if (document.hidden) return;
  const now = Date.now();
  for (const element of document.querySelectorAll('time, time *')) {
    const { firstChild: text } = element;
    const time = element.closest('time')?.dateTime;
    if (!(text instanceof Text) || !RELATIVE.test(text.data.trim()) || time === undefined) continue;
    const told = tellAgo(now - Date.parse(time));
    if (text.data.trim() !== told) text.data = text.data.replace(/\S.*\S/, told);
  }
}

document.addEventListener('pointerover', ({ target }) => {
  if (target instanceof HTMLTimeElement && target.title === '')
    target.title = new Date(target.dateTime).toLocaleString();
});
document.addEventListener('visibilitychange', tick);
setInterval(tick, EVERY);
