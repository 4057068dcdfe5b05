// @ts-check
/*
 * The script of the pages behind links. A press counts only where the browser says that a person made it: programs that look at
 * links for viruses run scripts, submit forms and call click().
 */

/** The server takes no press that comes sooner after its page, in milliseconds. */
const YOUNGEST_MS = 2_100;
const LOOK_EVERY_MS = 2_000;
/** An older page may tell what is no longer so. */
const OLD_MS = 5 * 60_000;

const readAt = performance.now();

/** Loads the page afresh. After a press, `location.reload()` would send its form once more. */
function renew() {
  location.replace(location.pathname);
}

/** When the page came from the server. */
function cameAt() {
  const [entry] = performance.getEntriesByType('navigation');
  return entry instanceof PerformanceNavigationTiming ? entry.responseStart : 0;
}

/** @param {HTMLButtonElement} button */
function press(button) {
  const { form } = button;
  const nonce = form?.elements.namedItem('nonce');
  const pressed = form?.elements.namedItem('pressed');
  if (form === null || !(nonce instanceof HTMLInputElement) || !(pressed instanceof HTMLInputElement)) return;
  // One choice at a time: over a slow network, a second one would be sent beside it.
  if (form.querySelector('[aria-busy="true"]') !== null) return;
  button.setAttribute('aria-busy', 'true');
  pressed.value = nonce.value;
  setTimeout(() => form.requestSubmit(button), Math.max(0, cameAt() + YOUNGEST_MS - performance.now()));
}

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  if (button === null) return;
  if (button.dataset['copy'] !== undefined) {
    void copy(button, button.dataset['copy']);
    return;
  }
  if (button.form === null) return;
  event.preventDefault();
  if (event.isTrusted) press(button);
});

/**
 * @param {HTMLButtonElement} button
 * @param {string} text
 */
async function copy(button, text) {
  await navigator.clipboard.writeText(text);
  button.textContent = 'Copied';
}

// Browsers offer the clipboard to pages over HTTPS only.
function offerCopying() {
  if (!('clipboard' in navigator)) return;
  for (const button of document.querySelectorAll('button[data-copy]')) button.removeAttribute('hidden');
}

/** The part of the page that changes by itself comes from the server as it is shown. */
async function refresh() {
  const live = document.querySelector('[data-live]');
  if (live === null) return;
  const path = location.pathname.replace(/\/+$/, '');
  try {
    const response = await fetch(`${path}/state`, { cache: 'no-store', redirect: 'error' });
    if (response.status === 404 || response.status === 410) renew();
    if (response.ok) show(live, await response.text());
  } catch {
    // The network is away for a moment.
  }
  setTimeout(() => void refresh(), LOOK_EVERY_MS);
}

/**
 * @param {Element} live
 * @param {string} text
 */
function show(live, text) {
  const fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('section');
  if (fresh === null || fresh.outerHTML === live.outerHTML || live.contains(document.activeElement)) return;
  document.title = fresh.dataset['title'] ?? document.title;
  // A screen reader is told of changes within an element, and not of another element in its place.
  live.replaceChildren(...fresh.childNodes);
  if (fresh.dataset['live'] === undefined) live.removeAttribute('data-live');
  offerCopying();
}

addEventListener('pageshow', (event) => {
  if (event.persisted) renew();
});
document.addEventListener('visibilitychange', () => {
  const isOld = performance.now() - readAt > OLD_MS;
  if (document.visibilityState === 'visible' && isOld && document.querySelector('form') !== null) renew();
});

offerCopying();
setTimeout(() => void refresh(), LOOK_EVERY_MS);
