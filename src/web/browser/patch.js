// @ts-check
/*
 * Puts HTML that was read again in the place of what is shown. Only what differs is touched, so the person keeps focus, selection,
 * scroll, open menus and typed text.
 */

/** Attributes that belong to the person, or to another script, once the page is shown. */
const KEPT = new Set(['open', 'aria-busy', 'title']);

/** A button that has changed or moved under the finger is not pressed yet. In milliseconds. */
const UNSURE_MS = 600;
/** Less is no other row. In CSS pixels. */
const MOVED_PX = 8;
/** No row is lower. In CSS pixels. */
const ROW_PX = 32;

/**
 * By address: an answer that is shown as it was is not sent again. A patch by another answer ends that for all of them.
 *
 * @type {Map<string, string>}
 */
export const versions = new Map();

/** @type {WeakMap<Element, number>} When the meaning of a button has changed, or a row has moved. */
const changedAt = new WeakMap();

/** @type {Map<Element, number> | undefined} The rows in sight and where they stood, before the patches of this frame. */
let stood;

/** Rows grow with what they tell, and then those below move: a finger would meet the button of another machine. */
function noteRows() {
  if (stood !== undefined) return;
  /** @type {Map<Element, number>} */
  const before = new Map();
  stood = before;
  for (let y = 0; y < innerHeight; y += ROW_PX) {
    const row = document.elementFromPoint(innerWidth / 2, y)?.closest('tr[id]');
    if (row) before.set(row, row.getBoundingClientRect().top);
  }
  // The browser itself scrolls back what moved above the rows in sight, and that is done in the frame after this one.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const now = performance.now();
      for (const [row, top] of before)
        if (Math.abs(row.getBoundingClientRect().top - top) > MOVED_PX) changedAt.set(row, now);
      stood = undefined;
    }),
  );
}

/**
 * @param {Element} from what is shown
 * @param {Element} to what is to be shown, of another document
 */
export function patch(from, to) {
  const { activeElement } = document;
  const selection = document.getSelection();
  const { anchorNode = null, anchorOffset = 0, focusNode = null, focusOffset = 0 } = selection ?? {};
  const row = from.contains(activeElement) ? activeElement?.closest('tr') : undefined;
  noteRows();
  patchElement(from, to);
  if (activeElement instanceof HTMLElement && activeElement !== document.activeElement && activeElement.isConnected)
    activeElement.focus({ preventScroll: true });
  // Where its button is gone, the keyboard stays beside it, on what changes nothing.
  if (row?.isConnected === true && activeElement?.isConnected === false)
    row.querySelector('a')?.focus({ preventScroll: true });
  // The selection within a field is its own: set again from outside, it leaves the field, which then takes no letter any more.
  if (document.activeElement?.matches('input, textarea, select') === true) return;
  if (anchorNode?.isConnected === true && focusNode?.isConnected === true && anchorNode !== document.body)
    selection?.setBaseAndExtent(
      anchorNode,
      within(anchorNode, anchorOffset),
      focusNode,
      within(focusNode, focusOffset),
    );
}

/**
 * A row that has left the list stands until the table is left. The keyboard goes on from the nearest other one, on what changes nothing:
 * without a place it would begin the page again.
 *
 * @param {HTMLElement} row @param {boolean} isGone
 */
export function retire(row, isGone) {
  row.inert = isGone;
  if (!isGone || !row.contains(document.activeElement)) return;
  const other = nearest(row, 'nextElementSibling') ?? nearest(row, 'previousElementSibling');
  const place = other?.querySelector('a') ?? document.querySelector('main');
  place?.focus({ preventScroll: other === null });
}

/** @param {Element} row @param {'nextElementSibling' | 'previousElementSibling'} way @returns {Element | null} one that stays */
function nearest(row, way) {
  let other = row[way];
  while (other?.matches('[inert]') === true) other = other[way];
  return other;
}

/** @param {Node} node @param {number} offset */
function within(node, offset) {
  return Math.min(offset, node instanceof CharacterData ? node.length : node.childNodes.length);
}

