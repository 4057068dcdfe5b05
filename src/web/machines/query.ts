/** The query of the machines page: the address holds all of it, so that it can be kept and sent to others. */
import * as z from 'zod';
import { INSTANCE_STATES } from '../../domain/instance.ts';
import { ownNames } from '../../domain/mine.ts';
import type { Selector } from '../../domain/selector.ts';
import type { TellingSettings } from '../../domain/telling.ts';
import { MACHINE_SORTS, type MachinesPage, type MachinesQuery } from '../../store/machine-port.ts';
import { sameList, type SameBy } from '../same.ts';

const text = z.string().max(300, 'expected at most 300 characters');

export const machinesPageQuerySchema = z.object({
  text: text.optional().describe('A part of the id, the name, the owner, the type or a tag.'),
  owner: text.optional().describe('The owner, as the tag names them.'),
  state: z.enum(INSTANCE_STATES).optional().describe("EC2's word for the state."),
  tag: text.optional().describe('A tag and its exact value, such as `team=ml`.'),
  mine: z.enum(['true', 'false']).optional().describe('Only machines whose owner is the person who asks.'),
  sort: z.enum(MACHINE_SORTS).default('name'),
  down: z.enum(['true', 'false']).optional().describe('Sorts the other way around.'),
  page: z.coerce.number().int().min(1).max(10_000).default(1),
  did: text.optional().describe('The button that was pressed before, by a code: the page says how that ended.'),
});
export type MachinesPageQuery = z.output<typeof machinesPageQuerySchema>;

/** A page of the table. */
export const PAGE_SIZE = 1_000;

export function toMachinesQuery(
  { text: part, owner, state, tag, mine, sort, down, page }: MachinesPageQuery,
  sender: string,
  { owners }: Pick<TellingSettings, 'owners'>,
): MachinesQuery {
  const own = mine === 'true' ? ownNames(sender, owners) : undefined;
  const only = tag === undefined ? undefined : selectorOf(tag);
  const asked = owner === undefined ? own : [owner];
  return {
    owners: asked,
    states: state === undefined ? undefined : [state],
    only,
    text: part ?? (only === undefined ? tag : undefined),
    sort,
    descending: down === 'true',
    limit: PAGE_SIZE,
    offset: (page - 1) * PAGE_SIZE,
  };
}

/** Undefined for a text without a value: it is looked for like any text. */
function selectorOf(tag: string): Selector | undefined {
  const at = tag.indexOf('=');
  return at <= 0 ? undefined : { [tag.slice(0, at).trim()]: tag.slice(at + 1).trim() };
}

/** Whether some machines are left out. */
export function isFiltered({ text: part, owner, state, tag, mine }: MachinesPageQuery): boolean {
  return mine === 'true' || [part, owner, state, tag].some((one) => one !== undefined);
}

/** The API and the command line give fewer machines than the page where they are not asked for more. */
const FEW = 100;

/** Later pages of the table are those of a cursor there, so the line is that of the first. */
export function sameMachines(query: MachinesPageQuery, { total }: Pick<MachinesPage, 'total'>): SameBy {
  const { text: part, owner, state, tag, mine, sort, down } = query;
  const isSelector = tag !== undefined && selectorOf(tag) !== undefined;
  return sameList('/api/v1/machines', 'machines', [
    { name: 'text', value: part ?? (isSelector ? undefined : tag), option: '--text' },
    { name: 'owner', value: owner, option: '--owner' },
    { name: 'state', value: state, option: '--state' },
    { name: 'tag', value: isSelector ? tag : undefined, option: '--tag' },
    { name: 'mine', value: mine === 'true' ? mine : undefined, option: '--mine', isFlag: true },
    { name: 'sort', value: sort === 'name' ? undefined : sort, option: '--sort' },
    { name: 'order', value: down === 'true' ? 'desc' : undefined, option: '--descending', isFlag: true },
    { name: 'limit', value: total > FEW ? String(PAGE_SIZE) : undefined, option: '--limit' },
  ]);
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
