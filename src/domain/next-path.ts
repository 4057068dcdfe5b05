/** Where a browser goes after the login. */

const LONGEST = 2_000;

/** Percent-encoded, too: it leads out of the path of the pages. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:[/?#]|$)/i;

/**
 * A path of these pages, with its query. Browsers read `//host` and `/\host` as another site, and leave tabs and line breaks out of
 * an address. So only printable ASCII counts, and everything else leads to the first page. The pages write all else percent-encoded.
 *
 * @param given as it stands in the address of the login
 */
export function nextPath(given: string | null | undefined): string {
  if (given === null || given === undefined || given.length > LONGEST) return '/';
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(given)) return '/';
  // The login itself, and what only programs ask for, is nowhere to go.
  return /^\/(?:log(?:in|out)\b|operate|api\/)/i.test(given) || DOT_SEGMENT.test(given) ? '/' : given;
}
