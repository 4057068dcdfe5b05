/** Text, and JSON, as nobody who means well would send it. */
import fc from 'fast-check';
import { addressOf, idOf } from '../support/fleet.ts';
import { FIRST_BAIT } from './site.ts';

const ID = idOf(FIRST_BAIT);
const ADDRESS = addressOf(FIRST_BAIT);

/** What makes of the name of a machine something else, or another spelling of the same. */
const TWISTS: readonly ((name: string) => string)[] = [
  (name) => `${name}*`,
  (name) => `${name.slice(0, -1)}?`,
  (name) => `${name.slice(0, -2)}*`,
  (name) => `${name},${idOf(FIRST_BAIT + 1)}`,
  (name) => `["${name}","${idOf(FIRST_BAIT + 1)}"]`,
  (name) => `${name} --endpoint-url=http://127.0.0.1:9`,
  (name) => `--instance-ids=${name}`,
  (name) => `$(echo ${name})`,
  (name) => `${name}\u0000`,
  (name) => `${name}\n`,
  (name) => ` ${name}\t`,
  (name) => `${name}\r\n${name}`,
  (name) => `\u202e${name}`,
  (name) => `${name}\u200f`,
  (name) => `\ufeff${name}`,
  (name) => `${name}%00`,
  (name) => `${name}\\`,
  (name) => `http://${name}:9100/metrics`,
  (name) => `user@${name}`,
  (name) => `[${name}]`,
  (name) => `[::ffff:${name}]`,
  (name) => `${name}:`,
  (name) => `${name}:9100`,
  (name) => `${name}:9100:9100`,
  (name) => `${name}.`,
  (name) => `${name}..`,
  (name) => `.${name}`,
  (name) => `${name}.ec2.internal`,
  (name) => `${name}.eu-central-1.compute.internal`,
  (name) => `${name}%eth0`,
  (name) => `${name}/32`,
  (name) => name.toUpperCase(),
  (name) => name.replaceAll('0', '\uff10'),
  (name) => name.replaceAll('0', '\u0660'),
  (name) => name.replaceAll('i', '\u0131'),
  (name) => name.replace('.', '\u3002'),
  (name) => name.replace('10.', '012.'),
  (name) => name.replaceAll('.', '-'),
  (name) => `ip-${name.replaceAll('.', '-')}`,
  (name) => name.repeat(1_000),
];

const SPELLINGS = [
  '*', '?', '10.*', 'i-*', 'i-', '', ' ', '.', ':', '[]', '%', '0', '-1', '10.0.64', '0x0a000040', '167772224', '10.0.0.064',
  '0.0.0.0', '127.0.0.1', '169.254.169.254', '255.255.255.255', '::', '::1', '::ffff:10.0.0.64', '2001:db8::40', '2001:DB8:0::40',
  'fe80::1%eth0', 'localhost', 'file:///etc/passwd', 'fileb:///etc/passwd', '@file', '--endpoint-url', '-', '--', '`id`',
  "' OR 1=1 --", '<script>alert(1)</script>', '{{.Labels}}', '${jndi:ldap://127.0.0.1/a}', '\u001b]0;x\u0007', '\ud800', '\udc00\ud800',
  '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'start', 'stop', 'false', 'true', 'native', 'cli', 'null',
  'eu-central-1', 'us-gov-west-1', 'eu-central-1.evil.example', '../..', 'firing', 'resolved', 'gpu-1.example.com',
  'a'.repeat(64), 'a.'.repeat(126), 'a'.repeat(70_000), '\u0000', '\n', '\u2028', '1e999', 'NaN', 'Infinity',
  '9'.repeat(40), '0001-01-01T00:00:00Z', '-271821-04-20T00:00:00Z', '+275760-09-13T00:00:00Z', '9999-12-31T23:59:59.999999999Z',
  '0000-01-01T00:00:00Z', '2026-02-30T00:00:00Z', '2026-01-01T00:00:00+23:59', '1970-01-01T00:00:00Z',
]; // prettier-ignore

/** Any UTF-16, with surrogates that lack their other half. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.nat({ max: 0xffff }), { maxLength }).map((units) => String.fromCharCode(...units));
}

/** The name of a machine, or what takes its place. */
export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...SPELLINGS) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(ID, ADDRESS, `2001:db8::${FIRST_BAIT.toString(16)}`), fc.constantFrom(...TWISTS))
      .map(([name, twist]) => twist(name)),
  },
  { weight: 1, arbitrary: anyText(40) },
  {
    weight: 1,
    arbitrary: fc.string({
      unit: fc.constantFrom(...Array.from('i-0123456789abcdef.:*?[]/\\ \n\u0000')),
      maxLength: 24,
    }),
  },
  { weight: 1, arbitrary: fc.ipV4() },
  { weight: 1, arbitrary: fc.ipV6() },
);

/** Text of JSON, or of nearly JSON. */
export const json: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: text.map((value) => JSON.stringify(value)) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'null', 'true', 'false', '0', '-0', '1e999', '-1e999', '1e-999', '9'.repeat(400), '0.1', '[]', '{}', '[[]]', '""',
      '"\\ud800"', '"\\u0000"', '{"__proto__":{"action":"stop","dryrun":"false"}}', '{"constructor":{"prototype":{"action":"stop"}}}',
      '{"length":1,"0":"stop"}', '{"toString":null,"valueOf":null}', '{"toJSON":"x"}', '{"then":"x"}', `${'['.repeat(3_000)}${']'.repeat(3_000)}`,
      `${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`, `["${ID}"]`, `["${ADDRESS}"]`, `{"0":"${ID}"}`, `[${'1,'.repeat(2_000)}1]`,
    ), // prettier-ignore
  },
  { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('NaN', 'undefined', "'x'", '01', '+1', '"\n"', '"\\x"', '{a:1}', '[1,]', '//', '"', ''),
  },
);
