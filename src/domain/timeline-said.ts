/** The lines of a timeline that tell what people said of a machine. */
import type { Said, TimelineLine } from './timeline-line.ts';
import { withoutMachine } from './operation-story.ts';
import { plain } from './plain.ts';
import { tellSentence } from './told-sentence.ts';
import type { Reading } from './told-time.ts';

const MAX_WHO = 60;

/** `pia held it until 18:00 CET ("training").` */
export function saidLine({ at, who, message }: Said, reading: Reading): TimelineLine {
  const name = plain(who, MAX_WHO) || 'a person';
  const short = withoutMachine(message)
    .replace('the lease of it to ', 'the lease for ')
    .replace(` for ${who} until `, ' until ')
    .replace(/^(released it\b.*?) until /, '$1; it was held until ');
  // The end of a lease is told without anybody who ended it.
  const text = /^(?:a|the) /.test(short) ? short : `${name} ${short}`;
  return { at, kind: 'kept', text: tellSentence(text, reading), more: [] };
}
