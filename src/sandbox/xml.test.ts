import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeXml, writeXml } from './xml.ts';

test('objects become elements in order, arrays become items, undefined is left out', () => {
  const tree = {
    requestId: 'r',
    set: [
      { id: 1, up: true },
      { id: 2, up: undefined },
    ],
    none: [],
    blank: '',
  };
  assert.equal(
    writeXml('Answer', tree, 'http://example.com/a&b'),
    '<?xml version="1.0" encoding="UTF-8"?>\n<Answer xmlns="http://example.com/a&amp;b"><requestId>r</requestId>' +
      '<set><item><id>1</id><up>true</up></item><item><id>2</id></item></set><none/><blank/></Answer>',
  );
});

test('markup in text is escaped', () => {
  assert.equal(escapeXml(`<a b="c">&amp;</a>\r\n`), '&lt;a b=&quot;c&quot;&gt;&amp;amp;&lt;/a&gt;&#13;\n');
});

test('characters that XML cannot hold are replaced', () => {
  assert.equal(escapeXml('a\u0000b\u001Bc\uD800d\tÄ🙂'), 'a\uFFFDb\uFFFDc\uFFFDd\tÄ🙂');
});
