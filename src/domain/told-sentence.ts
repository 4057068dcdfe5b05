/** A sentence of an operation or of a rule, as people read it. */
import { plain, sentence } from './plain.ts';
import { tellTimesIn, type Reading } from './told-time.ts';

const MOST = 600;

/** Its times are told at the reader's clock, and foreign text in it is harmless. */
export function tellSentence(text: string, reading: Reading): string {
  return begin(tellClause(text, reading));
}

/** The words that sentences of our own begin with: a name, an id or a parameter at the beginning stays as it is written. */
const BEGINNINGS = /^(?:a|another|the|it|not|no|cancelled|expected|would|every|there|this|too|whether|nothing|you) /;

export function begin(text: string): string {
  return BEGINNINGS.test(text) ? capital(text) : text;
}

/** As it goes on after a colon. */
export function tellClause(text: string, reading: Reading): string {
  return sentence(plain(tellTimesIn(text, reading), MOST));
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
