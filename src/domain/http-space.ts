/**
 * Leaves out the white space around a part of a header: spaces and tabs alone (RFC 9110, 5.6.3). `trim` would take a no-break space as
 * well, and two names that are different to whoever wrote them would become one.
 */
export function withoutSpace(text: string): string {
  // Looked for from the first space of each run only: a long run within the text must not take long.
  return text.replace(/^[ \t]+|(?<![ \t])[ \t]+$/g, '');
}
