/** The pauses that stand, for answers that are about something else. */
import { tellPause, type Pause } from '../domain/voice.ts';
import type { Store } from '../store/port.ts';
import { createKnown, type Known } from './known.ts';

/** Forgotten when a pause has begun or ended here. */
export type KnownPauses = Known<readonly Pause[]>;

export function createKnownPauses(store: Pick<Store, 'pauses'>, clock: () => number, now?: () => number): KnownPauses {
  const known = createKnown(async () => store.pauses(clock()), [], now);
  return {
    ...known,
    read: async () => {
      const pauses = await known.read();
      const at = clock();
      return pauses.filter(({ until = Infinity }) => until > at);
    },
  };
}

/** Every answer to a known sender has it while a pause stands. */
export const PAUSED_HEADER = 'Ec2-Operator-Paused';

/** `ada paused automatic starts and stops at …, until …: "the cluster moves"`, in printable ASCII; undefined without a pause. */
export function tellPauses(pauses: readonly Pause[]): string | undefined {
  const [first, ...others] = pauses;
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : `; and ${others.length} more`;
  return `${first.who} ${tellPause(first)}`.slice(0, LONGEST) + more;
}

/** A selector may have any number of tags. */
const LONGEST = 1_000;

/** For senders without a token: neither names nor reasons. */
export function tellThatPaused(pauses: readonly Pause[]): string | undefined {
  if (pauses.length === 0) return undefined;
  const ends = pauses.map(({ until = Infinity }) => until);
  const last = Math.max(...ends);
  const end = last === Infinity ? 'until a person ends that' : `until ${new Date(last).toISOString()}`;
  const which = pauses.every(({ only }) => only !== undefined) ? ' of some machines' : '';
  return `automatic starts and stops${which} are paused ${end}`;
}
