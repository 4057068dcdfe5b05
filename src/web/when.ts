/** Times on pages: how long ago, and the absolute time for the mouse and for programs. */
// The formatter adds spaces to `html`, and a page may have thousands of times.
import { html as tight } from 'hono/html';
import type { Reading } from '../domain/told-time.ts';
import { tellAgo } from '../domain/ago.ts';
import type { Html } from './page.ts';

/** `3 h ago`; the script keeps it true while the page is open, and shows the absolute time to the mouse. */
export function ago(at: number, { now }: Reading): Html {
  return tight`<time datetime="${isoSecond(at)}">${tellAgo(at, now)}</time>`;
}

/** With its seconds: the script counts from them. */
function isoSecond(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
