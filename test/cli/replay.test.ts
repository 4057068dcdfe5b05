/** `replay --csv`: what policies would have done with the times in which machines were busy. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as z from 'zod';
import { stopAlert } from '../support/alerts.ts';
import { machine } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';
import { PROGRAM, startPerson } from './person.ts';

/** Two weeks of five machines, made up: runs by day, trainings by night, and a machine that nobody remembers. */
const FILE = fileURLToPath(new URL('../fixtures/replay/two-weeks.csv', import.meta.url));

function run(words: readonly string[], input: string | Buffer = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'replay', ...words], {
    input,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  return { status, stdout, stderr };
}

const answer = z.strictObject({
  source: z.strictObject({
    name: z.string(),
    rows: z.number(),
    unknownHours: z.literal(0),
    machines: z.number(),
    since: z.iso.datetime(),
    until: z.iso.datetime(),
  }),
  policies: z.array(
    z.looseObject({
      name: z.string(),
      idleHours: z.number(),
      savedHours: z.number(),
      stops: z.number(),
      regrets: z.strictObject({ '15m': z.number(), '30m': z.number(), '60m': z.number() }),
      heldBack: z.record(z.string(), z.number()),
      savedDollars: z.number().optional(),
    }),
  ),
  guards: z.string(),
  notPriced: z.array(z.string()),
  notAsked: z.array(z.string()),
  cannotTell: z.array(z.string()).min(1),
});

function replayed(words: readonly string[], input?: string | Buffer) {
  const { status, stdout, stderr } = run([...words, '--json'], input);
  assert.deepEqual([status, stderr], [0, '']);
  return answer.parse(JSON.parse(stdout));
}

/** Worked out by another program: hours saved, stops, and regrets within 15, 30 and 60 minutes. */
const EXPECTED = [
  ['6m', 1_124.717, 210, 26, 60, 128],
  ['21m', 1_076.983, 184, 34, 102, 127],
  ['36m', 1_037.217, 150, 68, 68, 93],
  ['51m', 1_006.183, 82, 0, 25, 25],
  ['66m', 985.683, 82, 25, 25, 25],
  ['126m', 924.933, 57, 23, 23, 23],
];

test('policies come in the order of the question, with hours, stops and regrets', () => {
  const { source, policies } = replayed(['--csv', FILE, ...EXPECTED.flatMap(([name]) => ['--quiet', String(name)])]);
  assert.deepEqual([source.machines, source.rows], [5, 265]);
  assert.deepEqual(
    policies.map(({ name, savedHours, stops, regrets }) => [
      name,
      Math.round(savedHours * 1_000) / 1_000,
      stops,
      ...Object.values(regrets),
    ]),
    EXPECTED,
  );
  for (const { idleHours } of policies) assert.equal(Math.round(idleHours * 1_000), 1_147_383);
  // Without a policy of one's own, the same six.
  assert.deepEqual(
    replayed(['--csv', FILE]).policies.map(({ stops }) => stops),
    EXPECTED.map(([, , stops]) => stops),
  );
});

test('the guards of a configuration, its prices, and what nobody can ask of a file', () => {
  using directory = mkdtempDisposableSync('/tmp/ec2-operator-replay-');
  const config = path.join(directory.path, 'changed.yaml');
  writeFileSync(
    config,
    JSON.stringify({
      prices: { 'g5.xlarge': 2 },
      guards: {
        min_uptime: '60m',
        require_tag: { key: 'managed' },
        windows: [{ forbid: '00:00-24:00', days: ['mon'] }],
      },
    }),
  );
  // 2026-11-02 is a Monday: the window holds it until midnight.
  const text =
    'machine,type,start,end\na,g5.xlarge,2026-11-02T10:00:00Z,2026-11-02T11:00:00Z\na,g5.xlarge,2026-11-03T06:00:00Z,2026-11-03T07:00:00Z\n' +
    'b,x9.mega,2026-11-03T00:00:00Z,2026-11-03T00:10:00Z\nb,,2026-11-03T00:50:00Z,2026-11-03T00:51:00Z\n';
  const { policies, guards, notAsked } = replayed(['--csv', '-', '--quiet', '20m', '--config', config], text);
  const [first] = policies;
  assert.deepEqual([guards, first?.stops, first?.savedHours, first?.savedDollars], ['asked', 1, 6, 12]);
  assert.deepEqual(first?.heldBack, { min_uptime: 1 });
  assert.equal(notAsked[0], 'guards.require_tag');
  const [free] = replayed(['--csv', '-', '--quiet', '20m'], text).policies;
  assert.deepEqual([free?.stops, free?.heldBack], [2, {}]);
});

test('which machines have no dollars, and why', () => {
  const rows = (name: string, ...types: readonly string[]): string =>
    types.map((type, day) => `${name},${type},2026-11-0${day + 1}T10:00:00Z,2026-11-0${day + 1}T11:00:00Z\n`).join('');
  const head = 'machine,type,start,end\n';
  const mixed = rows('a', 'g5.xlarge', 'p4d.24xlarge');
  const text = head + mixed + rows('b', '', '') + rows('c', 'x9.mega', 'x9.mega') + rows('d', '\u202e', '');
  const { policies, notPriced } = replayed(['--csv', '-', '--quiet', '1h'], text);
  assert.equal(policies[0]?.savedDollars, undefined);
  assert.deepEqual(notPriced, [
    'the instance type of 1 machine is not known',
    '1 machine had more than one instance type, and which hours were of which is not known',
    'no price is known of x9.mega, "\\u202e" (2 machines): prices of a configuration can name it',
  ]);
  const table = (input: string): string => run(['--csv', '-', '--quiet', '1h', '--table'], input).stdout;
  assert.match(table(text), /^No dollars: the instance type of 1 machine is not known; 1 machine had more than one/m);
  const priced = head + rows('e', 'g5.xlarge', 'g5.xlarge');
  assert.match(table(priced + mixed), /^Hours without dollars: 1 machine had more than one instance type/m);
  assert.doesNotMatch(table(priced), /without dollars|No dollars/);
  assert.match(table(priced), /^Dollars are at list price \(us-east-1, 2026-07-20\); a machine of which nothing more/m);
});

