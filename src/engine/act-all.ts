/** A start or stop of many instances goes on without the instances that make it fail. */
import { blamedIds, meaningOf } from '../ec2/error-table.ts';
import { Ec2Error, type Accepted } from '../ec2/port.ts';
import type { LastLook } from './last-look.ts';

/** EC2's answer for one instance of the call. */
export type CallAnswer =
  | ({ readonly outcome: 'accepted' } & Accepted)
  | { readonly outcome: 'failed'; readonly error: unknown };

export interface ActCall {
  /** The look before each call. An instance in neither list is held back, and the last look says why. */
  readonly lookBefore: LastLook<never>['before'];
  /** @param onChosen told which of the instances the call is made for; the last look holds the others back */
  readonly act: (ids: readonly string[], onChosen: (chosen: readonly string[]) => void) => Promise<Accepted>;
  /** Waits until EC2's rate limit has room for one more call. */
  readonly admit: () => Promise<unknown>;
}

type Ids = readonly string[];

/**
 * So many instances may be denied one by one, none accepted in between. Then the call itself counts as denied: the rest is asked
 * for once more, each part as a whole. A missing permission for a thousand machines would cost two thousand calls.
 */
const MAX_DENIALS = 8;

/**
 * EC2 carries a batch out as a whole or fails as a whole. After an error that may be one instance's, the others go on without it:
 * by name where EC2 names it, otherwise by halves. An error that blames the call ends it for all.
 */
export async function actAll(call: ActCall, ids: Ids): Promise<Map<string, CallAnswer>> {
  const answers = new Map<string, CallAnswer>();
  const answerFor = (some: Ids, answer: CallAnswer): void => some.forEach((id) => answers.set(id, answer));
  const parts: Ids[] = [ids];
  let denials = 0;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    let asked: Ids = part;
    try {
      const isFirstCall = part === ids;
      if (!isFirstCall) await call.admit();
      const { moved, right } = await call.lookBefore(part, isFirstCall);
      answerFor(moved, { outcome: 'accepted' });
      asked = right;
      if (asked.length === 0) continue;
      const accepted = await call.act(right, (chosen) => (asked = chosen));
      answerFor(asked, { outcome: 'accepted', ...accepted });
      if (asked.length > 0) denials = 0;
    } catch (error) {
      // A denial is final, and every instance of the call may get it alike.
      const isDenial = error instanceof Ec2Error && meaningOf(error).outcome.state === 'failed';
      const { guilty, left } = isDenial && denials >= MAX_DENIALS ? whole(asked) : isolate(asked, error);
      answerFor(guilty, { outcome: 'failed', error });
      parts.unshift(...left);
      if (guilty.length > 0) denials = isDenial ? denials + guilty.length : 0;
    }
  }
  return answers;
}

/** The instances that an error is the answer for, and what is asked for again without them. */
interface Isolated {
  readonly guilty: Ids;
  readonly left: readonly Ids[];
}

function isolate(ids: Ids, error: unknown): Isolated {
  if (!(error instanceof Ec2Error) || ids.length === 1 || meaningOf(error).blame === 'call') return whole(ids);
  const named = blamedIds(error).filter((id) => ids.includes(id));
  if (named.length > 0 && named.length < ids.length)
    return { guilty: named, left: [ids.filter((id) => !named.includes(id))] };
  const middle = Math.ceil(ids.length / 2);
  return { guilty: [], left: [ids.slice(0, middle), ids.slice(middle)] };
}

function whole(ids: Ids): Isolated {
  return { guilty: ids, left: [] };
}
