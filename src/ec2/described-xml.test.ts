import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MODEL, type Model } from '../../test/support/ec2-model.ts';
import { ANSWER, readDescribed, type Shape } from './described-xml.ts';
import { parseDescribed } from './instance-shape.ts';
import { Ec2Error } from './port.ts';

const MACHINE =
  '<instanceId>i-0abc</instanceId><instanceState><name>running</name></instanceState>' +
  '<launchTime>2026-11-20T10:00:00.000Z</launchTime>';

/** An answer with one machine that has these elements besides the required ones. */
function answerWith(elements: string, machine = MACHINE): string {
  const item = `<item>${machine}${elements}</item>`;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">' +
    `<reservationSet><item><instancesSet>${item}</instancesSet></item></reservationSet></DescribeInstancesResponse>`
  );
}

function read(elements: string) {
  const [machine, ...others] = parseDescribed(readDescribed(answerWith(elements)), {});
  assert.ok(machine !== undefined);
  assert.deepEqual(others, []);
  return machine;
}

function tagged(value: string): string | undefined {
  return read(`<tagSet><item><key>team</key>${value}</item></tagSet>`).tags['team'];
}

/** The SDK's model of the elements that the shape reads. */
function modelled(shape: Shape, model: Model): unknown {
  if (typeof model === 'string') return model === 'time' ? 'text' : model;
  if ('items' in model) {
    if (typeof shape === 'string' || !('items' in shape)) return 'a list';
    return model.element === 'item' ? { items: modelled(shape.items, model.items) } : `a list of ${model.element}`;
  }
  if (typeof shape === 'string' || 'items' in shape) return 'members';
  const members = Object.entries(shape.members).map(([element, [, inner]]) => {
    const known = model.members.find((each) => each.element === element);
    return [element, known === undefined ? 'nothing' : [known.name, modelled(inner, known.model)]] as const;
  });
  return { members: Object.fromEntries<unknown>(members) };
}

test("names and types are those of the SDK's model", () => {
  assert.deepEqual(modelled(ANSWER, MODEL), ANSWER);
});

describe('reads', () => {
  for (const [what, xml, value] of [
    ['an entity', '<value>a &amp;&lt;&gt;&quot;&apos; b</value>', `a &<>"' b`],
    ['an entity once only', '<value>&amp;lt;</value>', '&lt;'],
    ['text that looks like XML after reading', '<value>&lt;/value&gt;&lt;item&gt;</value>', '</value><item>'],
    ['a section of characters', '<value>a<![CDATA[</value>&amp;]]>b</value>', 'a</value>&amp;b'],
    ['around a comment', '<value>a<!-- </value> -->b</value>', 'ab'],
    ['around an unexpected element', '<value>a<value>b</value>c</value>', 'ac'],
    ['space around and within', '<value> a  b\t</value>', ' a  b\t'],
    ['line breaks of any kind', '<value>a\r\nb\rc&#13;d&#xA;</value>', 'a\nb\nc\rd\n'],
    ['nothing', '<value></value>', ''],
    ['an empty element', '<value />', ''],
    ['no element', '', ''],
    // The SDK keeps 16 bits of a character's number, and takes a line break alone for layout; the `aws` command does not.
    ['a character of more than 16 bits', '<value>&#x1F600;&#128512;😀</value>', '😀😀😀'],
    [
      'characters that XML does not allow',
      '<value>\u{b}&#1;&#xB;&#55357;\uffff&#x110000;&#65;&#x9;</value>',
      '\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdA\t',
    ],
    ['a line break alone', '<value>\n</value>', '\n'],
    // The SDK would read the attribute instead of the element.
    ['elements, not attributes', '<value value="stop">go</value>', 'go'],
  ] as const) {
    test(what, () => assert.equal(tagged(xml), value));
  }

  test('the members of the shape in their places, whatever the other elements', () => {
    const others = ['item', 'instance', '__proto__', 'constructor', 'toString', 'InstanceId', 'ns:instanceId'].map(
      (name) => `<${name} instanceId="i-0bad"><instanceId>i-0bad</instanceId>i-0bad<item/></${name}>`,
    );
    const machine = read(` ${others.join(' ')} text <!-- <instanceId>i-0bad</instanceId> -->`);
    assert.deepEqual(machine, read(''));
    assert.equal(Object.getPrototypeOf(readDescribed(answerWith(others.join('')))), Object.prototype);
  });

  test('entries of a list by the name that EC2 gives them', () => {
    const entries = ['member', 'entry'].map((name) => `<${name}><key>team</key><value>ops</value></${name}>`);
    assert.deepEqual(read(`<tagSet>${entries.join('')}<item><key>a</key></item></tagSet>`).tags, { a: '' });
  });

  test('spaces between elements, which the SDK takes for their text', () => {
    const zone = '<placement> <availabilityZone>us-east-1a</availabilityZone> </placement>';
    assert.equal(read(zone).availabilityZone, 'us-east-1a');
  });
});

