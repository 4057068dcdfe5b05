/** `/audit`: who has asked for what, and what was done about it. */
import { html } from 'hono/html';
import { plain } from '../../domain/plain.ts';
import type { Reading } from '../../domain/told-time.ts';
import type { AuditPageQuery } from '../../http/audit-schemas.ts';
import type { HttpParts } from '../../http/parts.ts';
import { ProblemError } from '../../http/problem.ts';
import type { SenderInput } from '../../http/route.ts';
import { findEntries } from '../../http/routes/audit.ts';
import type { AuditEntry } from '../../store/audit-entry.ts';
import { answerFramed, readingOf } from '../frame.ts';
import { rootOf, type Html } from '../page.ts';
import { partShown, sameList } from '../same.ts';
import { EVENT_WORDS, tellEntry } from './audit-words.ts';
import { readLocalTime } from './local-time.ts';
import { asOf, empty, filters, instantOf, isFilteredBy, pager, when, type Field } from './parts.ts';

const EMPTY = 'Nothing is recorded yet. Every request, and every step that it leads to, is listed here.';

export async function showAudit(parts: HttpParts, input: SenderInput<unknown, AuditPageQuery>): Promise<Response> {
  const { request, sender, query } = input;
  const { since, until, ...others } = query;
  const [root, given] = [rootOf(request), new URL(request.url).searchParams];
  const path = `${root}audit`;
  const times = {
    since: since === undefined ? undefined : readTime('since', since, parts.zone),
    until: until === undefined ? undefined : readTime('until', until, parts.zone),
  };
  const { entries, cursor } = await findEntries(parts, sender, { ...others, ...times });
  const reading = readingOf(parts);
  const names = await namesOf(parts, entries);
  const list = html`<ol class="records">
    ${entries.map((entry) => row(entry, names, root, reading))}
  </ol>`;
  return answerFramed(parts, input, {
    title: 'Audit',
    nav: 'audit',
    body: html`<h1>Audit</h1>
      <p class="lead">
        Who has asked for what, and every step that came of it. Entries are never changed; what repeats one is counted
        there.
      </p>
      ${filters(path, given, fieldsOf(parts.zone))} ${asOf(reading)}
      ${entries.length === 0 ? empty(isFilteredBy(given), EMPTY, path) : list} ${pager(path, given, cursor)}`,
    same: sameList('/api/v1/audit', 'audit', [
      { name: 'who', value: others.who, option: '--who' },
      { name: 'machine', value: others.machine, option: '--machine' },
      { name: 'event', value: others.event, option: '--event' },
      { name: 'operation', value: others.operation, option: '--operation' },
      { name: 'since', value: instantOf(times.since), option: '--since' },
      { name: 'until', value: instantOf(times.until), option: '--until' },
      ...partShown(query, given.get('cursor') ?? undefined, entries.length),
    ]),
  });
}

function fieldsOf(zone: string): readonly Field[] {
  return [
    { name: 'who', label: 'Who', type: 'search', placeholder: 'token or person' },
    { name: 'machine', label: 'Machine', type: 'search', placeholder: 'id or name' },
    { name: 'event', label: 'What', options: Object.entries(EVENT_WORDS) },
    { name: 'since', label: `From (${zone})`, type: 'datetime-local' },
    { name: 'until', label: `Until (${zone})`, type: 'datetime-local' },
  ];
}

/** @throws ProblemError with 400 */
function readTime(name: string, text: string, zone: string): number {
  const time = readLocalTime(text, zone);
  if (time !== undefined) return time;
  throw new ProblemError(400, `${name}: expected a time such as 2026-11-22T18:00, got ${plain(text, 40)}`);
}

function repeated({ times, lastAt }: AuditEntry, reading: Reading): Html | string {
  if (times === undefined || lastAt === undefined) return '';
  return html` <span class="faint">${times} times, last ${when(lastAt, reading)}</span>`;
}

/** By instance id, as far as the watch has seen them. */
async function namesOf(
  { store, clock }: HttpParts,
  entries: readonly AuditEntry[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(entries.flatMap(({ instance }) => instance ?? []));
  const rows = await store.machineRows([...ids], clock());
  return new Map(rows.flatMap(({ machine: { id, name } }) => (name === undefined ? [] : [[id, name] as const])));
}

function row(entry: AuditEntry, names: ReadonlyMap<string, string>, root: string, reading: Reading): Html {
  const { who, operation } = entry;
  const remote = 'remote' in entry ? ` from ${plain(entry.remote, 60)}` : '';
  return html`<li>
    <div class="at">${when(entry.at, reading)}</div>
    <div class="what">
      <p>${tellEntry(entry, reading)}${repeated(entry, reading)}</p>
      <p class="faint">
        ${who === undefined ? 'by ec2-operator' : `${plain(who, 80)}${remote}`}${
          operation === undefined ? '' : html` · <a href="${root}operations/${operation}">operation</a>`
        }${machineOf(entry, names, root)}
      </p>
    </div>
    <div class="mark faint">${entry.event === 'unreadable' ? 'unreadable' : EVENT_WORDS[entry.event]}</div>
  </li>`;
}

/** By its name, as far as that is known. Before it is found, by the words in which it was asked for. */
function machineOf({ instance, target }: AuditEntry, names: ReadonlyMap<string, string>, root: string): Html | string {
  if (instance !== undefined)
    return html` · <a href="${root}machines/${instance}">${plain(names.get(instance) ?? instance, 80)}</a>`;
  return target === undefined ? '' : html` · ${plain(target, 80)}`;
}