/** @param {Element} from @param {Element} to */
function patchElement(from, to) {
  if (isTypedInto(from)) return;
  for (const name of from.getAttributeNames())
    if (!to.hasAttribute(name) && !KEPT.has(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes)
    if (from.getAttribute(name) !== value && !KEPT.has(name)) from.setAttribute(name, value);
  if (from instanceof HTMLButtonElement && from.textContent !== to.textContent) changedAt.set(from, performance.now());
  patchChildren(from, to);
}

/** @param {Element} from @param {Element} to */
function patchChildren(from, to) {
  const [shown, wanted] = [[...from.childNodes], [...to.childNodes]];
  const pairs = pairUp(shown.map(keyOf), wanted.map(keyOf));
  const kept = new Set(pairs.values());
  for (const [index, child] of shown.entries()) if (!kept.has(index)) child.remove();
  /** @type {ChildNode | null} */
  let next = from.firstChild;
  for (const [index, other] of wanted.entries()) {
    const same = shown[pairs.get(index) ?? -1];
    if (same === undefined) {
      insert(from, other, next);
      continue;
    }
    next = same.nextSibling;
    if (same instanceof Element && other instanceof Element) patchElement(same, other);
    else if (same.nodeValue !== other.nodeValue) same.nodeValue = other.nodeValue;
  }
}

/** @param {Element} parent @param {Node} other @param {Node | null} next */
function insert(parent, other, next) {
  const made = document.importNode(other, true);
  parent.insertBefore(made, next);
  if (!(made instanceof Element)) return;
  const now = performance.now();
  for (const button of [made, ...made.querySelectorAll('button')]) changedAt.set(button, now);
}

/** A button stays the one that it is: another one in its place would have its focus. @param {ChildNode} node */
function keyOf(node) {
  if (!(node instanceof Element)) return node.nodeName;
  if (node.id !== '') return `#${node.id}`;
  if (!(node instanceof HTMLButtonElement)) return node.nodeName;
  return ['BUTTON', node.getAttribute('formmethod'), node.getAttribute('formaction')].join();
}

/**
 * The longest sequence of equal keys that both lists have, so that as little as possible is made anew.
 *
 * @param {readonly string[]} shown @param {readonly string[]} wanted
 * @returns {Map<number, number>} from indices of `wanted` to those of `shown`
 */
function pairUp(shown, wanted) {
  /** @type {Map<number, number>} */
  const pairs = new Map();
  let begin = 0;
  let [ends, endw] = [shown.length, wanted.length];
  for (; begin < ends && begin < endw && shown[begin] === wanted[begin]; begin += 1) pairs.set(begin, begin);
  for (; ends > begin && endw > begin && shown[ends - 1] === wanted[endw - 1]; ends -= 1, endw -= 1)
    pairs.set(endw - 1, ends - 1);
  const width = endw - begin + 1;
  /** How many can be paired from here to the ends. */
  const counts = new Uint16Array((ends - begin + 1) * width);
  for (let s = ends - 1; s >= begin; s -= 1)
    for (let w = endw - 1; w >= begin; w -= 1) {
      const at = (s - begin) * width + (w - begin);
      const [down, right, both] = [counts[at + width] ?? 0, counts[at + 1] ?? 0, counts[at + width + 1] ?? 0];
      counts[at] = shown[s] === wanted[w] ? both + 1 : Math.max(down, right);
    }
  for (let [s, w] = [begin, begin]; s < ends && w < endw;) {
    const at = (s - begin) * width + (w - begin);
    if (shown[s] === wanted[w]) pairs.set(w++, s++);
    else if ((counts[at + width] ?? 0) >= (counts[at + 1] ?? 0)) s += 1;
    else w += 1;
  }
  return pairs;
}

/** @param {Element} field */
function isTypedInto(field) {
  if (field instanceof HTMLInputElement && (field.type === 'checkbox' || field.type === 'radio'))
    return field.checked !== field.defaultChecked;
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)
    return field === document.activeElement || field.value !== field.defaultValue;
  if (field instanceof HTMLSelectElement)
    return field === document.activeElement || [...field.options].some((one) => one.selected !== one.defaultSelected);
  return false;
}

document.addEventListener(
  'click',
  (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (button === null) return;
    // The keyboard stays with its button, wherever that goes.
    const row = event.detail > 0 ? button.closest('tr') : null;
    const changed = Math.max(...[button, row].map((one) => (one && changedAt.get(one)) ?? -Infinity));
    if (performance.now() - changed > UNSURE_MS) return;
    event.preventDefault();
    event.stopPropagation();
    button.dispatchEvent(new Event('unpressed', { bubbles: true }));
  },
  true,
);
