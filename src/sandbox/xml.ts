/** Writes XML as AWS's Query protocols do. */

/**
 * A scalar becomes text, an object becomes its members in order, and an array becomes one `<item>` for each entry
 * (the list form of EC2's protocol). Undefined members are left out.
 */
export type XmlValue = string | number | boolean | readonly XmlValue[] | XmlTree;

/** The children of an element, by name. */
export type XmlTree = { readonly [name: string]: XmlValue | undefined };

/** Writes a document with one root element. @param namespace the `xmlns` of the root */
export function writeXml(root: string, value: XmlValue, namespace?: string): string {
  const attribute = namespace === undefined ? '' : ` xmlns="${escapeXml(namespace)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${writeContent(value)}</${root}>`;
}

function writeContent(value: XmlValue): string {
  if (typeof value !== 'object') return escapeXml(String(value));
  if (isList(value)) return value.map((entry) => writeElement('item', entry)).join('');
  return Object.entries(value)
    .map(([name, child]) => (child === undefined ? '' : writeElement(name, child)))
    .join('');
}

function writeElement(name: string, value: XmlValue): string {
  const content = writeContent(value);
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}

function isList(value: readonly XmlValue[] | XmlTree): value is readonly XmlValue[] {
  return Array.isArray(value);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

// XML 1.0 cannot hold most control characters, not even escaped: a parser refuses the whole document.
// CR has to be escaped, or the reader turns it into LF.
// oxlint-disable-next-line eslint/no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

/** Escapes text for content and for double-quoted attributes. Characters that XML cannot hold become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(FORBIDDEN, '\uFFFD')
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replaceAll('\r', '&#13;');
}
