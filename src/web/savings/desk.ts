/** `/savings`: what stops have saved, and how often they were regretted. */
import { ownNames } from '../../domain/mine.ts';
import { tellOrigins } from '../../domain/savings-words.ts';
import { describeSelector } from '../../domain/selector.ts';
import type { HttpParts } from '../../http/parts.ts';
import { readSavings } from '../../http/read-savings.ts';
import type { SenderInput } from '../../http/route.ts';
import { answerFramed, readingOf } from '../frame.ts';
import { rootOf } from '../page.ts';
import { sameList } from '../same.ts';
import { savingsPage } from './page.ts';
import { shownPeriod, timesIn, type SavingsPageQuery } from './query.ts';

export async function showSavingsPage(
  parts: HttpParts,
  input: SenderInput<unknown, SavingsPageQuery>,
): Promise<Response> {
  const { request, sender, query } = input;
  const { savings, telling, engine } = parts;
  const reading = readingOf(parts);
  const names = ownNames(sender.name, telling.owners);
  const isMine = query.mine === 'true' && names.length > 0;
  const period = shownPeriod(query, reading.now, reading.zone);
  const found = await readSavings(parts, { ...period, zone: reading.zone }, isMine ? { owners: names } : {});
  const root = rootOf(request);
  const { days } = period;
  const times = days === undefined ? timesIn(query) : { days: String(days) };
  const same = sameList('/api/v1/savings', 'savings', [
    ...Object.entries(times).map(([name, value]) => ({ name, value, option: `--${name}` }) as const),
    { name: 'by', value: query.by, option: '--by' },
    { name: 'mine', value: isMine ? 'true' : undefined, option: '--mine', isFlag: true },
  ]);
  return answerFramed(parts, input, {
    title: 'Savings',
    nav: 'savings',
    body: savingsPage({
      savings: found,
      query,
      period,
      reading,
      root,
      capMs: savings.capMs,
      basis: tellOrigins(found.origins),
      csv: `${root}api/v1/savings.csv?${same.query}`,
      mayBeOwner: names.length > 0,
      ...(engine.liveOnly === undefined ? {} : { liveOnly: `machines with ${describeSelector(engine.liveOnly)}` }),
    }),
    same,
    styles: ['uplot.css', 'savings.css'],
    scripts: ['savings.js'],
  });
}
