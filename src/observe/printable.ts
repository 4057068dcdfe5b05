/** Text from outside in a log must neither begin a line of its own nor give orders to the terminal that shows it. */

/**
 * Control characters of both sets (C1 has single characters for what begins with ESC), Unicode's own line ends, and what
 * turns the direction of writing around.
 */
const CONTROLS = /[\p{Cc}\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** As CONTROLS, without what JSON escapes by itself. */
const LEFT_BY_JSON = /[\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A line of JSON, the same to whoever parses it, with nothing in it that a terminal obeys. */
export function escapeControls(line: string): string {
  return line.replace(LEFT_BY_JSON, escapeOne);
}

/** A text with its control characters written out, as JSON writes them. */
export function writeOut(text: string): string {
  return text.replace(CONTROLS, escapeOne);
}

function escapeOne(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
