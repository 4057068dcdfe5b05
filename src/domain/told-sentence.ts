/** A sentence of an operation or of a rule, as people read it. */
import { plain, sentence } from './plain.ts';
import { tellTimesIn, type Reading } from './told-time.ts';

const MOST = 600;

/** Its times are told at the reader's clock, and foreign text in it is harmless. */
export function tellSentence(text: string, reading: Reading): string {
  const shown = tellClause(text, reading);
  return /^(?:a|the|it|not|no|cancelled|expected|would|every) /.test(shown) ? capital(shown) : shown;
}

/** As it goes on after a colon. */
export function tellClause(text: string, reading: Reading): string {
  return sentence(plain(tellTimesIn(text, reading), MOST));
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
