/** What a decision was judged by, for "why" and for history. No guard reads it. */
import type { Judgement } from './guard.ts';
import type { Instance } from './instance.ts';
import type { VERDICTS } from './verdict.ts';

/** Equal for as long as the machine and the answers stay the same: times are told apart from it. */
export interface Circumstances {
  readonly machine: Pick<
    Instance,
    'id' | 'place' | 'state' | 'type' | 'availabilityZone' | 'tags' | 'rootDevice' | 'lifecycle' | 'managedBy'
  >;
  /** Of the guards that were asked. */
  readonly verdicts: Readonly<Record<string, (typeof VERDICTS)[number]>>;
}

/** When a machine was judged so. Times are milliseconds since the epoch. */
export interface JudgedBy {
  readonly circumstances: Circumstances;
  /** When the machine had been launched last. */
  readonly launchedAt: number;
  /** The version of the settings. */
  readonly settings: string;
}

export interface PastJudgement extends JudgedBy {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly times: number;
  /** When these settings were first in force; absent where that is forgotten. */
  readonly settingsSince?: number;
}

export function circumstancesOf(instance: Instance, { verdicts }: Pick<Judgement, 'verdicts'>): Circumstances {
  const { id, place, state, type, availabilityZone, tags, rootDevice, lifecycle, managedBy } = instance;
  const sorted = Object.entries(tags).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return {
    machine: {
      id,
      place,
      state,
      type,
      availabilityZone,
      tags: Object.fromEntries(sorted),
      rootDevice,
      ...(lifecycle === undefined ? {} : { lifecycle }),
      ...(managedBy === undefined ? {} : { managedBy }),
    },
    verdicts: Object.fromEntries(verdicts.map(({ guard, verdict }) => [guard, verdict])),
  };
}
