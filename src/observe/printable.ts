/** Text from outside must neither begin a log line nor control the terminal. */

/**
 * Control characters (C1 has single characters for sequences that begin with ESC), Unicode's line separators, and characters
 * that change the direction of writing.
 */
const CONTROLS = /[\p{Cc}\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** CONTROLS without the characters that JSON escapes. */
const LEFT_BY_JSON = /[\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** The same JSON with control characters escaped. */
export function escapeControls(line: string): string {
  return line.replace(LEFT_BY_JSON, escapeOne);
}

/** The text with control characters in JSON's notation. */
export function writeOut(text: string): string {
  return text.replace(CONTROLS, escapeOne);
}

function escapeOne(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
