/** Asks the server what other rules and guards would have done with its record. */
import * as z from 'zod';
import { tellDollars } from '../domain/price.ts';
import { readNumber, wantsJson, type Call } from './call.ts';
import { EXIT, usageError } from './command-error.ts';
import { policyTable, unpricedLines } from './replay-lines.ts';
import type { Line } from './screen.ts';
import { openServer, readInput } from './server.ts';

const regrets = z.object({ '15m': z.number(), '30m': z.number(), '60m': z.number() });

const policy = z.looseObject({
  name: z.string(),
  quietMinutes: z.number(),
  idleHours: z.number(),
  savedHours: z.number(),
  stops: z.number(),
  regrets,
  wantedBack: z.number(),
  waitedMinutes: z.number(),
  unknownEnds: z.number(),
  savedDollars: z.exactOptional(z.number()),
  dollarsBasis: z.exactOptional(z.string()),
  unpricedHours: z.number(),
  heldBack: z.record(z.string(), z.number()),
  worst: z.array(z.object({ machine: z.string(), stops: z.number(), savedHours: z.number(), regrets })),
});

const replayAnswer = z.looseObject({
  since: z.string(),
  until: z.string(),
  machines: z.number(),
  unknownHours: z.number(),
  startMinutes: z.number(),
  happened: z.looseObject({
    stops: z.number(),
    savedHours: z.number(),
    regrets,
    savedDollars: z.exactOptional(z.number()),
    dollarsBasis: z.exactOptional(z.string()),
    waitedMinutes: z.number(),
  }),
  asNow: policy,
  policies: z.array(policy),
  notPriced: z.array(z.string()),
  notAsked: z.array(z.string()),
  cannotTell: z.array(z.string()),
});
type Answer = z.output<typeof replayAnswer>;
type Policy = z.output<typeof policy>;

/** Options about other pasts. */
const OF_OTHERS = ['quiet', 'start', 'prometheus', 'by', 'type-label'];

/** A server looks through a year of a thousand machines. In milliseconds. */
const PATIENCE_MS = 300_000;

/** @returns the exit code */
export async function replayRecord(call: Call): Promise<number> {
  const { line, screen } = call;
  const { values, lists } = line;
  const json = wantsJson(call);
  const other = OF_OTHERS.find((name) => values.has(name) || lists.has(name));
  if (other !== undefined) throw usageError(`expected --${other} with --csv or --from-prometheus only`);
  const file = values.get('config');
  const body = JSON.stringify({
    days: readNumber(call, 'days', [1, 400]),
    ruleWindows: lists.get('rule-window'),
    ruleWindowNow: values.get('rule-window-now'),
    config: file === undefined ? undefined : readInput(file, 'settings in YAML'),
  });
  const question = { method: 'POST', path: 'api/v1/replay', body, patienceMs: PATIENCE_MS } as const;
  const answer = await openServer(call).ask(replayAnswer, question);
  if (json) screen.json(answer);
  else screen.write(recordLines(answer, screen.columns()));
  return EXIT.ok;
}

/** @param width characters in a line; undefined for no limit */
function recordLines(answer: Answer, width: number | undefined): readonly Line[] {
  const { since, until, machines, happened, asNow, policies, notPriced, notAsked, cannotTell, startMinutes } = answer;
  const { stops, savedHours, savedDollars, dollarsBasis = 'by price' } = happened;
  const dollars = savedDollars === undefined ? '' : `, ${tellDollars(savedDollars)} ${dollarsBasis}`;
  const back = `${happened.regrets['30m']} of them wanted back within 30 minutes`;
  return [
    [`from ${since} until ${until}, alerts asked to stop ${machines} ${machines === 1 ? 'machine' : 'machines'}`],
    [
      `What happened: ${stops} ${stops === 1 ? 'stop' : 'stops'} by alerts, ${back}; ${savedHours.toFixed(1)} hours saved${dollars}`,
    ],
    [],
    ...policyTable([{ ...asNow, name: 'as now, replayed' }, ...policies], width),
    [],
    [`WAITED: ${startMinutes.toFixed(1)} minutes for each start after a stop.`],
    ['"What happened" leaves out stops by leases and people, and its hours end at savings.cap; a replay has no cap.'],
    [
      '"as now, replayed" is what a replay makes of the present rules and guards. Compare others with it, and it with what happened.',
    ],
    ...basisLines(asNow, policies),
    ...unpricedLines(notPriced, policies[0]?.savedDollars !== undefined),
    [`Not asked, because the record does not know: ${notAsked.join('; ')}.`],
    ['History cannot tell'],
    ...cannotTell.map((one): Line => [`- ${one}`]),
  ];
}

/** A configuration may have prices of its own. */
function basisLines({ dollarsBasis: now }: Policy, [first]: readonly Policy[]): readonly Line[] {
  const changed = first?.dollarsBasis;
  const bases =
    now === changed
      ? [`Dollars of a replay are ${now}`]
      : [
          `Dollars of "as now, replayed" are ${now ?? 'not known'}`,
          `those of the other rows ${changed ?? 'not known'}`,
        ];
  return now === undefined && changed === undefined
    ? []
    : [[`${bases.join(', ')}; a machine of which nothing more is known counts as on-demand Linux.`]];
}
