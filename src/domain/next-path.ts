/** Where a browser goes after the login. */

const LONGEST = 2_000;

/** It leads out of the path of the pages. */
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/;

/** The login itself, and what only programs ask for, is nowhere to go. */
const NO_PAGE = /^\/(?:log(?:in|out)\b|operate|api\/)/i;

/**
 * A path of these pages, with its query. Browsers read `//host` and `/\host` as another site, and leave tabs and line breaks out of
 * an address. So only printable ASCII counts, and everything else leads to the first page. The pages write all else percent-encoded.
 *
 * @param given as it stands in the address of the login
 */
export function nextPath(given: string | null | undefined): string {
  if (given === null || given === undefined || given.length > LONGEST) return '/';
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(given)) return '/';
  const path = readPath(given);
  return path === undefined || NO_PAGE.test(path) || DOT_SEGMENT.test(path) ? '/' : given;
}

/**
 * The path as the routes read it: `/%6fperateInstance` is `/operateInstance`, to which a browser may send a name and a password that it
 * remembers. Undefined where it cannot be read.
 */
function readPath(given: string): string | undefined {
  try {
    return decodeURI(given.replace(/[?#].*/s, ''));
  } catch {
    return undefined;
  }
}
