/** A machine in words, and what a person may do with it now. Pages, the API and the command line say the same. */
import { endOfTag, type Brakes } from './coming-stop.ts';
import { readHoldTag } from './hold-tag.ts';
import { actionsOn, type Action } from './machine-actions.ts';
import { isOld, type MachineRow } from './machine.ts';
import { tellDecision, tellNext, tellWhy, type Decision, type Next } from './machine-words.ts';
import { plain } from './plain.ts';
import { priceOf, type Price, type Prices } from './price.ts';
import type { Grant } from './scope.ts';
import { STATE_TONES, type StateTone } from './state-tone.ts';
import { tellTime, type Reading } from './told-time.ts';
import { STATE_WORDS } from './told-state.ts';
import { tellHolder } from './voice.ts';

/** Who looks, and when. */
export interface Viewer {
  readonly reading: Reading;
  /** As records name her. */
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly prices: Prices;
  readonly brakes: Brakes;
  /** As long is the lease of a start that does not say how long; absent: it has no end. In milliseconds. */
  readonly defaultLeaseMs?: number;
}

/** All texts are harmless and short. */
export interface MachineView {
  readonly id: string;
  /** Its tag `Name`, else its id. */
  readonly name: string;
  readonly type: string;
  readonly owner?: string;
  readonly state: { readonly word: string; readonly tone: StateTone; readonly since: number };
  /** When it was seen last, if its state is old. */
  readonly seenAt?: number;
  readonly price?: Price;
  /** Why it is to stop, or was stopped: what was observed, as the alert words it. */
  readonly why?: string;
  /** What happens to it by itself. */
  readonly next?: Next;
  /** By whom it is kept running. */
  readonly kept: readonly Kept[];
  readonly decision: Decision;
  readonly actions: readonly Action[];
}

export type Kept =
  | { readonly by: 'hold' | 'lease'; readonly who: string; readonly until: number; readonly reason?: string }
  /** Its own tag. Without `until` it has no end. */
  | { readonly by: 'tag'; readonly until?: number };

const MAX_NAME = 80;

export function viewMachine(row: MachineRow, viewer: Viewer): MachineView {
  const { machine } = row;
  const { reading, prices, brakes } = viewer;
  const price = priceOf(machine, prices);
  const why = tellWhy(row, reading);
  const next = tellNext(row, brakes, reading);
  const owner = plain(machine.owner ?? '', MAX_NAME);
  return {
    id: machine.id,
    name: plain(machine.name ?? '', MAX_NAME) || machine.id,
    type: plain(machine.type, MAX_NAME),
    ...(owner === '' ? {} : { owner }),
    state: { word: STATE_WORDS[machine.state], tone: STATE_TONES[machine.state], since: machine.since },
    ...(isOld(machine.seenAt, reading.now) ? { seenAt: machine.seenAt } : {}),
    ...(price === undefined ? {} : { price }),
    ...(why === undefined ? {} : { why }),
    ...(next === undefined ? {} : { next }),
    kept: keptBy(row, brakes, reading.now),
    decision: tellDecision(row, reading),
    actions: actionsOn(row, viewer),
  };
}

/** A hold or a lease that is over, or ends right now, keeps nothing. */
function keptBy({ machine, hold, lease }: MachineRow, { guards }: Brakes, now: number): readonly Kept[] {
  const tag = readHoldTag(machine.tags, guards, now);
  return [
    ...(hold === undefined || hold.until <= now ? [] : [{ by: 'hold', ...keptOf(hold) } as const]),
    ...(tag === undefined ? [] : [{ by: 'tag', ...endOfTag(tag) } as const]),
    ...(lease === undefined || lease.isStopping === true ? [] : [{ by: 'lease', ...keptOf(lease) } as const]),
  ];
}

interface Keeping {
  readonly who: string;
  readonly until: number;
  readonly why?: string;
}

function keptOf({ who, until, why }: Keeping): {
  readonly who: string;
  readonly until: number;
  readonly reason?: string;
} {
  const reason = plain(why ?? '', 200);
  return { who: plain(tellHolder({ who }), MAX_NAME), until, ...(reason === '' ? {} : { reason }) };
}

/** Such as `Kept by pia until 18:00 CET: “a demo”`. */
export function tellKept(kept: Kept, reading: Reading): string {
  const until = kept.until === undefined ? '' : ` until ${tellTime(kept.until, reading)}`;
  switch (kept.by) {
    case 'tag':
      return `Held by its tag${until}`;
    case 'hold':
    case 'lease':
      return `${kept.by === 'hold' ? 'Kept by' : 'Lease of'} ${kept.who}${until}${kept.reason === undefined ? '' : `: “${kept.reason}”`}`;
  }
}
