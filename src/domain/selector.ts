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

/** Equal for equal selectors in any order. */
export function selectorKey(selector: Selector): string {
  return JSON.stringify(Object.entries(selector).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
