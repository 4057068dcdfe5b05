/** The query of the machines page: the address holds all of it, so that it can be kept and sent to others. */
import * as z from 'zod';
import { INSTANCE_STATES } from '../../domain/instance.ts';
import { joinListed } from '../../domain/listed.ts';
import { parseTags, TAGS_FORM, type Selector } from '../../domain/selector.ts';
import { quote } from '../../domain/parsed.ts';
import type { TellingSettings } from '../../domain/telling.ts';
import type { Sender } from '../../http/auth/sender.ts';
import { cursorAfter, MOST_TEXT } from '../../http/machine-schemas.ts';
import { toMachinesQuery, type AskedMachines } from '../../http/machines-query.ts';
import { ownNamesOf } from '../../http/own-names.ts';
import { ProblemError } from '../../http/problem.ts';
import { MACHINE_SORTS, type MachinesPage, type MachinesQuery } from '../../store/machine-port.ts';
import { sameList, type SameBy } from '../same.ts';

const text = z.string().max(MOST_TEXT, `expected at most ${MOST_TEXT} characters`);

export const machinesPageQuerySchema = z.object({
  text: text.optional().describe('A part of the id, the name, the owner, the type or a tag.'),
  owner: text.optional().describe('The owner, as the tag names them. `-`: without an owner.'),
  state: z.enum(INSTANCE_STATES).optional().describe("EC2's word for the state."),
  tag: text.optional().describe('A tag and its exact value, such as `team=ml`, or several, separated by commas.'),
  mine: z.enum(['true', 'false']).optional().describe('Only machines whose owner is the person who asks.'),
  sort: z.enum(MACHINE_SORTS).default('name'),
  down: z.enum(['true', 'false']).optional().describe('Sorts the other way around.'),
  page: z.coerce.number().int().min(1).max(10_000).default(1),
  did: text.optional().describe('The button that was pressed before, by a code: the page says how that ended.'),
});
export type MachinesPageQuery = z.output<typeof machinesPageQuerySchema>;

/** A page of the table. */
export const PAGE_SIZE = 1_000;

/** @throws ProblemError with 400, also for a sender who owns nothing, and asks for its own machines */
export function findsMachines(
  query: MachinesPageQuery,
  sender: Pick<Sender, 'name'>,
  { owners }: Pick<TellingSettings, 'owners'>,
): MachinesQuery {
  return toMachinesQuery(askedBy(query), query.mine === 'true' ? ownNamesOf(sender, owners) : undefined);
}

/** @throws ProblemError with 400 */
function askedBy(query: MachinesPageQuery): AskedMachines {
  const { owner, state, sort, down, page } = query;
  return {
    ...wordsOf(query),
    owner: owner === undefined ? undefined : [owner === NO_OWNER ? '' : owner.trim()],
    state: state === undefined ? undefined : [state],
    sort,
    order: down === 'true' ? 'desc' : 'asc',
    limit: PAGE_SIZE,
    offset: (page - 1) * PAGE_SIZE,
  };
}

const NO_OWNER = '-';

/**
 * A text in the field for tags that is no tag with its value is looked for like any text.
 *
 * @throws ProblemError with 400 if there is such a text besides
 */
function wordsOf({ text: part, tag }: MachinesPageQuery): { readonly text?: string; readonly tag?: Selector } {
  const words = part === undefined ? {} : { text: part };
  if (tag === undefined) return words;
  const read = parseTags(tag.replaceAll(/\s*([=,])\s*/g, '$1').trim());
  if (read.ok) return { ...words, tag: read.value };
  if (part === undefined) return { text: tag };
  throw new ProblemError(400, `tag: ${TAGS_FORM}, got ${quote(tag)}`);
}

/** Whether some machines are left out. */
export function isFiltered({ text: part, owner, state, tag, mine }: MachinesPageQuery): boolean {
  return mine === 'true' || [part, owner, state, tag].some((one) => one !== undefined);
}

/** The API and the command line give fewer machines than the page where they are not asked for more. */
const FEW = 100;

export function sameMachines(query: MachinesPageQuery, { total }: Pick<MachinesPage, 'total'>): SameBy {
  const { owner, state, mine, sort, down, page } = query;
  const { text: part, tag } = wordsOf(query);
  return sameList('/api/v1/machines', 'machines', [
    { name: 'text', value: part, option: '--text' },
    { name: 'owner', value: owner, api: owner === undefined ? undefined : joinListed([owner]), option: '--owner' },
    { name: 'state', value: state, option: '--state' },
    { name: 'tag', value: tag === undefined ? undefined : tellTags(tag), option: '--tag' },
    { name: 'mine', value: mine === 'true' ? mine : undefined, option: '--mine', isFlag: true },
    { name: 'sort', value: sort === 'name' ? undefined : sort, option: '--sort' },
    { name: 'order', value: down === 'true' ? 'desc' : undefined, option: '--descending', isFlag: true },
    { name: 'limit', value: total > FEW ? String(PAGE_SIZE) : undefined, option: '--limit' },
    { name: 'cursor', value: page === 1 ? undefined : cursorAfter((page - 1) * PAGE_SIZE), option: '--cursor' },
  ]);
}

function tellTags(tags: Selector): string {
  return Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join();
}

/** The address of the same page with some of it changed, as `?sort=owner`; what a button has done is not kept. */
export function addressOf(query: MachinesPageQuery, changes: Partial<MachinesPageQuery> = {}): string {
  const { did: _, ...kept } = { ...query, ...changes };
  const pairs = Object.entries(kept).filter(
    ([name, value]) =>
      value !== undefined && !(name === 'sort' && value === 'name') && !(name === 'page' && value === 1),
  );
  const parameters = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]));
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}
