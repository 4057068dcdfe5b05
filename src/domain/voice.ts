/** The voice of people: holds, a lease and pauses. Automatic operations wait for their ends. */
import type { Instance, Place } from './instance.ts';
import { quote } from './parsed.ts';
import { describeSelector, isSelected, onlyKey, type Selector } from './selector.ts';

/** A person's "keep it running until then". There is one for each machine and holder. */
export interface Hold {
  readonly instance: string;
  /** The token's name, and which of its holds it is: `pia`, or `pia (run-3f9a)`. */
  readonly holder: string;
  readonly who: string;
  /** Milliseconds since the epoch, like every time here. */
  readonly since: number;
  readonly until: number;
  readonly why?: string;
  /** Unknown where EC2 could not be asked. */
  readonly place?: Place;
  /** The tag `Name`. */
  readonly name?: string;
}

/** The agreed stop time of a machine that was started for a while. */
export interface Lease {
  readonly id: string;
  readonly instance: string;
  /** When it was made, with the machine running. */
  readonly since: number;
  readonly until: number;
  /** How long it was asked for: a person's next start begins a fresh lease of this length. In milliseconds. */
  readonly lengthMs: number;
  readonly who: string;
  readonly why?: string;
  readonly place?: Place;
  readonly name?: string;
  /** Of a lease that has come to its end: its own stop is under way. */
  readonly isStopping?: true;
}

/** "No automatic starts and stops for now", for all machines or for those with some tags. */
export interface Pause {
  readonly id: string;
  readonly only?: Selector;
  /** Absent: until it is ended. */
  readonly until?: number;
  readonly who: string;
  readonly why: string;
  readonly createdAt: number;
}

/** A proxy, or a client, sends again what it got no answer to within this time, in milliseconds. */
const AGAIN_MS = 60_000;

/**
 * The pause that has come twice: of the same person, in the same words, and as long.
 *
 * @returns it with the later of the two ends; undefined where the two are different pauses
 */
export function joinPauses(earlier: Pause, later: Pause): Pause | undefined {
  const apart = later.createdAt - earlier.createdAt;
  const longer = (later.until ?? 0) - (earlier.until ?? 0);
  const isSame =
    earlier.who === later.who &&
    earlier.why === later.why &&
    onlyKey(earlier.only ?? {}) === onlyKey(later.only ?? {}) &&
    (earlier.until === undefined) === (later.until === undefined) &&
    Math.max(Math.abs(apart), Math.abs(longer)) < AGAIN_MS;
  if (!isSame) return undefined;
  return longer > 0 && later.until !== undefined ? { ...earlier, until: later.until } : earlier;
}

/** Begins the holder of a lease that an alert has asked for. The name of no token has a space. */
export const ALERT_HOLDER = 'alert ';

/** For messages: an alert's name can be any text. */
export function tellHolder({ who }: Pick<Lease, 'who'>): string {
  return who.startsWith(ALERT_HOLDER) ? `${ALERT_HOLDER}${quote(who.slice(ALERT_HOLDER.length))}` : who;
}

export interface Voice {
  readonly holds: readonly Hold[];
  readonly lease?: Lease;
  readonly pauses: readonly Pause[];
}

export const SILENCE: Voice = { holds: [], pauses: [] };

/** How far EC2's clock may be ahead of ours, in milliseconds. */
const SKEW_MS = 60_000;

/** A machine that was launched after its lease had begun was stopped meanwhile. */
export function isOver({ since }: Lease, { launchedAt }: Pick<Instance, 'launchedAt'>): boolean {
  return launchedAt > since + SKEW_MS;
}

/** `paused automatic starts and stops at 2026-11-26T18:00:00.000Z, until it is ended: "the cluster moves"`, behind a name. */
export function tellPause({ only, until, why, createdAt }: Pause): string {
  const which = only === undefined ? '' : ` of machines with ${describeSelector(only)}`;
  const end = until === undefined ? 'until it is ended' : `until ${new Date(until).toISOString()}`;
  return `paused automatic starts and stops${which} at ${new Date(createdAt).toISOString()}, ${end}: ${quote(why)}`;
}

/** Equal where people say the same: what has ended, begun or changed makes another key. */
export function voiceKey({ holds, lease, pauses }: Voice): string {
  const said = [
    ...holds.map(({ holder, until }) => ['hold', holder, until]),
    ...(lease === undefined ? [] : [['lease', lease.id, lease.until]]),
    ...pauses.map(({ id }) => ['pause', id]),
  ];
  return JSON.stringify(said.map((each) => JSON.stringify(each)).toSorted());
}

export function isPausing({ only, until = Infinity }: Pause, instance: Pick<Instance, 'tags'>, now: number): boolean {
  return until > now && isSelected(only ?? {}, instance);
}
