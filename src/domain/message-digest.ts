/** What people read once a week: what stops have saved, never without how often that was regretted. */
import { byCommand, type Reader, type Told } from './message-parts.ts';
import type { News } from './notice.ts';
import { plain, sentence } from './plain.ts';
import { REGRET } from './savings-tally.ts';
import { tellMinutes, tellRegretsOf, tellSum } from './savings-words.ts';
import { tellHours } from './suggestion.ts';
import { tellTime, tellTimesIn } from './told-time.ts';

type Digest = Extract<News, { readonly kind: 'digest' }>;
type Row = Digest['machines'][number];

const WHOSE = {
  all: '',
  selected: 'It is about the machines of this channel.',
  own: 'It is about your machines.',
} as const satisfies Record<Digest['about'], string>;

export function tellDigest(news: Digest, reader: Reader): Told {
  const { at, stops, savedMs, about } = news;
  const end = tellTime(at, reader);
  const isEmpty = stops === 0 && savedMs === 0;
  const texts = isEmpty ? ['No alert and no lease has stopped a machine, so nothing was saved.'] : tellSums(news);
  return {
    title: isEmpty
      ? `The week until ${end}: nothing was stopped`
      : `The week until ${end}: ${tellSaved(news)}, ${tellRegretsOf(news)}`,
    text: [
      ...texts,
      WHOSE[about],
      tellWaiting(news, reader),
      ...byCommand(reader, 'More of it: ec2-operator savings'),
    ].filter((text) => text !== ''),
    facts: isEmpty ? [] : factsOf(news),
    links: [],
  };
}

/** `120 h saved, $400 at list price` */
function tellSaved({ savedMs, atPrice, basis }: Digest): string {
  const hours = `${tellHours(savedMs)} saved`;
  return atPrice === undefined ? hours : `${hours}, ${tellSum(atPrice)} ${basis}`;
}

function tellSums({ stops, savedMs, waits, waitedMs, regrets, offBill, suggestion }: Digest): readonly string[] {
  const stopped = stops === 1 ? 'One stop by an alert or a lease' : `${stops} stops by alerts and leases`;
  return [
    `${stopped}; machines stood still for ${tellHours(savedMs)}.`,
    offBill === undefined
      ? ''
      : `The bill drops by ${tellSum(offBill)}, after discounts and without what is paid for anyway.`,
    regrets === 0 ? '' : `After ${regrets} of them, the machine was wanted back within ${REGRET} minutes.`,
    waits === 0 ? '' : `People waited ${tellMinutes(waitedMs)} for machines in all.`,
    suggestion === undefined ? '' : sentence(plain(suggestion, 300)),
  ].filter((text) => text !== '');
}

function tellWaiting({ waiting }: Digest, reader: Reader): string {
  if (waiting === undefined) return '';
  const { name, since, message } = waiting;
  const why = sentence(plain(tellTimesIn(message, reader), 300));
  return `The stop of ${plain(name, 60)} waits the longest, since ${tellTime(since, reader)}: ${why}`;
}

function factsOf(news: Digest): Told['facts'] {
  const { savedMs, unpricedMs, atPrice, basis, offBill, waits, waitedMs, machines, regretted } = news;
  return [
    ['Hours saved', tellHours(savedMs)],
    ['Dollars', atPrice === undefined ? 'no price is known' : `${tellSum(atPrice)} ${basis}`],
    ['Without a known price', unpricedMs === undefined ? undefined : tellHours(unpricedMs)],
    ['Off the bill', offBill === undefined ? undefined : tellSum(offBill)],
    ['Regrets', tellRegretsOf(news)],
    ['People waited', waits === 0 ? undefined : tellMinutes(waitedMs)],
    ['Saved most', machines.map((row) => `${plain(row.name, 40)} ${tellHours(row.savedMs)}`).join(', ')],
    ['Regretted most', regretted.map((row) => `${plain(row.name, 40)} ${tellPart(row)}`).join(', ')],
    ['Counted', 'from a stop to the next start; the savings page says how each figure is counted'],
  ];
}

function tellPart({ regrets, stops }: Row): string {
  return `${regrets} of ${stops}`;
}
