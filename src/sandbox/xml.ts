/**
 * What the serializer writes: a scalar becomes text, an object its members in order, an array one `<item>` per entry
 * (the list form of the EC2 Query protocol). Members that are `undefined` are left out.
 */
export type XmlValue = string | number | boolean | readonly XmlValue[] | XmlTree;

/** An XML element's children by name. */
export type XmlTree = { readonly [name: string]: XmlValue | undefined };

/** Writes a whole XML document with one root element. `namespace` becomes its `xmlns`. */
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

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

// XML 1.0 has no way to write most control characters, not even escaped; a parser refuses the whole document.
// CR must be escaped, or the reader's line-end normalisation turns it into LF.
// oxlint-disable-next-line eslint/no-control-regex
const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

/** Escapes text for element content and for double-quoted attributes; characters XML cannot hold become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(forbidden, '\uFFFD')
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? character)
    .replaceAll('\r', '&#13;');
}
