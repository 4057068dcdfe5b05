/** The machines page: what is looked for, how many there are, and a row for each. */
import { html } from 'hono/html';
import { INSTANCE_STATES } from '../../domain/instance.ts';
import type { Viewer } from '../../domain/machine-view.ts';
import { priceOf, tellDollars, tellListed } from '../../domain/price.ts';
import { STATE_WORDS } from '../../domain/told-state.ts';
import type { MachineCounts, MachineSort, MachinesPage } from '../../store/machine-port.ts';
import type { Html } from '../page.ts';
import { emptyTable } from './empty.ts';
import { addressOf, isFiltered, PAGE_SIZE, type MachinesPageQuery } from './query.ts';
import type { TableFacts } from './table-facts.ts';

export function machinesTable(facts: TableFacts): Html {
  const { query, page } = facts;
  return html`<div class="head">
      <h1>Machines</h1>
      ${machineCounts(facts.counted, facts.viewer)}
    </div>
    ${filters(facts)}
    <div id="list">${page.rows.length === 0 ? emptyTable(facts) : table(facts)}</div>
    ${pager(query, page)}`;
}

/** `12 of 340; 3 running, $41.20 an hour at list price (us-east-1, 2026-07-20)` */
export function machineCounts({ total, known, running }: MachineCounts, { prices }: Pick<Viewer, 'prices'>): Html {
  const priced = running.flatMap((group) => {
    const price = priceOf(group, prices);
    return price === undefined ? [] : [{ ...group, ...price }];
  });
  const [all, ofKnownPrice] = [sumOf(running), sumOf(priced)];
  const sum = priced.reduce((so, group) => so + group.perHour * group.count, 0);
  const listed = tellListed(priced.map((price) => price.listed));
  const isMixed = priced.some(({ basis }) => basis === 'configured');
  const basis = listed === '' ? '' : `${isMixed ? ', some' : ''} at list price (${listed})`;
  const more = all > ofKnownPrice ? ` without ${count(all - ofKnownPrice)} of unknown price` : '';
  const cost = priced.length === 0 ? '' : `, ${tellDollars(sum)} an hour${basis}${more}`;
  return html`<p id="counts" data-live>
    ${total === known ? count(total) : `${count(total)} of ${count(known)}`}; ${count(all)} running${cost}
  </p>`;
}

function sumOf(groups: readonly { readonly count: number }[]): number {
  return groups.reduce((sum, group) => sum + group.count, 0);
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

function filters({ query, page, mayBeOwner }: TableFacts): Html {
  const owners = [...new Set(page.rows.flatMap(({ machine }) => machine.owner ?? []))].toSorted().slice(0, 200);
  const hidden = query.sort === 'name' ? '' : html`<input type="hidden" name="sort" value="${query.sort}" />`;
  const down = query.down === 'true' ? html`<input type="hidden" name="down" value="true" />` : '';
  const states = INSTANCE_STATES.filter((state) => state !== 'unknown').map(
    (state) =>
      html`<option value="${state}" ${query.state === state ? html` selected` : ''}>${STATE_WORDS[state]}</option>`,
  );
  const mine = html`<label class="check"
    ><input type="checkbox" name="mine" value="true" ${query.mine === 'true' ? html` checked` : ''} /> Mine</label
  >`;
  return html`<form class="filters" role="search" aria-label="Machines">
    ${hidden}${down}
    <div>
      <label for="text">Search</label>
      <input
        type="search"
        id="text"
        name="text"
        value="${query.text ?? ''}"
        placeholder="name, id, type, tag"
        maxlength="300"
      />
    </div>
    <div>
      <label for="owner">Owner</label>
      <input id="owner" name="owner" list="owners" value="${query.owner ?? ''}" autocomplete="off" maxlength="300" />
      <datalist id="owners">${owners.map((owner) => html`<option value="${owner}"></option>`)}</datalist>
    </div>
    <div>
      <label for="state">State</label>
      <select id="state" name="state">
        <option value="">any</option>
        ${states}
      </select>
    </div>
    <div>
      <label for="tag">Tag</label>
      <input id="tag" name="tag" value="${query.tag ?? ''}" placeholder="team=ml" autocomplete="off" maxlength="300" />
    </div>
    ${mayBeOwner ? mine : ''}
    <div class="go">
      <button>Filter</button
      >${isFiltered(query) ? html`<a class="button" href="./${sortOnly(query)}">Show all</a>` : ''}
    </div>
  </form>`;
}

function sortOnly({ sort, down }: MachinesPageQuery): string {
  return addressOf({ sort, down, page: 1 });
}

interface Column {
  readonly class: string;
  readonly label: string;
  readonly title?: string;
  readonly sort?: MachineSort;
}

const COLUMNS: readonly Column[] = [
  { class: 's', label: 'State', sort: 'state' },
  { class: 'm', label: 'Machine', sort: 'name' },
  { class: 'o', label: 'Owner', sort: 'owner' },
  { class: 'p', label: 'An hour', title: 'What an hour costs, at list price unless the configuration has a price' },
  { class: 'h', label: 'Last 24 h' },
  { class: 'n', label: 'What comes, and why', sort: 'stops' },
  { class: 'd', label: 'Last decision' },
  { class: 'a', label: 'Actions' },
];

function table(facts: TableFacts): Html {
  const { query, page, rows, viewer } = facts;
  const hasPrices = page.rows.some(({ machine }) => priceOf(machine, viewer.prices) !== undefined);
  return html`<form method="post" data-rows>
    <input type="hidden" name="back" value="${addressOf(query)}" />
    <table class="machines${hasPrices ? '' : ' free'}">
      <thead>
        <tr>
          ${COLUMNS.map((column) => heading(column.class === 'p' ? { ...column, label: priceLabel(facts) } : column, query))}
        </tr>
      </thead>
      <tbody id="machines" data-live-rows="machines/rows${addressOf(query)}">
        ${rows}
      </tbody>
    </table>
  </form>`;
}

/** A list price is labelled where it is read, as a title shows on no phone. */
function priceLabel({ page, viewer }: TableFacts): string {
  const bases = new Set(page.rows.flatMap(({ machine }) => priceOf(machine, viewer.prices)?.basis ?? []));
  if (!bases.has('list')) return 'An hour';
  return bases.size === 1 ? 'An hour, at list price' : 'An hour, some at list price';
}

function heading({ class: name, label, title, sort }: Column, query: MachinesPageQuery): Html {
  const note = title === undefined ? '' : html` title="${title}"`;
  if (sort === undefined) return html`<th scope="col" class="${name}" ${note}>${label}</th>`;
  const isSorted = query.sort === sort;
  const isDown = isSorted && query.down === 'true';
  const order = isSorted ? html` aria-sort="${isDown ? 'descending' : 'ascending'}"` : '';
  const to = addressOf(query, { sort, down: isSorted && !isDown ? 'true' : undefined, page: 1 });
  return html`<th scope="col" class="${name}" ${order}><a href="./${to}">${label}</a></th>`;
}

function pager(query: MachinesPageQuery, { total }: MachinesPage): Html | string {
  const pages = Math.ceil(total / PAGE_SIZE);
  if (pages <= 1) return '';
  const link = (page: number, label: string, rel: string): Html =>
    page >= 1 && page <= pages
      ? html`<a class="button" rel="${rel}" href="./${addressOf(query, { page })}">${label}</a>`
      : html``;
  return html`<nav class="pager" aria-label="Parts of the list">
    ${link(query.page - 1, 'Before', 'prev')}
    <span>Page ${query.page} of ${pages}</span> ${link(query.page + 1, 'Next', 'next')}
  </nav>`;
}
