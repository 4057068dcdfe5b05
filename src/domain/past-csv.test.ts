import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { createPastReader, CsvError } from './past-csv.ts';

function read(text: string, piece = Infinity) {
  const reader = createPastReader();
  for (let at = 0; at < text.length; at += piece) reader.feed(text.slice(at, at + piece));
  return reader.end().past.map(({ machine, uses, type }) => [machine, uses, ...(type === undefined ? [] : [type])]);
}

function problem(text: string): string {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof CsvError);
    return error.message;
  }
  return '';
}

describe('a file', () => {
  const NOON = Date.parse('2026-11-22T12:00:00Z');
  const ROW = [['gpu-1', [NOON, NOON + 3_600_000]]];
  const cases: Readonly<Record<string, string>> = {
    'with a header': 'machine,start,end\ngpu-1,2026-11-22T12:00:00Z,2026-11-22T13:00:00Z\n',
    'without one': 'gpu-1,2026-11-22T12:00:00Z,2026-11-22T13:00:00Z',
    'with seconds since the epoch': `gpu-1,${NOON / 1_000},${NOON / 1_000 + 3_600}\n`,
    'with fractions and exponents': `gpu-1,${NOON / 1_000}.0,1.7953524e9\n`.replace(
      '1.7953524e9',
      `${(NOON / 1_000 + 3_600) / 1e9}e9`,
    ),
    'with other columns, in another order': `End,gpus,Machine,Start\n2026-11-22T13:00:00Z,8,gpu-1,2026-11-22T12:00:00Z\n`,
    'with line ends of Windows': 'machine,start,end\r\ngpu-1,2026-11-22T12:00:00Z,2026-11-22T13:00:00Z\r\n\r\n',
    'with line ends of old': 'machine,start,end\rgpu-1,2026-11-22T12:00:00Z,2026-11-22T13:00:00Z\r',
    'with quotes and spaces':
      '"machine" , "start","end"\n "gpu-1" ,"2026-11-22 12:00:00z", 2026-11-22T13:00:00.000Z \n',
    'with offsets': 'gpu-1,2026-11-22T14:00:00+02:00,2026-11-22T07:30:00-05:30\n',
    'with empty lines and empty rows':
      '\n\nmachine,start,end\n\n,,\ngpu-1,2026-11-22T12:00:00Z,2026-11-22T13:00:00Z\n\n',
  };
  for (const [what, text] of Object.entries(cases))
    test(what, () => {
      for (const piece of [Infinity, 1, 7]) assert.deepEqual(read(text, piece), ROW);
    });

  test('say nothing of the price of a machine that had two types', () => {
    const text = 'machine,type,start,end\na,g5.xlarge,0,60\na,p4d.24xlarge,120,180\nb,g5.xlarge,0,60\nb,,90,99\n';
    assert.deepEqual(
      read(text).map(([machine, , type]) => [machine, type]),
      [
        ['a', undefined],
        ['b', 'g5.xlarge'],
      ],
    );
  });

  test('may have machines with any names, and types', () => {
    const text = 'machine,type,start,end\n"a, ""b""\nc",g5.xlarge,0,60\n__proto__,,60,60\n=1+1,,-60,0.5\n';
    for (const piece of [Infinity, 3])
      assert.deepEqual(read(text, piece), [
        ['a, "b"\nc', [0, 60_000], 'g5.xlarge'],
        ['__proto__', [60_000, 60_000]],
        ['=1+1', [-60_000, 500]],
      ]);
  });

  test('may have rows of a machine in any order, which overlap and touch', () => {
    const text = 'm,300,360\nm,0,60\nn,5,6\nm,60,120\nm,30,90\nm,300,310\nm,200,200\n';
    assert.deepEqual(read(text), [
      ['m', [0, 120_000, 200_000, 200_000, 300_000, 360_000]],
      ['n', [5_000, 6_000]],
    ]);
  });

  test('with a leap second and the last day of February', () => {
    const text = 'm,2016-12-31T23:59:60Z,2028-02-29T00:00:00Z';
    assert.deepEqual(read(text), [['m', [Date.UTC(2017, 0, 1), Date.UTC(2028, 1, 29)]]]);
  });
});

