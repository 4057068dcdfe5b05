/** The parts that pages of records share: times, filters, pages of a list, and what an empty list says. */
import { html } from 'hono/html';
import { tellAgo } from '../../domain/ago.ts';
import { tellTime, type Reading } from '../../domain/told-time.ts';
import { isTracking } from '../../http/query.ts';
import type { Html } from '../page.ts';

/** `14:30 CET`, and beside it how long ago that was. */
export function when(at: number, reading: Reading): Html {
  const told = tellTime(at, reading);
  return html`<time datetime="${new Date(at).toISOString()}">${told} <small>${tellAgo(at, reading.now)}</small></time>`;
}

/** As the API and the command line read times. */
export function instantOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

export type Tone = 'good' | 'warn' | 'bad' | 'act' | 'faint';

/** Beside what does not change by itself on an open page. Without script, too, the link loads the page again. */
export function asOf({ now, zone }: Reading): Html {
  return html`<p class="faint">As of ${tellTime(now, { now, zone })}; <a href="">load again</a></p>`;
}

/** A state by its picture and its word: colour alone tells nobody anything. */
export function badge(word: string, tone: Tone): Html {
  return html`<span class="badge ${tone}"><span class="dot" aria-hidden="true"></span>${word}</span>`;
}

/** One field of a filter. */
export type Field =
  | {
      readonly name: string;
      readonly label: string;
      readonly options: readonly (readonly [value: string, word: string])[];
    }
  | {
      readonly name: string;
      readonly label: string;
      readonly type: 'search' | 'datetime-local';
      readonly placeholder?: string;
    };

/** A form that works without script: its address is the filter, so it can be kept and sent to others. */
export function filters(path: string, given: URLSearchParams, fields: readonly Field[]): Html {
  const isFiltered = fields.some(({ name }) => (given.get(name) ?? '') !== '');
  return html`<form class="filters" method="get" action="${path}" role="search">
    ${fields.map((field) => fieldOf(field, given.get(field.name) ?? ''))}
    <div class="go">
      <button>Filter</button>${isFiltered ? html`<a class="button" href="${path}">Show all</a>` : ''}
    </div>
  </form>`;
}

function fieldOf(field: Field, value: string): Html {
  const { name, label } = field;
  const id = `filter-${name}`;
  if ('options' in field)
    return html`<div>
      <label for="${id}">${label}</label>
      <select id="${id}" name="${name}">
        <option value="">any</option>
        ${field.options.map(
          ([option, word]) =>
            html`<option value="${option}" ${option === value ? html`selected` : ''}>${word}</option>`,
        )}
      </select>
    </div>`;
  const { type, placeholder = '' } = field;
  return html`<div>
    <label for="${id}">${label}</label>
    <input id="${id}" type="${type}" name="${name}" value="${value}" placeholder="${placeholder}" autocomplete="off" />
  </div>`;
}

/** Lists are read from the newest to the oldest. */
export function pager(path: string, given: URLSearchParams, cursor: string | undefined): Html {
  const isFirst = (given.get('cursor') ?? '') === '';
  if (isFirst && cursor === undefined) return html``;
  const newest = isFirst ? '' : html`<a class="button" href="${path}${queryOf(given, undefined)}">Newest</a>`;
  const older =
    cursor === undefined ? '' : html`<a class="button" rel="next" href="${path}${queryOf(given, cursor)}">Older</a>`;
  return html`<nav class="pager" aria-label="Pages of the list">${newest}${older}</nav>`;
}

function queryOf(given: URLSearchParams, cursor: string | undefined): string {
  const query = new URLSearchParams([...given].filter(([name, value]) => value !== '' && name !== 'cursor'));
  if (cursor !== undefined) query.set('cursor', cursor);
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** Says what to do next, or that the filter fits nothing. */
export function empty(isFiltered: boolean, next: string, path: string): Html {
  if (!isFiltered) return html`<p class="empty">${next}</p>`;
  return html`<p class="empty">Nothing fits this filter. <a href="${path}">Show all</a></p>`;
}

export function isFilteredBy(given: URLSearchParams): boolean {
  return [...given].some(([name, value]) => value !== '' && name !== 'cursor' && name !== 'limit' && !isTracking(name));
}

/** Pairs of a name and a value; those without a value are left out. */
export function facts(pairs: readonly (readonly [name: string, value: Html | string | undefined])[]): Html {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== '');
  return html`<dl class="facts">
    ${shown.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value ?? ''}</dd>
        </div>`,
    )}
  </dl>`;
}
