// @ts-check
/*
 * Loads the parts of a page that take longer than the page may: `data-later="…"` is where such a part is read from. Without script, a
 * link leads there.
 */
for (const part of document.querySelectorAll('[data-later]')) if (part instanceof HTMLElement) void load(part);

/** @param {HTMLElement} part */
async function load(part) {
  part.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(part.dataset['later'] ?? '', { headers: { 'x-piece': 'part' } });
    if (!answer.ok || answer.redirected) return;
    const piece = new DOMParser().parseFromString(await answer.text(), 'text/html');
    part.replaceChildren(...piece.body.childNodes);
  } catch {
    // The link stays.
  } finally {
    part.removeAttribute('aria-busy');
  }
}
