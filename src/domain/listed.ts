/** Several texts in one parameter, with commas between them. A `\` before a comma or a `\` makes it a part of the text. */

export function joinListed(texts: readonly string[]): string {
  return texts.map((text) => text.replaceAll(/[\\,]/g, String.raw`\$&`)).join(',');
}

/** A `\` before any other letter is a part of the text as well. */
export function splitListed(joined: string): readonly string[] {
  return joined
    .replaceAll(/\\[\\,]|,/g, (found) => (found === ',' ? '\0' : found))
    .split('\0')
    .map((text) => text.replaceAll(/\\([\\,])/g, '$1'));
}
