/** The text of a configuration file, read with the place of each setting in it. */
import { LineCounter, isMap, isNode, isScalar, parseDocument, visit, type Document, type ErrorCode } from 'yaml';

export interface FileContent {
  readonly settings: object;
  /** `line 3, column 5` of the value or the name, or else of the mapping around them; undefined for the whole file. */
  readonly placeOf: (path: readonly PropertyKey[], isName: boolean) => string | undefined;
}

/** @throws YamlError that names the place */
export function readYaml(text: string): FileContent {
  const lines = new LineCounter();
  // The library compares each name with all others, which takes a hostile text many seconds.
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines, uniqueKeys: false });
  const placeAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  const [error] = document.errors;
  if (error !== undefined) throw new YamlError(`${WORDS[error.code] ?? UNREADABLE} (${placeAt(error.pos[0])})`);
  const repeated = firstRepeated(document);
  if (repeated !== undefined) throw new YamlError(`${REPEATED} (${placeAt(repeated)})`);
  const content = toValue(document);
  if (content === null || content === undefined) return { settings: {}, placeOf: () => undefined };
  if (typeof content !== 'object' || Array.isArray(content)) throw new YamlError(NO_SETTINGS);
  return {
    settings: content,
    placeOf: (path, isName) => {
      const offset = offsetOf(document, path, isName);
      return offset === undefined ? undefined : placeAt(offset);
    },
  };
}

export class YamlError extends Error {
  override readonly name = 'YamlError';
}

const NO_SETTINGS = 'expected the configuration file to hold a mapping of settings, such as regions: [eu-central-1]';
const UNREADABLE = 'expected valid YAML';
const REPEATED = 'expected each setting once, got this one again';

/** The most frequent cause of each of the library's errors. */
const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_INDENT: 'expected this line to be indented like its neighbours, or a missing bracket',
  TAB_AS_INDENT: 'expected spaces in front of a setting, got a tab',
  BLOCK_AS_IMPLICIT_KEY: 'expected one setting on this line, got a second colon: quote text that holds a colon',
  MULTILINE_IMPLICIT_KEY: 'expected a colon and a space after the name of a setting',
  MISSING_CHAR: 'expected a quote, a bracket, a colon or a space here',
  BAD_SCALAR_START: 'expected text that begins with a letter or a digit: quote other text',
  BAD_DQ_ESCAPE: 'expected an escape known to YAML after the backslash: in single quotes a backslash stands for itself',
  MULTIPLE_DOCS: 'expected one document, got another after ---',
  BAD_ALIAS: 'expected an alias of something above: quote text that begins with *',
};

/** @returns the place of a name that stands twice in one mapping */
function firstRepeated(document: Document.Parsed): number | undefined {
  let place: number | undefined;
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key) || key.value === '<<') continue;
        if (seen.has(key.value)) {
          place = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return place;
}

/** Aliases can expand to more than fits into memory. */
function toValue(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw new YamlError('expected fewer aliases: they expand to too much text');
  }
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[], isName: boolean): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const here = path.slice(0, length).map(String);
    const holder = length === 1 ? document.contents : document.getIn(here.slice(0, -1), true);
    const pair = isMap(holder)
      ? holder.items.find(({ key }) => isScalar(key) && String(key.value) === here.at(-1))
      : undefined;
    const name = isNode(pair?.key) ? pair.key.range?.[0] : undefined;
    const node = pair === undefined ? document.getIn(here, true) : pair.value;
    const value = isNode(node) ? node.range?.[0] : undefined;
    const offset = (isName || !isScalar(node) ? name : value) ?? value ?? name;
    if (offset !== undefined) return offset;
  }
  return undefined;
}