describe('refuses', () => {
  const refused = (xml: string): void => assert.throws(() => parseDescribed(readDescribed(xml), {}), xml);

  test('an answer that is cut off anywhere', () => {
    const whole = answerWith('<tagSet><item><key>a</key><value>&amp;<![CDATA[b]]>ü</value></item></tagSet>');
    assert.doesNotThrow(() => readDescribed(whole));
    for (let length = 0; length < whole.length; length += 1) {
      assert.throws(() => readDescribed(whole.slice(0, length)), `${length} characters`);
    }
  });

  for (const [what, xml] of [
    ['tags that do not match', answerWith('<tagSet><item></tagSet></item>')],
    ['another document after the first', answerWith('') + answerWith('').replace(/^.*\n/, '')],
    ['text after the document', `${answerWith('')}i-0bad`],
    ['text before it', `i-0bad${answerWith('')}`],
    ['a page that is not XML', '<!DOCTYPE html><html><body><p>Welcome<br></body></html>'],
    ['an entity that XML does not define', answerWith('<tagSet><item><key>a&nbsp;b</key></item></tagSet>')],
  ] as const) {
    test(what, () => assert.throws(() => readDescribed(xml)));
  }

  test('entities that the answer defines itself', () => {
    const lines = ['a', 'b', 'c', 'd'].map((name, index, all) => {
      return `<!ENTITY ${name} "${index === 0 ? 'i-0bad' : `&${all[index - 1] ?? ''};`.repeat(1_000)}">`;
    });
    const bomb = `<!DOCTYPE bomb [${lines.join('')}<!ENTITY f SYSTEM "file:///etc/passwd">]>`;
    for (const name of ['a', 'd', 'f']) {
      const machine = MACHINE.replace('i-0abc', `&${name};`);
      assert.throws(() => readDescribed(bomb + answerWith('', machine).replace(/^.*\n/, '')), /entity/);
    }
  });

  test('an element that occurs twice', () => {
    for (const xml of [
      answerWith('<instanceId>i-0bad</instanceId>'),
      answerWith('<instanceId/>'),
      answerWith('<instanceState><name>stopped</name></instanceState>'),
      answerWith('<tagSet/><tagSet/>'),
      answerWith('<tagSet><item><key>a</key><value>1</value><value>2</value></item></tagSet>'),
      answerWith('').replace('</reservationSet>', '</reservationSet><reservationSet/>'),
    ]) {
      assert.throws(() => readDescribed(xml), /expected one \w+, got two/);
    }
  });

  test('a malformed number or boolean', () => {
    const card = (index: string) =>
      `<networkInterfaceSet><item><attachment>${index}</attachment></item></networkInterfaceSet>`;
    assert.doesNotThrow(() => read(card('<deviceIndex>0</deviceIndex><networkCardIndex>12</networkCardIndex>')));
    for (const text of ['', ' ', 'zero', '0x0', '1e0', '0.0', ' 0', '0\n', 'NaN', 'Infinity', '٠']) {
      assert.throws(() => read(card(`<deviceIndex>${text}</deviceIndex>`)), Ec2Error, text);
    }
    assert.equal(read('<operator><managed>true</managed></operator>').managedBy, 'an AWS service');
    assert.equal(read('<operator><managed>false</managed></operator>').managedBy, undefined);
    for (const text of ['', '1', '0', 'TRUE', 'yes', ' true', 'undefined']) {
      assert.throws(() => read(`<operator><managed>${text}</managed></operator>`), Ec2Error, text);
    }
  });

  test('an answer without its list, or with a machine that lacks something', () => {
    refused('<html/>');
    refused('<Response><Errors><Error><Code>InternalError</Code></Error></Errors></Response>');
    refused(`<answer>${answerWith('').replace(/^.*\n/, '')}</answer>`);
    for (const element of ['instanceId', 'instanceState', 'launchTime']) {
      const without = MACHINE.replace(new RegExp(`<${element}>.*</${element}>`), '');
      refused(answerWith('', without));
      refused(answerWith('', `${without}<novelty>${MACHINE}</novelty>`));
    }
  });
});
