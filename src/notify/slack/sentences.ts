/** What a person who has answered is told. */
import { formatDuration } from '../../domain/duration.ts';
import type { Verb } from '../../domain/intent.ts';
import { plain, sentence } from '../../domain/plain.ts';
import { tellTime, tellTimesIn, type Reading } from '../../domain/told-time.ts';
import type { AskAnswer, KeepAnswer } from '../../engine/answers.ts';

const LONGEST = 1_000;

export function tellKept(name: string, kept: KeepAnswer, reading: Reading): string {
  switch (kept.answer) {
    case 'kept': {
      const { hold, leftMs, idle } = kept;
      return [
        `${name} is kept running until ${tellTime(hold.until, reading)}.`,
        ...(idle === undefined ? [] : [`It is ${idle} now, and this does not start it.`]),
        ...(leftMs === undefined
          ? []
          : [`After that it may be kept for ${formatDuration(leftMs)} more in these 7 days.`]),
      ].join(' ');
    }
    case 'too_late':
      return `This came too late for ${name}: ${foreign(kept.tooLate.message, reading)}`;
    case 'refused':
      return `${name} was not kept: ${foreign(kept.message, reading)}`;
  }
}

export function tellAsked(name: string, verb: Verb, asked: AskAnswer, reading: Reading): string {
  const done = verb === 'start' ? 'started' : 'stopped';
  switch (asked.answer) {
    case 'asked': {
      const { operation } = asked;
      const why = operation.state === 'waiting' ? ` It waits: ${foreign(operation.message, reading)}` : '';
      return `${name} is being ${done}.${why}`;
    }
    case 'already':
      return verb === 'start' ? `${name} runs already.` : `${name} is stopped already.`;
    case 'refused':
      return `${name} was not ${done}: ${foreign(asked.message, reading)}`;
  }
}

/** Sentences of operations name tags, which can be any text, and times in UTC. */
export function foreign(message: string, reading: Reading): string {
  return sentence(plain(tellTimesIn(message, reading), LONGEST));
}