describe('a row that cannot be read is named', () => {
  const good = 'machine,start,end\nm,0,60\n';
  const cases: readonly (readonly [text: string, expected: RegExp])[] = [
    ['', /^line 1: expected rows of machine,start,end, got none$/],
    ['machine,start,end\n\n', /^line 2: expected rows of machine,start,end, got none$/],
    [`${good}m,60\n`, /^line 3: expected 3 fields separated by commas, got 2$/],
    [`${good}m,60,70,80\n`, /^line 3: expected 3 fields separated by commas, got 4$/],
    [`${good}\n,60,70\n`, /^line 4: expected the name of a machine, got nothing$/],
    [
      `${good}m,,70\n`,
      /^line 3: expected a time such as 2026-11-27T14:00:00Z, or seconds since the epoch, as start, got nothing$/,
    ],
    [`${good}m,yesterday,70\n`, /^line 3: expected a time such as .* as start, got "yesterday"$/],
    [`${good}m,70,"\u001b[2J"\n`, /^line 3: .* as end, got "\\u001b\[2J"$/],
    [`${good}m,NaN,70\n`, /as start, got "NaN"$/],
    [`${good}m,0x10,70\n`, /as start, got "0x10"$/],
    [`${good}m,2026-02-29T00:00:00Z,70\n`, /as start, got "2026-02-29T00:00:00Z"$/],
    [`${good}m,2026-02-28T24:00:00Z,70\n`, /as start, got "2026-02-28T24:00:00Z"$/],
    [`${good}m,2026-02-28T23:00:00+24:00,70\n`, /as start, got/],
    [
      `${good}m,2026-11-27T14:00:00,70\n`,
      /^line 3: expected a time with its offset from UTC, such as .*, as start, got/,
    ],
    [
      `${good}m,1795352400000,1795352460000\n`,
      /^line 3: expected seconds since the epoch, not milliseconds, as start, got "1795352400000"$/,
    ],
    [
      `${good}m,70,60\n`,
      /^line 3: expected an end that is not before its start, 1970-01-01T00:01:10\.000Z, got 1970-01-01T00:01:00\.000Z$/,
    ],
    [`${good}"m,70,80\nm,90,99`, /^line 3: expected a quote that is closed, got none$/],
    [`${good}"m"x,70,80\n`, /^line 3: expected a comma behind a closing quote, got more text$/],
    [`${good}"a\nb",70,80\nm,x,1`, /^line 5: .* got "x"$/],
    [
      'machine;start;end\n',
      /^line 1: expected the header machine,start,end or a row of it, separated by commas, got other separators than commas$/,
    ],
    ['machine,start_min,end_min\nm,0,1\n', /^line 1: expected the header .*, got "machine,start_min,end_min"$/],
    ['machine,start,end,start\n', /^line 1: expected one column start, got two$/],
    [
      `${good}${'x'.repeat(20_000)}`,
      /^line 3: expected a row of machine,start,end, got a line of more than 10000 characters$/,
    ],
    [`${good}"${'x\n'.repeat(20_000)}`, /^line 3: expected a quote that is closed, got none$/],
  ];
  for (const [text, expected] of cases)
    test(JSON.stringify(text.slice(0, 60)), () => {
      assert.match(problem(text), expected);
    });
});

test('what is written by the rules is read as it was', () => {
  const name = fc.string({ minLength: 1, maxLength: 8, unit: 'binary' }).filter((one) => !/[\r\ufffd]/.test(one));
  const row = fc.tuple(name, fc.integer({ min: -1e9, max: 4e9 }), fc.integer({ min: 0, max: 1e6 }));
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 20 }),
      fc.boolean(),
      (rows, piece, isIso) => {
        const time = (seconds: number): string => (isIso ? new Date(seconds * 1_000).toISOString() : String(seconds));
        const text = rows
          .map(([machine, from, length]) => `"${machine.replaceAll('"', '""')}",${time(from)},${time(from + length)}\n`)
          .join('');
        const names = new Set(rows.map(([machine]) => machine));
        const found = read(`machine,start,end\n${text}`, piece);
        assert.deepEqual(
          found.map(([machine]) => machine),
          [...names],
        );
        assert.ok(found.every(([, uses]) => Array.isArray(uses) && uses.length > 0));
      },
    ),
  );
});
