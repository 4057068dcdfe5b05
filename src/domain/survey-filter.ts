/** Which machines of a place are watched. */
import type { Instance } from './instance.ts';
import { quote } from './parsed.ts';
import type { Selector } from './selector.ts';

export type SurveyFilter =
  /** Machines that have all of these tags, with any value where none is given. */
  | { readonly by: 'tags'; readonly tags: readonly WantedTag[] }
  /** Machines whose type begins with one of these, such as `g`. */
  | { readonly by: 'families'; readonly families: readonly string[] };

export interface WantedTag {
  readonly key: string;
  readonly value?: string;
}

/**
 * The beginnings of EC2's types with GPUs and other accelerators, such as `g6e.xlarge`, `p5.48xlarge`, `trn1.2xlarge`, `inf2.xlarge` and
 * `dl1.24xlarge` (EC2 instance types, "Accelerated computing"). No other type begins like these.
 */
const ACCELERATED = ['g', 'p', 'trn', 'inf', 'dl'] as const;

/**
 * @param only as configured; absent or empty: the machines with the tag that the guard requires, else those with accelerators
 */
export function watchedMachines(only: Selector | undefined, requireTag: WantedTag | undefined): SurveyFilter {
  const tags = Object.entries(only ?? {}).map(([key, value]) => ({ key, value }));
  if (tags.length > 0) return { by: 'tags', tags };
  return requireTag === undefined ? { by: 'families', families: ACCELERATED } : { by: 'tags', tags: [requireTag] };
}

/** EC2's own filters cannot say all that this one can. */
export function isSurveyed(filter: SurveyFilter, { tags, type }: Pick<Instance, 'tags' | 'type'>): boolean {
  switch (filter.by) {
    case 'tags':
      return filter.tags.every(
        ({ key, value }) => Object.hasOwn(tags, key) && (value === undefined || tags[key] === value),
      );
    case 'families':
      return filter.families.some((family) => type.startsWith(family));
  }
}

/** Completes `machines …`: `with the tag "ec2-operator"="allowed"`. */
export function describeSurvey(filter: SurveyFilter): string {
  switch (filter.by) {
    case 'tags': {
      const tags = filter.tags.map(({ key, value }) =>
        value === undefined ? quote(key) : `${quote(key)}=${quote(value)}`,
      );
      return `with the ${tags.length === 1 ? 'tag' : 'tags'} ${tags.join(' and ')}`;
    }
    case 'families':
      return `of the types ${filter.families.map((family) => `${family}*`).join(', ')}`;
  }
}
