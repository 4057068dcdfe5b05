/** `replay --from-prometheus` against a real Prometheus, whose past is written by promtool. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { temporaryDirectory } from '../support/operator.ts';
import { minimalEnvironment, startProgram } from '../support/program.ts';
import { findTool } from '../support/tools.ts';
import { PROGRAM } from '../cli/person.ts';

const TOOLS = ['prometheus', 'promtool'].map((name) => findTool(name, 'prometheus'));
const MISSING = TOOLS.flatMap((tool) => ('skip' in tool ? [tool.skip] : [])).join('; ');
const [PROMETHEUS = '', PROMTOOL = ''] = TOOLS.map((tool) => ('path' in tool ? tool.path : ''));

const MIN = 60;
/** The past ends a day ago, in a whole minute: in seconds since the epoch. */
const END = Math.floor(Date.now() / 60_000) * MIN - 86_400;
const HOURS = 20;
const BEGIN = END - HOURS * 60 * MIN;

/** The value of a series in each minute of the past; undefined without a reading. */
type Reading = (minute: number) => number | undefined;

function within(minute: number, ...stretches: readonly (readonly [from: number, until: number])[]): boolean {
  return stretches.some(([from, until]) => from <= minute && minute < until);
}

const SERIES: Readonly<Record<string, Readonly<Record<string, Reading>>>> = {
  nvidia_smi_utilization_gpu_ratio: {
    // Works for two hours, is quiet for six, works for one minute; no readings for three hours; quiet to the end.
    '{instance="gpu-1.example.com:9835",uuid="GPU-1",instance_type="g5.xlarge"}': (minute) =>
      within(minute, [600, 780]) ? undefined : within(minute, [0, 120], [480, 481]) ? 0.9 : 0,
    '{instance="gpu-1.example.com:9835",uuid="GPU-2",instance_type="g5.xlarge"}': (minute) =>
      within(minute, [600, 780]) ? undefined : 0.01,
    // Its GPU rests, and its processors work until noon.
    '{instance="gpu-3:9835",uuid="GPU-3"}': () => 0,
  },
  node_cpu_seconds_total: {
    '{instance="gpu-3:9100",mode="user",cpu="0",job="node"}': (minute) => Math.min(minute, 720) * 60,
  },
  DCGM_FI_DEV_GPU_UTIL: {
    // Which of two types the machine has is not known. The second GPU has no valid reading for five hours, in which nobody knows whether it works.
    '{instance="10.0.1.5:9400",UUID="GPU-4",Hostname="node-4",instance_type="g5.xlarge"}': (minute) =>
      minute < 60 ? 80 : 0,
    '{instance="10.0.1.5:9400",UUID="GPU-5",Hostname="node-4",instance_type="g5.2xlarge"}': (minute) =>
      within(minute, [300, 600]) ? -1 : 0,
  },
};

function openMetrics(): string {
  const families = Object.entries(SERIES).map(([name, series]) => {
    const family = name.replace(/_total$/, '');
    const rows = Object.entries(series).flatMap(([labels, reading]) =>
      Array.from({ length: HOURS * 60 + 1 }, (_, minute) => {
        const value = reading(minute);
        return value === undefined ? '' : `${name}${labels} ${value} ${BEGIN + minute * MIN}\n`;
      }),
    );
    return `# TYPE ${family} ${name === family ? 'gauge' : 'counter'}\n${rows.join('')}`;
  });
  return `${families.join('')}# EOF\n`;
}

const answer = z.object({
  source: z.object({ name: z.string(), machines: z.number(), unknownHours: z.number() }),
  policies: z.array(
    z.object({
      idleHours: z.number(),
      savedHours: z.number(),
      stops: z.number(),
      unknownEnds: z.number(),
      wantedBack: z.number(),
      savedDollars: z.number().optional(),
      unpricedHours: z.number(),
      worst: z.array(z.unknown()),
    }),
  ),
  notPriced: z.array(z.string()),
  cannotTell: z.array(z.string()),
});

