/**
 * Says how a press ended. The address of the next page has a word and an id, never a text: the page reads the rest from the store, and
 * says nothing where the store does not confirm it.
 */
import type { Machine } from '../../domain/machine.ts';
import { nameOf } from '../../domain/message-parts.ts';
import type { Operation } from '../../domain/operation.ts';
import { plain } from '../../domain/plain.ts';
import { INSTANCE_ID } from '../../domain/target.ts';
import { tellClause } from '../../domain/told-sentence.ts';
import { tellTime, type Reading } from '../../domain/told-time.ts';
import { tooLate } from '../../domain/too-late.ts';
import type { HttpParts } from '../../http/parts.ts';

export const DEEDS = ['asked', 'late', 'kept', 'released', 'extended', 'already'] as const;
type Deed = (typeof DEEDS)[number];

/** An operation of `asked` and `late`, a machine of the others. */
export interface Did {
  readonly deed: Deed;
  readonly id: string;
}

export interface Said {
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

export function codeOf({ deed, id }: Did): string {
  return `${deed}.${id}`;
}

const CODE = /^(?<deed>[a-z]+)\.(?<id>[\w-]{1,40})$/;

/** @param sender whose holds are meant */
export async function tellDid(
  parts: Pick<HttpParts, 'store' | 'clock'>,
  code: string | undefined,
  sender: string,
  reading: Reading,
): Promise<Said | undefined> {
  const { deed, id = '' } = CODE.exec(code ?? '')?.groups ?? {};
  const known = DEEDS.find((one) => one === deed);
  if (known === undefined) return undefined;
  if (known === 'asked' || known === 'late') {
    const operation = await parts.store.find(id);
    return operation === undefined ? undefined : tellOperation(operation, known, reading);
  }
  if (!INSTANCE_ID.test(id)) return undefined;
  const row = await parts.store.machine(id, parts.clock());
  return row === undefined ? undefined : tellMachine(parts, row.machine, known, sender, reading);
}

async function tellMachine(
  { store, clock }: Pick<HttpParts, 'store' | 'clock'>,
  machine: Machine,
  deed: Exclude<Deed, 'asked' | 'late'>,
  sender: string,
  reading: Reading,
): Promise<Said | undefined> {
  const name = nameOf(machine);
  switch (deed) {
    case 'kept':
    case 'released': {
      const holds = await store.holds({ machine: machine.id, limit: 100 }, clock());
      const own = holds.find(({ holder }) => holder === sender);
      if (deed === 'kept')
        return (
          own && {
            tone: 'good',
            text: `${name} is kept until ${tellTime(own.until, reading)}. ${isIdle(machine)}`.trimEnd(),
          }
        );
      if (own !== undefined) return undefined;
      const [other] = holds;
      const still =
        other === undefined ? '' : ` ${plain(other.who, 60)} still keeps it until ${tellTime(other.until, reading)}.`;
      return { tone: 'good', text: `You do not keep ${name} any more.${still}` };
    }
    case 'extended': {
      const [lease] = await store.leases({ machine: machine.id, limit: 1 });
      return lease && { tone: 'good', text: `The lease of ${name} ends at ${tellTime(lease.until, reading)}.` };
    }
    case 'already':
      return { tone: 'good', text: `Nothing was changed: ${name} is ${machine.state} already.` };
  }
}

/** A hold starts nothing. */
export function isIdle({ state }: Machine): string {
  return state === 'stopped' || state === 'stopping' ? `It is ${state}, and keeping it does not start it.` : '';
}

/** Without its stop a lease has no end. */
function isLeft({ intent }: Operation): string {
  return intent.cause.by === 'lease' ? ' Its lease has ended with it: nothing stops it at a set time any more.' : '';
}

function tellOperation(operation: Operation, deed: 'asked' | 'late', reading: Reading): Said {
  const { intent, instance, sentAt } = operation;
  const name = nameOf(instance ?? { id: intent.target.text });
  const { verb } = intent;
  if (deed === 'late')
    return sentAt === undefined
      ? { tone: 'good', text: `The ${verb} of ${name} was not sent.` }
      : {
          tone: 'bad',
          text: `Too late for ${name}: ${tellClause(tooLate(verb, { id: operation.id, sentAt }).message, reading)}`,
        };
  switch (operation.state) {
    case 'queued':
    case 'acting':
      return { tone: 'good', text: `The ${verb} of ${name} was asked for. You need not press again.` };
    case 'verifying':
      return { tone: 'good', text: `EC2 has accepted the ${verb} of ${name}. You need not press again.` };
    case 'waiting':
      return { tone: 'bad', text: `The ${verb} of ${name} waits: ${tellClause(operation.message, reading)}` };
    case 'succeeded':
      return { tone: 'good', text: `Done: ${tellClause(operation.message, reading)}` };
    case 'refused':
    case 'failed':
      return {
        tone: 'bad',
        text: `The ${verb} of ${name} was ${operation.state === 'failed' ? 'tried in vain' : 'refused'}: ${tellClause(operation.message, reading)}`,
      };
    case 'cancelled':
      return {
        tone: 'good',
        text: `The ${verb} of ${name} does not happen: ${tellClause(operation.message, reading)}${isLeft(operation)}`,
      };
  }
}
