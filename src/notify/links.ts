import type { MessageLink } from '../domain/message.ts';
import { escapeMarkdown } from './text.ts';

/** The links that lead to pages: all but the one that acts at once. */
export function pagesOf(links: readonly MessageLink[]): readonly MessageLink[] {
  return links.filter(({ purpose }) => purpose !== 'keep_now');
}

export function markdownLink({ label, url }: MessageLink): string {
  return `[${escapeMarkdown(label)}](${url.replace(/[()]/g, (char) => (char === '(' ? '%28' : '%29'))})`;
}
