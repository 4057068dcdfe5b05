/** The markdown of Discord and Mattermost. */

const ESCAPED = /\\([!-/:-@[-`{-~])/g;
/** A link of ours, alone or bold. */
const LINK = /(?:\*\*)?\[[^\]]*\]\(https:\/\/ec2\.example\.com[^\s()]*\)(?:\*\*)?/g;

/** Whether all marks in a text are escaped, but those of our links and of `**bold**` at the start of a line. */
export function isOnlyOurs(text: string): boolean {
  const rest = text
    .replace(ESCAPED, 'x')
    .replace(LINK, '')
    .replace(/^\*\*([^*\n]*)\*\*/gm, '$1');
  return !/[`*_~|<>[\]]|^\s*(?:[#+-]|\d+[.)])/m.test(rest);
}

/** What a reader sees. */
export function unescaped(text: string): string {
  return text.replace(ESCAPED, '$1');
}
