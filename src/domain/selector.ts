/** Chooses machines by their tags. */
import type { Instance } from './instance.ts';
import { parsed, quote, unparsed, type Parsed } from './parsed.ts';

/** Tag keys with their exact values. An empty selector chooses every machine. */
export type Selector = Readonly<Record<string, string>>;

export function isSelected(selector: Selector, { tags }: Pick<Instance, 'tags'>): boolean {
  return Object.entries(selector).every(([key, value]) => Object.hasOwn(tags, key) && tags[key] === value);
}

/** `"team"="ml" and "stage"="dev"`, for messages. */
export function describeSelector(selector: Selector): string {
  return Object.entries(selector)
    .map(([key, value]) => `${quote(key)}=${quote(value)}`)
    .join(' and ');
}

/** The machines that a sender may act on: those of one selector, or those of any selector in a list. */
export type Only = Selector | readonly Selector[];

/** @param only absent: every machine */
export function isAmong(only: Only | undefined, machine: Pick<Instance, 'tags'>): boolean {
  return only === undefined || selectorsOf(only).some((selector) => isSelected(selector, machine));
}

/** Whether each machine of `narrow` is also one of `wide`, whatever tags it has. Absent: every machine. */
export function covers(wide: Only | undefined, narrow: Only | undefined): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined) return false;
  return selectorsOf(narrow).every((tags) => isAmong(wide, { tags }));
}

/** For messages, after `machines with`. */
export function describeOnly(only: Only): string {
  return selectorsOf(only).map(describeSelector).join(', or ');
}

/** Equal for the same selectors in any order. */
export function onlyKey(only: Only): string {
  return selectorsOf(only).map(selectorKey).toSorted().join(' or ');
}

/** The machines of any of these selectors, without the selectors that add none. */
export function anyOf(selectors: readonly Selector[]): Only {
  const wide = selectors.filter(
    (one, index) =>
      !selectors.some((other, at) => at !== index && covers(other, one) && (at < index || !covers(one, other))),
  );
  const [first] = wide;
  return first !== undefined && wide.length === 1 ? first : wide;
}

export function selectorsOf(only: Only): readonly Selector[] {
  return isList(only) ? only : [only];
}

function isList(only: Only): only is readonly Selector[] {
  return Array.isArray(only);
}

/** Equal for equal selectors in any order. */
export function selectorKey(selector: Selector): string {
  return JSON.stringify(Object.entries(selector).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

export const TAGS_FORM = 'expected tags such as team=ml or team=ml,stage=dev';

/** Reads tags as people write them. A value cannot have a comma. */
export function parseTags(text: string): Parsed<Selector> {
  const tags = text.split(',').map((part) => ({ part, equals: part.indexOf('=') }));
  const wrong = tags.find(({ equals }) => equals < 1);
  if (wrong !== undefined) return unparsed(`${TAGS_FORM}, got ${quote(wrong.part)}`);
  return parsed(Object.fromEntries(tags.map(({ part, equals }) => [part.slice(0, equals), part.slice(equals + 1)])));
}
