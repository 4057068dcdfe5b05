/** DescribeInstances answers by chance: whatever the SDK's model allows, in every way that XML can spell it. */
import fc from 'fast-check';
import { INSTANCE_STATES } from '../../src/domain/instance.ts';
import { MODEL, type MemberModel, type Model } from '../support/ec2-model.ts';

/** Spelled as in XML. */
const TEXTS = [
  '&amp;&lt;&gt;&quot;&apos;',
  '&amp;lt;',
  '&amp;#x41;',
  '&#x00041;',
  `"'>`,
  ' ',
  ' a  b ',
  '\tc',
  '\ufeff',
  '\u0085',
  'one\ntwo',
  'one\r\ntwo',
  'one\rtwo',
  'one&#10;two&#xD;',
  'i-0abc',
  '10.0.0.1',
  'true',
  '0',
  '__proto__',
  '#text',
  '&lt;/value&gt;',
  '&lt;item&gt;',
  '&lt;/tagSet&gt;&lt;instanceId&gt;i-0bad&lt;/instanceId&gt;',
  '<![CDATA[<instanceId>i-0bad</instanceId>]]>',
  '<![CDATA[&amp;]]>',
  '<![CDATA[]]>',
  '<!-- <instanceId>i-0bad</instanceId> -->',
  '<!--</value>-->',
  '<?instanceId i-0bad?>',
];

/** What XML 1.0 has no way to say, and line breaks. */
const ILLEGAL = /[^\t\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** None makes a text that is a line break alone, which the SDK drops and `described-xml.test.ts` keeps. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }).map(escape) },
  {
    weight: 2,
    arbitrary: fc.string({ unit: 'binary', maxLength: 4 }).map((text) => escape(text.replace(ILLEGAL, ''))),
  },
  { weight: 2, arbitrary: fc.integer({ min: 0x20, max: 0xd7ff }).map((code) => `&#x${code.toString(16)};`) },
  { weight: 1, arbitrary: fc.integer({ min: 0xe000, max: 0xfffd }).map((code) => `&#${code};`) },
  fc.constantFrom(...TEXTS),
);
const anyText = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));

const id = fc.integer({ min: 0, max: 0xfff }).map((number) => `i-0${number.toString(16).padStart(16, '0')}`);
const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.9.9', '198.51.100.7', '2001:db8::1', '2001:0DB8:0::2');
const time = fc
  .date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2099-12-31T00:00:00Z'), noInvalidDate: true })
  .chain((date) =>
    fc.constantFrom(
      date.toISOString(),
      date.toISOString().replace(/\.\d+Z$/, 'Z'),
      date.toISOString().replace('Z', '+01:30'),
    ),
  );
const WRONG_TIMES = [
  '',
  'yesterday',
  '2026',
  '2026-11-20',
  '2026-11-20T10:00:00',
  '2026-13-20T10:00:00Z',
  '1790000000',
];

function mostly(usual: fc.Arbitrary<string>, other: fc.Arbitrary<string>, weight = 60): fc.Arbitrary<string> {
  return fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: other });
}

/** What is usual where any text would do, by the SDK's path. */
const USUAL: Readonly<Record<string, fc.Arbitrary<string>>> = {
  InstanceId: mostly(id, anyText),
  LaunchTime: mostly(time, fc.constantFrom(...WRONG_TIMES)),
  'State.Name': mostly(fc.constantFrom(...INSTANCE_STATES, 'dreaming'), anyText),
  'Tags.Key': mostly(fc.constantFrom('Name', 'team', '__proto__', 'ec2-operator'), anyText, 1),
  'Placement.AvailabilityZone': mostly(
    fc.constantFrom('eu-central-1a', 'us-west-2-lax-1a', 'us-gov-west-1b'),
    anyText,
    3,
  ),
  'NetworkInterfaces.Attachment.DeviceIndex': fc.constantFrom('0', '1', '00'),
  'NetworkInterfaces.Attachment.NetworkCardIndex': fc.constantFrom('0', '1'),
};

