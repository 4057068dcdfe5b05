/**
 * Replays of public traces of GPU machines, against a table that another program made of them:
 *
 *   TRACES=/path/to/the/traces node --test test/properties/traces.test.ts
 *
 * The directory holds the notebooks' cells of Carver et al. (NotebookOS), the pools of Hu et al. (Helios) and the servers of Jeon et al.
 * (Philly), reduced to intervals in minutes. They are not a part of this repository. Each share is to be within one percent of the table's,
 * which is in whole percents.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { addUse, pastUse, type PastUse } from '../../src/domain/past-use.ts';
import { POLICIES, replay, type Tally } from '../../src/domain/replay.ts';
import { PROGRAM } from '../cli/person.ts';

const DIRECTORY = process.env['TRACES'];
const SKIP = DIRECTORY === undefined ? 'the traces are not at hand: TRACES names no directory' : false;

const MIN = 60_000;

/** By policy: hours saved of all idle ones, and the stops after which the machine was wanted within 15, 30 and 60 minutes. In percent. */
const NOTEBOOKS = [
  [94, 55, 66, 75],
  [89, 24, 36, 49],
  [86, 16, 25, 38],
  [83, 11, 20, 30],
  [81, 10, 17, 26],
  [74, 5, 9, 15],
];
const HELIOS = [
  [98, 36],
  [95, 18],
  [92, 10],
  [90, 10],
  [89, 7],
  [83, 9],
];
const PHILLY = [
  [96, 65],
  [93, 31],
  [92, 22],
  [91, 17],
  [90, 10],
  [88, 4],
];

function rowsOf(file: string): readonly (readonly string[])[] {
  const text = gunzipSync(readFileSync(path.join(DIRECTORY ?? '', file))).toString();
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
}

function shares(past: readonly PastUse[]): readonly (readonly number[])[] {
  return POLICIES.map((policy) => {
    const { idleMs, savedMs, stops, regrets }: Tally = replay(past, policy).total;
    return [savedMs / idleMs, ...Object.values(regrets).map((count) => count / stops)].map((part) => 100 * part);
  });
}

function near(found: readonly (readonly number[])[], table: readonly (readonly number[])[]): void {
  for (const [row, expected] of table.entries())
    for (const [column, percent] of expected.entries()) {
      const share = found[row]?.[column] ?? NaN;
      assert.ok(Math.abs(share - percent) <= 1, `row ${row}, column ${column}: expected ${percent} %, got ${share} %`);
    }
}

const CELLS = 'adobe-2021-06-cells-inferred-sessions.csv.gz';

describe('public traces', { skip: SKIP }, () => {
  test('notebooks of 622 machines, through the command', () => {
    const rows = rowsOf(CELLS).map(([machine, from, until]) => `${machine},${Number(from) * 60},${Number(until) * 60}`);
    const { stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'replay', '--csv', '-', '--json'], {
      input: `machine,start,end\n${rows.join('\n')}\n`,
      encoding: 'utf8',
      maxBuffer: 1e8,
    });
    assert.equal(stderr, '');
    const { policies } = JSON.parse(stdout) as {
      policies: readonly { idleHours: number; savedHours: number; stops: number; regrets: Record<string, number> }[];
    };
    const found = policies.map(({ idleHours, savedHours, stops, regrets }) =>
      [savedHours / idleHours, ...['15m', '30m', '60m'].map((name) => (regrets[name] ?? 0) / stops)].map(
        (part) => 100 * part,
      ),
    );
    near(found, NOTEBOOKS);
  });

  test('Helios, with the span that the file gives', () => {
    const machines = Map.groupBy(rowsOf('helios-earth-2020-05-pool-intervals.csv.gz'), ([machine = '']) => machine);
    const past = [...machines].map(([machine, rows]) => {
      const uses = rows.flatMap(([, , , from, until]) => [Number(from) * MIN, Number(until) * MIN]);
      const [, from, until] = rows[0] ?? [];
      return { ...pastUse(machine, uses), span: { from: Number(from) * MIN, until: Number(until) * MIN } };
    });
    near(shares(past), HELIOS);
  });

  test('Philly, as if its 420 servers were taken and given back in one order', () => {
    const servers = Array.from({ length: 420 }, (): number[] => []);
    const takenAt = new Map<number, number>();
    const rows = rowsOf('philly-2017-servers-in-use.csv.gz').map(([minute, count]) => [Number(minute), Number(count)]);
    const end = (rows.at(-1)?.[0] ?? 0) + 1;
    let before = 0;
    for (const [minute = 0, count = 0] of [...rows, [end, 0]]) {
      const now = Math.min(count, servers.length);
      for (let server = before; server < now; server += 1) takenAt.set(server, minute);
      for (let server = now; server < before; server += 1)
        addUse(servers[server] ?? [], (takenAt.get(server) ?? 0) * MIN, minute * MIN);
      before = now;
    }
    const past = servers.map((uses, server) => ({
      ...pastUse(String(server), uses),
      span: { from: 0, until: end * MIN },
    }));
    near(shares(past), PHILLY);
  });
});
