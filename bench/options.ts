/** The arguments of `npm run bench -- …`. */
import { parseArgs } from 'node:util';

export const USAGE = `npm run bench [-- [quota | store | live | savings] OPTIONS]

  --quick           a short form: one round, fewer scenarios
  --rounds N        how often everything is measured; medians are shown (3)
  --only TEXT       only scenarios whose name contains the text
  --alerts N        at most so many alerts in a scenario or baseline
  --json FILE       the results as JSON too
  --cpu-prof DIR    a CPU profile of every operator process
  quota             10,000 stops and 2,000 starts against EC2's real rate limits instead; takes nine minutes
  store             both stores with a month of work instead: lists, scrapes, and webhooks while it is pruned
  live              50 open pages while 100 moves are made each second: what they cost the operator; and the first page
  savings           a year of stops of 1,000 machines on both stores instead: the page, the API, and who else waits
  --pages N         with live: how many pages (50)
  --seconds N       with live: how long each measurement takes (60)
  --minutes N       with live: how long the pages stay open in the end, for their memory (0)
  --operations N    with store: how many operations it holds (1,000,000)
  --scale N         with quota: divides what goes beyond the buckets`;

const COMMANDS = ['alerts', 'quota', 'store', 'live', 'savings'] as const;

export interface Options {
  readonly command: (typeof COMMANDS)[number];
  readonly quick: boolean;
  readonly rounds: number;
  readonly only: string;
  readonly alerts: number;
  readonly scale: number;
  readonly operations: number;
  readonly pages: number;
  readonly seconds: number;
  readonly minutes: number;
  readonly json?: string;
  readonly profileDirectory?: string;
}

/** @throws Error with the usage when an argument is none of these */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const [asked = 'alerts', ...others] = positionals;
  const command = COMMANDS.find((known) => known === asked);
  if (command === undefined || others.length > 0) throw new Error(USAGE);
  const { json, 'cpu-prof': profileDirectory } = values;
  return {
    command,
    quick: values.quick,
    rounds: count('rounds', values.rounds, values.quick ? 1 : 3),
    only: values.only,
    alerts: count('alerts', values.alerts, Number.MAX_SAFE_INTEGER),
    scale: count('scale', values.scale, 1),
    operations: count('operations', values.operations, 1_000_000),
    pages: count('pages', values.pages, 50),
    minutes: count('minutes', values.minutes, 0),
    seconds: count('seconds', values.seconds, values.quick ? 5 : 60),
    ...(json === undefined ? {} : { json }),
    ...(profileDirectory === undefined ? {} : { profileDirectory }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        only: { type: 'string', default: '' },
        alerts: { type: 'string' },
        scale: { type: 'string' },
        operations: { type: 'string' },
        pages: { type: 'string' },
        seconds: { type: 'string' },
        minutes: { type: 'string' },
        json: { type: 'string' },
        'cpu-prof': { type: 'string' },
      },
    });
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, { cause: error });
  }
}

function count(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new Error(`expected a whole number from 1 after --${name}, got ${JSON.stringify(text)}\n\n${USAGE}`);
}
