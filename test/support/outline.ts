/** A page by what people find on it: headings, links, buttons, fields and the entries of its list. */
import type { ShownPage } from './links.ts';

export interface Outline {
  readonly headings: readonly string[];
  /** Text to address. */
  readonly links: ReadonlyMap<string, string>;
  readonly buttons: readonly string[];
  /** Labels of form fields. */
  readonly fields: readonly string[];
  /** The lists of records and timelines, one text for each entry. */
  readonly entries: readonly string[];
}

export function outline({ text }: Pick<ShownPage, 'text'>): Outline {
  const main = /<main\b.*<\/main>/s.exec(text)?.[0] ?? '';
  return {
    headings: [...main.matchAll(/<h[1-3]\b[^>]*>(.*?)<\/h[1-3]>/gs)].map(([, inner = '']) => wordsOf(inner)),
    links: new Map(
      [...main.matchAll(/<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)<\/a>/gs)].map(([, href = '', inner = '']) => [
        wordsOf(inner),
        decode(href),
      ]),
    ),
    buttons: [...main.matchAll(/<button\b[^>]*>(.*?)<\/button>/gs)].map(([, inner = '']) => wordsOf(inner)),
    fields: [...main.matchAll(/<label\b[^>]*>(.*?)<\/label>/gs)].map(([, inner = '']) => wordsOf(inner)),
    entries: [...main.matchAll(/<ol class="(?:records|timeline|story)">(.*?)<\/ol>/gs)].flatMap(([, list = '']) =>
      list
        .split(/<li\b[^>]*>/)
        .slice(1)
        .map(wordsOf),
    ),
  };
}

function wordsOf(piece: string): string {
  return decode(
    piece
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );
}

function decode(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (entity, name: string) => ENTITIES.get(name) ?? entity);
}

const ENTITIES = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['#39', "'"],
]);