test('packed files, and what stands in the way of reading one', () => {
  const plain = replayed(['--csv', '-', '--quiet', '36m'], readFileSync(FILE));
  const packed = replayed(['--csv', '-', '--quiet', '36m'], gzipSync(readFileSync(FILE)));
  assert.deepEqual(packed, plain);
  const problems: readonly (readonly [words: readonly string[], input: string | Buffer, expected: RegExp])[] = [
    [['--csv', '-'], 'm,1,2\nm,3\n', /^ec2-operator: standard input, line 2: expected 3 fields/],
    [['--csv', '-'], Buffer.from('m,1,2\n\xff,3,4\n', 'latin1'), /standard input, line 2: expected text in UTF-8/],
    [['--csv', '-'], Buffer.from('\ufeffm,1,2\n', 'utf16le'), /standard input, line 1: expected text in UTF-8/],
    [['--csv', '-'], gzipSync('m,1,2\n').subarray(0, 20), /cannot read standard input \(Z_BUF_ERROR\)/],
    [['--csv', '/nowhere/busy.csv'], '', /cannot read \/nowhere\/busy\.csv \(ENOENT\)/],
    [['--csv', FILE, '--quiet', '36'], '', /expected a duration such as 36m for --quiet, got "36"/],
    [['--csv', FILE, '--config', FILE], '', /two-weeks\.csv: /],
  ];
  for (const [words, input, expected] of problems) {
    const { status, stdout, stderr } = run(words, input);
    assert.deepEqual([status, stdout], [2, ''], words.join(' '));
    assert.match(stderr, expected);
  }
});

test('the table says what history cannot tell, and no name can write on the terminal', () => {
  const text = 'machine,start,end\n"\u001b[2J\u202e",0,60\n"\u001b[2J\u202e",1200,1260\n';
  const { status, stdout } = run(['--csv', '-', '--quiet', '10m', '--table'], text);
  assert.equal(status, 0);
  assert.match(stdout, /^1 machine from .*: 0\.3 idle hours \(standard input, 2 rows\)$/m);
  assert.match(stdout, /^10m +0\.2 h +47 % +1 +100 % \(1\)/m);
  assert.match(stdout, /History cannot tell\n- whether a machine ran/);
  assert.ok(!stdout.includes('\u001b') && !stdout.includes('\u202e'));
});

test('the record of a server, with the rules and guards that are asked about', async () => {
  await using operator = await startOperator({ machines: [machine(1)] });
  const asked = async (...args: readonly string[]) => startPerson(operator.url, ['replay', ...args]).end;
  const json = await asked('--rule-window', '60m', '--rule-window', '2h', '--days', '7');
  assert.equal(json.code, 0, json.stderr);
  const found = z
    .looseObject({
      happened: z.looseObject({ stops: z.literal(0) }),
      policies: z.array(z.looseObject({ name: z.string() })),
    })
    .parse(JSON.parse(json.stdout));
  assert.deepEqual(
    found.policies.map(({ name }) => name),
    ['window 1h', 'window 2h'],
  );
  const table = await asked('--config', FILE, '--table');
  assert.equal(table.code, 2);
  assert.match(table.stderr, /config: /);
  const { code, stdout } = await asked('--table');
  assert.equal(code, 0);
  assert.match(
    stdout,
    /alerts asked to stop 0 machines\nWhat happened: 0 stops by alerts, 0 of them wanted back within 30 minutes/,
  );
  assert.match(stdout, /^as now, replayed /m);
  const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
  await operator.end(receipt?.operation);
  using directory = mkdtempDisposableSync('/tmp/ec2-operator-replay-');
  const prices = path.join(directory.path, 'changed.yaml');
  writeFileSync(prices, 'prices: { g5.xlarge: 2 }');
  const listed = 'at list price \\(us-east-1, 2026-07-20\\)';
  assert.match((await asked('--table')).stdout, new RegExp(`^Dollars of a replay are ${listed}; `, 'm'));
  assert.match(
    (await asked('--config', prices, '--table')).stdout,
    new RegExp(`^Dollars of "as now, replayed" are ${listed}, those of the other rows as configured; `, 'm'),
  );
  for (const [words, expected] of [
    [['--quiet', '36m'], /expected --quiet with --csv or --from-prometheus only/],
    [['--csv', FILE, '--rule-window', '1h'], /expected --rule-window without --csv and --from-prometheus/],
    [['--from-prometheus'], /expected --prometheus URL, or a configuration with prometheus\.url/],
    [['--from-prometheus', '--prometheus', 'http://127.0.0.1:1', '--by', 'a-b'], /expected the name of a label/],
  ] as const) {
    const wrong = await asked(...words);
    assert.equal(wrong.code, 2, words.join(' '));
    assert.match(wrong.stderr, expected);
  }
  const away = await asked('--from-prometheus', '--prometheus', 'http://127.0.0.1:1');
  assert.deepEqual([away.code, away.stdout], [3, '']);
  assert.match(away.stderr, /no answer from http:\/\/127\.0\.0\.1:1\/api\/v1\/query_range/);
});
