/** The sums of the savings page: never the dollars without the regrets, and beside each figure how it is counted. */
import { html } from 'hono/html';
import { tellHours } from '../../domain/suggestion.ts';
import type { Figures } from '../../domain/savings-tally.ts';
import {
  COUNTED,
  hasTwoSums,
  isPriced,
  tellBilledOn,
  tellMinutes,
  tellRegrets,
  tellSum,
} from '../../domain/savings-words.ts';
import type { Savings } from '../../domain/savings.ts';
import { tellTime, type Reading } from '../../domain/told-time.ts';
import type { Html } from '../page.ts';
import type { SavingsPageFacts } from './facts.ts';

export function headline({ savings, period, reading, capMs, basis }: SavingsPageFacts): Html {
  const { automatic, asked } = savings.total;
  const isSum = isPriced(automatic);
  const saved = isSum ? `${tellSum(automatic.atPrice)} ${basis}` : `${tellHours(automatic.savedMs)} without a price`;
  return html`<p class="headline"><b>${saved}</b> saved${offBill(automatic)}, <b>${tellRegrets(automatic)}</b></p>
    <p class="lead">
      From ${tellTime(savings.since, reading)} until
      ${period.days === undefined ? tellTime(savings.until, reading) : 'now'}.${began(savings, reading)}
    </p>
    <dl class="figures">
      ${figure('Hours saved', tellHours(automatic.savedMs), COUNTED.saved(capMs))}
      ${isSum ? figure(`Dollars ${basis}`, tellSum(automatic.atPrice), COUNTED.atPrice(basis)) : ''}
      ${hasTwoSums(automatic) ? figure('What the bill drops by', tellSum(automatic.offBill), COUNTED.offBill) : ''}
      ${figure('Regrets', tellRegrets(automatic), COUNTED.regrets)}
      ${figure('People waited', tellWaits(automatic), COUNTED.waited)}
      ${automatic.unpricedMs > 0 ? figure('Without a known price', tellHours(automatic.unpricedMs), COUNTED.unpriced) : ''}
      ${automatic.savedMs > 0 ? figure('Billed on', tellBilledOn(automatic), COUNTED.billedOn) : ''}
      ${asked.savedMs > 0 ? figure('Asked for by people', tellHours(asked.savedMs), COUNTED.asked) : ''}
    </dl>`;
}

/** A year of which a month is recorded is told as such. */
function began({ since, firstStopAt }: Savings, reading: Reading): string {
  if (firstStopAt === undefined || firstStopAt <= since) return '';
  return ` The first stop of the record began ${tellTime(firstStopAt, reading)}.`;
}

/** Dollars that the bill does not drop by are not told alone. */
function offBill(figures: Readonly<Figures>): Html | string {
  return hasTwoSums(figures) ? html` (<b>${tellSum(figures.offBill)}</b> off the bill)` : '';
}

function tellWaits({ waits, waitedMs }: { readonly waits: number; readonly waitedMs: number }): string {
  if (waits === 0) return 'not at all';
  return `${tellMinutes(waitedMs)} in ${waits === 1 ? 'one wait' : `${waits.toLocaleString('en-US')} waits`}`;
}

function figure(name: string, value: string, counted: string): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd><b>${value}</b></dd>
    <dd class="faint">${counted}</dd>
  </div>`;
}
