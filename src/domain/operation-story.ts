/** The steps of an operation in words for people. Its page, its machine's page and the pages of links tell the same. */
import type { Operation } from './operation.ts';
import { plain } from './plain.ts';
import { tellSentence } from './told-sentence.ts';
import { tellTime, type Reading } from './told-time.ts';
import type { TrailEntry } from './trail.ts';
import { tellHolder } from './voice.ts';

export interface StoryStep {
  readonly at: number;
  readonly text: string;
}

/** The steps within a second or two, and repetitions, tell people nothing. */
export function tellSteps(trail: readonly TrailEntry[], reading: Reading): readonly StoryStep[] {
  return trail.flatMap((entry, index) => {
    if (entry.message !== undefined && entry.message === trail[index - 1]?.message) return [];
    const text = tellStep(entry, reading);
    return text === undefined ? [] : [{ at: entry.at, text }];
  });
}

const MAX_WHO = 80;

function tellStep(entry: TrailEntry, reading: Reading): string | undefined {
  const { event, state, message, alertname, who, times, lastAt } = entry;
  if (event === 'joined') {
    const by = alertname === undefined ? plain(who ?? 'a person', MAX_WHO) : `alert ${plain(alertname, MAX_WHO)}`;
    const repeated = lastAt === undefined ? '' : `, ${times ?? 2} times until ${tellTime(lastAt, reading)}`;
    return `The same was asked for again: ${by}${repeated}.`;
  }
  switch (state ?? 'waiting') {
    case 'queued':
      return message === undefined ? 'It was asked for.' : tellSentence(message, reading);
    case 'acting':
      return 'AWS is asked to do it.';
    case 'verifying':
      return 'AWS has accepted it.';
    case 'waiting':
    case 'succeeded':
    case 'refused':
    case 'failed':
    case 'cancelled':
      return message === undefined ? undefined : tellSentence(forPeople(message), reading);
  }
}

/** The names of guards are for administrators, who find them in the verdicts. The ids of other operations and of alerts are for programs. */
export function forPeople(message: string): string {
  return message
    .replaceAll(/ \((?:guard \w+|operation [0-9a-f-]{36}|[0-9a-f]{16})\)/g, '')
    .replace(/^operation [0-9a-f-]{36} wants /, 'another request wants ');
}

/** As messages name an instance (`describeInstance`, `nameInstance`). */
const NAMED =
  /(?:"(?:[^"\\]|\\.){1,300}"|(?<![\w.-])[\w.-]{1,300}) \(i-[0-9a-f]{8,17}(?:, [^()]{1,100})?\)|\bi-[0-9a-f]{8,17} \([^()]{1,100}\)|\bi-[0-9a-f]{8,17}\b/g;

/** For readers who know which machine it is about: its name becomes `it`. */
export function withoutMachine(message: string): string {
  return message.replaceAll(NAMED, 'it');
}

/** Who has asked for it: `alert UnusedGPU`, `pia`, `the lease of pia`. */
export function tellAsker({ intent: { cause } }: Pick<Operation, 'intent'>): string {
  switch (cause.by) {
    case 'alert':
      return `alert ${plain(cause.alertname, MAX_WHO) || 'without a name'}`;
    case 'person':
      return plain(cause.name, MAX_WHO) || 'a person';
    case 'lease':
      return `the lease of ${plain(tellHolder({ who: cause.name }), MAX_WHO) || 'a person'}`;
  }
}
