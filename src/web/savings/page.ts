/** The savings page: the sums with how each is counted, charts and tables, what was regretted, and what follows from it. */
import { html } from 'hono/html';
import { plain } from '../../domain/plain.ts';
import { mostRegretted, type Savings } from '../../domain/savings.ts';
import { REGRET, type Sums } from '../../domain/savings-tally.ts';
import { tellRegrets, tellRule } from '../../domain/savings-words.ts';
import { tellSuggestion } from '../../domain/suggestion.ts';
import { SAVINGS_GROUPS } from '../../http/savings-schemas.ts';
import type { Html } from '../page.ts';
import type { SavingsPageFacts } from './facts.ts';
import { headline } from './headline.ts';
import { addressOf, LONGEST_DAYS, PERIODS, timesIn } from './query.ts';
import { daysTable, groupsTable, machineHead } from './tables.ts';

export function savingsPage(facts: SavingsPageFacts): Html {
  const { savings, csv } = facts;
  const body = isEmpty(savings.total)
    ? nothing(facts)
    : html`${headline(facts)} ${charts(facts)} ${breakdown(facts)}
        <p><a class="button" href="${csv}" download>Download CSV</a></p>
        ${regretted(facts)} ${suggestions(savings)}`;
  return html`<h1>Savings</h1>
    ${choice(facts)} ${body}`;
}

function isEmpty({ automatic, asked }: Readonly<Sums>): boolean {
  return [automatic, asked].every(({ stops, savedMs }) => stops === 0 && savedMs === 0);
}

/** Works without script: the address is the choice. */
function choice({ query, period, mayBeOwner, root }: SavingsPageFacts): Html {
  // A chosen period takes the place of the times that the address had.
  const times = period.days === undefined ? Object.entries(timesIn(query)) : [];
  const mine = html`<label class="check"
    ><input type="checkbox" name="mine" value="true" ${query.mine === 'true' ? html`checked` : ''} /> My machines</label
  >`;
  return html`<form class="filters" method="get" action="${root}savings" role="search" aria-label="Savings">
    ${times.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    ${select('days', 'The last', periodsWith(period.days), String(period.days ?? ''))}
    ${select(
      'by',
      'By',
      SAVINGS_GROUPS.map((one) => [one, one]),
      query.by,
    )}
    ${mayBeOwner ? mine : ''}
    <div class="go"><button>Filter</button></div>
  </form>`;
}

function periodsWith(days: number | undefined): readonly (readonly [value: string, word: string])[] {
  const all = [...PERIODS].map(([each, word]) => [String(each), word] as const);
  if (days === undefined) return [['', 'other days'], ...all];
  return PERIODS.has(days) ? all : [[String(days), `${days} days`], ...all];
}

function select(
  name: string,
  label: string,
  options: readonly (readonly [value: string, word: string])[],
  chosen: string,
): Html {
  return html`<div>
    <label for="choice-${name}">${label}</label>
    <select id="choice-${name}" name="${name}">
      ${options.map(
        ([value, word]) => html`<option value="${value}" ${value === chosen ? html`selected` : ''}>${word}</option>`,
      )}
    </select>
  </div>`;
}

/** The script draws them from the table of days, which says the same to everybody else. */
function charts({ query, savings }: SavingsPageFacts): Html {
  if (savings.days.length < 2) return html``;
  const address = query.by === 'day' ? '#days' : addressOf(query, { by: 'day' });
  return html`<section id="charts" aria-label="Charts" hidden>
    <p class="hidden">The <a href="${address}">table of days</a> says what the charts show.</p>
  </section>`;
}

function breakdown({ savings, query: { by }, root }: SavingsPageFacts): Html {
  if (by === 'day')
    return html`<h2>By day</h2>
      ${daysTable(savings)}`;
  return html`<h2>By ${by}</h2>
    ${groupsTable(savings, by, root)}
    <details>
      <summary>By day</summary>
      ${daysTable(savings)}
    </details>`;
}

const WORST = 5;

function regretted({ savings, root }: SavingsPageFacts): Html {
  const machines = mostRegretted(savings.machines, WORST);
  const rules = mostRegretted(savings.rules, WORST);
  if (machines.length === 0)
    return html`<h2>Regrets</h2>
      <p>No machine was wanted back within ${REGRET} minutes of a stop by an alert or a lease in this time.</p>`;
  return html`<h2>Where stops were regretted most</h2>
    <div class="columns even">
      <div>
        <h3>Machines</h3>
        <ul class="told">
          ${machines.map((row) => html`<li>${machineHead(row, root)}: ${tellRegrets(row.automatic)}</li>`)}
        </ul>
      </div>
      <div>
        <h3>Alerts and leases</h3>
        <ul class="told">
          ${rules.map((row) => html`<li><b>${tellRule(row)}</b>: ${tellRegrets(row.automatic)}</li>`)}
        </ul>
      </div>
    </div>`;
}

function suggestions({ suggestions: all }: Savings): Html | string {
  if (all.length === 0) return '';
  return html`<h2>What follows from it</h2>
    <ul>
      ${all.map((one) => html`<li>${plain(tellSuggestion(one), 400)}.</li>`)}
    </ul>
    <p class="faint">
      The quiet time is the <code>for:</code> of the alert's rule, or the range of its query. Stops by leases have none,
      and count above only.
    </p>`;
}

/** Says what to do next. */
function nothing({ query, period, liveOnly }: SavingsPageFacts): Html {
  const longer =
    (period.days ?? 0) >= LONGEST_DAYS && query.mine !== 'true'
      ? ''
      : html` <a href="${addressOf(query, { days: LONGEST_DAYS, mine: undefined })}">All machines, the last year</a>.`;
  const dry =
    liveOnly === undefined ? '' : html`<p>Alerts act on ${liveOnly} only; on all others they are dry runs.</p>`;
  return html`<div class="empty">
    <p>
      <b>Nothing was stopped ${query.mine === 'true' ? 'of your machines ' : ''}in this time, so nothing was saved.</b
      >${longer}
    </p>
    ${dry}
    <p>
      The figures begin with the first stop by an alert or a lease of a machine that is watched: docs/getting-started.md
      leads there.
    </p>
    <p>
      What they would have been in the last weeks, Prometheus can tell:
      <code>ec2-operator replay --from-prometheus --days 14</code>
    </p>
  </div>`;
}