describe('a past in Prometheus', { skip: MISSING === '' ? false : MISSING }, () => {
  test('is replayed, and what nobody has read is never saved', async () => {
    await using stack = new AsyncDisposableStack();
    const directory = await temporaryDirectory(stack);
    const data = path.join(directory, 'data');
    writeFileSync(path.join(directory, 'past.txt'), openMetrics());
    writeFileSync(path.join(directory, 'prometheus.yml'), 'global: {}\n');
    const environment = minimalEnvironment();
    const args = ['tsdb', 'create-blocks-from', 'openmetrics', path.join(directory, 'past.txt'), data];
    const promtool = stack.use(await startProgram({ name: 'promtool', program: PROMTOOL, args, environment }));
    assert.equal(await promtool.exited, 0);
    const prometheus = stack.use(
      await startProgram({
        name: 'Prometheus',
        program: PROMETHEUS,
        args: [
          `--config.file=${path.join(directory, 'prometheus.yml')}`,
          `--storage.tsdb.path=${data}`,
          '--web.listen-address=127.0.0.1:0',
          // Parts that are too much for it are asked for in halves.
          '--query.max-samples=5000',
        ],
        environment,
      }),
    );
    const url = await prometheus.awaitLine((line) => {
      const address = /msg="Listening on" address=(\S+)/.exec(line)?.[1];
      return address === undefined ? undefined : `http://${address}`;
    });
    await prometheus.awaitLine((line) => (line.includes('Server is ready') ? true : undefined));
    const run = async (...more: readonly string[]) => {
      const replay = await startProgram({
        name: 'replay',
        program: process.execPath,
        args: [
          PROGRAM,
          'replay',
          '--from-prometheus',
          '--prometheus',
          url,
          '--days',
          '3',
          '--quiet',
          '36m',
          '--json',
          ...more,
        ],
        environment,
      });
      await using _ = replay;
      return answer.parse(
        await replay.awaitLine((line) => (line.startsWith('{') ? (JSON.parse(line) as unknown) : undefined)),
      );
    };

    const { source, policies, notPriced, cannotTell } = await run();
    assert.deepEqual([source.machines, source.name], [3, `Prometheus at ${new URL(url).host}`]);
    const [found] = policies;
    assert.ok(found);
    // gpu-1: after 120, wanted at 480; after 481, unknown from 600; after 780, to the end at 1200. gpu-3: after 720.
    // 10.0.1.5: after 60, unknown from 300; after 600, to the end.
    assert.deepEqual([found.stops, found.wantedBack, found.unknownEnds], [6, 1, 2]);
    const quiet = [480 - 120, 600 - 481, 1_200 - 780, 1_200 - 720, 300 - 60, 1_200 - 600];
    near(found.idleHours, sum(quiet));
    near(found.savedHours, sum(quiet.map((minutes) => minutes - 36)));
    near(source.unknownHours, 180 + 300);
    // A g5.xlarge at the list price of $1.006.
    near((found.savedDollars ?? 0) / 1.006, sum(quiet.slice(0, 3).map((minutes) => minutes - 36)));
    assert.deepEqual(notPriced, [
      'the instance type of 1 machine is not known',
      '1 machine had more than one instance type, and which hours were of which is not known',
    ]);
    assert.match(cannotTell.join('\n'), /time without readings counts as nothing at all/);

    const byNode = await run('--by', 'Hostname');
    assert.equal(byNode.source.machines, 1);
    assert.match(byNode.cannotTell.join('\n'), /which machine \d+ series are about: their label Hostname names none/);
  });
});

function sum(minutes: readonly number[]): number {
  return minutes.reduce((total, one) => total + one, 0);
}

/** A reading counts for two minutes, and the processors' for five: each of up to nine ends may be so far off. */
function near(hours: number, minutes: number): void {
  assert.ok(Math.abs(hours * 60 - minutes) <= 15, `expected ${minutes} minutes, got ${hours * 60}`);
}