/** Without one of these a machine cannot be read. */
const NEEDED = new Set([
  'InstanceId',
  'State',
  'State.Name',
  'LaunchTime',
  'Tags.Key',
  'Reservations',
  'Reservations.Instances',
]);

/** A line break is in every one: EC2 and the SDK take spaces alone between elements for text. */
const between = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  fc.constantFrom('\n', '\n    ', '\r\n\t', ' \n<!-- <item> -->\n', '\n<?instanceId i-0bad?>'),
);

/** Not in the model: what EC2 may answer some day, with members in it that are asked for elsewhere. */
const NOVELTIES = [
  '<novelty/>',
  '<novelty>i-0bad</novelty>',
  '<item><instanceId>i-0bad</instanceId></item>',
  '<novelSet><item><instanceId>i-0bad</instanceId><key>k</key><item/></item></novelSet>',
  '<constructor><name>i-0bad</name></constructor>',
  '<InstanceId>i-0bad</InstanceId><x:instanceId xmlns:x="x">i-0bad</x:instanceId>',
];
const inMembers = rarely(NOVELTIES);
const inList = rarely(NOVELTIES.filter((each) => !each.startsWith('<item>')));

/** An answer as EC2 might send it. In about nine of ten, all machines can be read. */
export const answers: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(
      '',
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<?xml version="1.0"?>\n<!-- EC2 -->\n',
      '<!DOCTYPE x>',
    ),
    fc.constantFrom(' xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"', ''),
    content(MODEL, ''),
    fc.constantFrom('', '\n', '\n<!-- end -->'),
  )
  .map(([prolog, namespace, inner, end]) =>
    [prolog, `<DescribeInstancesResponse${namespace}>`, inner, '</DescribeInstancesResponse>', end].join(''),
  );

function content(model: Model, path: string): fc.Arbitrary<string> {
  if (typeof model === 'string') return value(model, path);
  if ('items' in model) {
    const items = fc.array(element(model.element, model.items, path), { maxLength: 3 });
    return fc
      .tuple(items, between, inList)
      .map(([each, gap, more]) => each.map((item) => gap + item).join('') + more + gap);
  }
  const indexes = model.members.map((_, index) => index);
  return fc
    .tuple(
      fc.tuple(...model.members.map((each) => present(each, path))),
      fc.shuffledSubarray(indexes, { minLength: indexes.length }),
      between,
      inMembers,
    )
    .map(([members, order, gap, more]) => order.map((index) => gap + (members[index] ?? '')).join('') + more + gap);
}

function present({ name, element: tag, model }: MemberModel, path: string): fc.Arbitrary<string> {
  const inner = path === '' ? name : `${path}.${name}`;
  const needed = NEEDED.has(machinePath(inner)) || NEEDED.has(inner);
  return mostly(element(tag, model, inner), fc.constant(''), needed ? 60 : 2);
}

function element(tag: string, model: Model, path: string): fc.Arbitrary<string> {
  return fc
    .tuple(content(model, path), fc.constantFrom(`<${tag}/>`, `<${tag} />`, `<${tag}></${tag}>`, `<${tag}></${tag}\n>`))
    .map(([inner, empty]) => (inner === '' ? empty : `<${tag}>${inner}</${tag}>`));
}

function value(kind: Extract<Model, string>, path: string): fc.Arbitrary<string> {
  const usual = USUAL[machinePath(path)];
  if (usual !== undefined) return usual;
  switch (kind) {
    case 'text':
      return /Ip$|Address$/.test(path) ? fc.oneof(address, anyText) : anyText;
    case 'number':
      return fc.constantFrom('0', '1', '-1', '4294967296');
    case 'boolean':
      return fc.constantFrom('true', 'false');
    case 'time':
      return time;
  }
}

function machinePath(path: string): string {
  return path.replace(/^Reservations\.Instances\./, '');
}

function rarely(texts: readonly string[]): fc.Arbitrary<string> {
  return mostly(fc.constant(''), fc.constantFrom(...texts), 9);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll(']]>', ']]&gt;');
}
