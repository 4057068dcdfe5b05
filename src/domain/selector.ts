/** Chooses machines by their tags. */
import type { Instance } from './instance.ts';
import { quote } from './parsed.ts';

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

/** The machines that somebody may act on: those of one selector, or those of any selector in a list. */
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
