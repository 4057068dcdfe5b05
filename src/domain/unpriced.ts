/** Why saved hours of a replay have no dollars, or not all of them: in sentences for people. */
import { quote } from './parsed.ts';
import type { PastUse } from './past-use.ts';
import { LINUX, ON_DEMAND_LINUX, priceOf, type Priced, type Prices } from './price.ts';

/** More types than these are counted. */
const MOST_TYPES = 5;

/** @returns no sentence where each machine has a price */
export function tellUnpriced(past: readonly PastUse[], prices: Prices): readonly string[] {
  const kinds = new Set<string>();
  let [mixed, untyped, unlisted] = [0, 0, 0];
  for (const { type, isMixed, ...machine } of past) {
    if (isMixed === true) mixed += 1;
    else if (type === undefined) untyped += 1;
    else if (priceOf({ billing: ON_DEMAND_LINUX, ...machine, type }, prices) === undefined) {
      unlisted += 1;
      kinds.add(kindOf(type, machine));
    }
  }
  return [
    ...(untyped === 0 ? [] : [`the instance type of ${count(untyped)} is not known`]),
    ...(mixed === 0
      ? []
      : [`${count(mixed)} had more than one instance type, and which hours were of which is not known`]),
    ...(unlisted === 0
      ? []
      : [`no price is known of ${listed([...kinds])} (${count(unlisted)}): prices of a configuration can name it`]),
  ];
}

/** `g5.xlarge`, `g5.xlarge (spot)`, `g5.xlarge (Windows)`: machines of one type may have different prices. */
function kindOf(type: string, { lifecycle, billing }: Priced): string {
  const name = /^[\w.-]{1,80}$/.test(type) ? type : quote(type);
  const how = lifecycle ?? (billing === undefined || billing.usage === LINUX ? undefined : billing.system);
  return how === undefined ? name : `${name} (${how})`;
}

function listed(kinds: readonly string[]): string {
  const rest = kinds.length - MOST_TYPES;
  return [...kinds.slice(0, MOST_TYPES), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}

function count(machines: number): string {
  return `${machines} ${machines === 1 ? 'machine' : 'machines'}`;
}
