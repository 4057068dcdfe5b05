/** The settings of the guards: `guards:` in the configuration file. Each guard can be turned off by its name. */
import * as z from 'zod';
import { OPTIONAL_GUARDS, type OptionalGuard } from '../domain/guard.ts';
import { SCRATCH_DISK_SETTINGS, SPOT_SETTINGS, type GuardSettings } from '../domain/guard-settings.ts';
import { VERBS } from '../domain/intent.ts';
import { quote } from '../domain/parsed.ts';
import { nextFree } from '../domain/window.ts';
import { complain, duration, selector, someTime, zone } from './fields.ts';

/** YAML 1.1, and people, write `off` in more than one way. */
const off = z.union([z.literal('off'), z.literal(false)]).transform((): 'off' => 'off');

const word = z.string().trim().toLowerCase().min(1).max(255);

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const RANGE = /^(?<fromHour>\d{2}):(?<fromMinute>\d{2})-(?<toHour>\d{2}):(?<toMinute>\d{2})$/;

/** Times of day, in minutes since midnight. */
export const range = z.string().transform((text, context): { from: number; to: number } => {
  const groups = RANGE.exec(text.trim())?.groups;
  const from = minutesOf(groups?.['fromHour'], groups?.['fromMinute']);
  const to = minutesOf(groups?.['toHour'], groups?.['toMinute']);
  if (from !== undefined && to !== undefined && from < MIDNIGHT) return { from, to };
  context.addIssue(`expected times of day such as 22:00-06:00 or 00:00-24:00, got ${JSON.stringify(text)}`);
  return z.NEVER;
});

const MIDNIGHT = 24 * 60;

function minutesOf(hour: string | undefined, minute: string | undefined): number | undefined {
  const minutes = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && minutes <= MIDNIGHT ? minutes : undefined;
}

export const windowSchema = z
  .strictObject({
    allow: range.optional().describe('Times of day at which the verbs are allowed, such as `22:00-06:00`.'),
    forbid: range
      .optional()
      .describe('Times of day at which the verbs are forbidden. Forbidden times override allowed ones.'),
    verbs: z
      .array(z.enum(VERBS))
      .min(1)
      .default([...VERBS])
      .describe('The verbs that the window is about.'),
    days: z
      .array(z.enum(DAYS))
      .min(1)
      .default([...DAYS])
      .describe('The days on which the range begins.'),
    zone: zone.default('UTC').describe('An IANA time zone.'),
    only: z
      .exactOptional(selector)
      .describe('The tags of the machines that the window is about. Default: all machines.'),
  })
  .transform(({ allow, forbid, days, ...about }, context) => {
    const times = allow ?? forbid;
    if (times === undefined || (allow !== undefined && forbid !== undefined)) {
      context.addIssue('expected either allow or forbid');
      return z.NEVER;
    }
    return {
      ...about,
      ...times,
      kind: allow === undefined ? ('forbid' as const) : ('allow' as const),
      days: days.map((day) => DAYS.indexOf(day) + 1),
    };
  });

/** Any Monday: windows repeat every week. */
const SOME_MONDAY = Date.UTC(2027, 0, 4);

/** Windows that never allow a verb are a mistake, unless they are about some machines only. */
function checkWindows(given: readonly z.output<typeof windowSchema>[], context: z.core.$RefinementCtx): void {
  if (context.issues.length > 0) return;
  for (const verb of VERBS) {
    const about = given.filter(({ verbs, only }) => verbs.includes(verb) && only === undefined);
    if (nextFree(about, SOME_MONDAY) === undefined)
      context.addIssue(`expected windows that leave some time to ${verb} machines, got none in a whole week`);
  }
}

const count = z.int().min(1).max(10_000);

const LIMIT_PERIOD = someTime.prefault('10m').describe('The time in which they are counted.');

const fleetLimit = z
  .strictObject({
    count: count.default(25).describe('The limit.'),
    per: LIMIT_PERIOD,
    also: z
      .array(
        z.strictObject({
          only: selector.describe('The tags of the machines that the limit counts and holds back.'),
          count: count.describe('The limit.'),
          per: LIMIT_PERIOD,
        }),
      )
      .default([])
      .describe('Further limits, each for the machines with some tags.'),
  })
  .prefault({});

const tagPattern = z
  .string()
  .min(1)
  .max(400)
  .refine((text) => text !== '*' && !text.slice(0, -1).includes('*'), 'expected a tag such as team, team=ml or team/*');

/** `on` is the same as no further settings. */
const managers = z.preprocess(
  (given) => (given === 'on' || given === true ? {} : given),
  z
    .strictObject({
      also: z
        .array(tagPattern)
        .default([])
        .describe('Further tags of managers: a key, `key=value`, or the beginning of a key and `*`.'),
      except: z.array(tagPattern).default([]).describe('Tags that do not mean a manager, in the same forms.'),
    })
    .prefault({}),
);

const optOutWords = z.strictObject({
  tag: z.string().min(1).max(128).default('ec2-operator').describe("The tag's key."),
  off: z.array(word).min(1).default(['off']).describe('Values that forbid everything.'),
  stop_only: z.array(word).default(['stop-only']).describe('Values that allow stops only.'),
  start_only: z.array(word).default(['start-only']).describe('Values that allow starts only.'),
});

const optOut = optOutWords.prefault({});

/** A guard without settings. */
const toggle = z.union([off, z.literal('on'), z.literal(true)]).default('on');

const shape = {
  require_tag: z
    .union([
      off,
      z.strictObject({
        key: z.string().min(1).max(128).describe("The tag's key."),
        value: z.exactOptional(z.string().max(256)).describe('Its value; unset: any.'),
      }),
    ])
    .default('off')
    .describe(
      'A tag that machines must have to be started or stopped at all, such as `{ key: ec2-operator, value: allowed }`. Recommended.',
    ),
  opt_out: z.union([off, optOut]).prefault({}).meta({
    shownDefault: 'tag `ec2-operator`: `off`, `stop-only`, `start-only`',
    description: 'The tag by which owners say what may be done to a machine. An unknown value forbids everything.',
  }),
  asg_member: z.union([off, managers]).prefault({}).meta({
    shownDefault: '[its tags](managers.md)',
    description:
      'Refuses machines that a service or a tool manages and would replace, by their tags: Auto Scaling groups, fleets, EMR, clusters and [more](managers.md). `also` adds tags to them, `except` leaves some out.',
  }),
  own_machine: toggle.describe(
    'Refuses automatic stops of the machine that ec2-operator itself runs on, by the metadata service of EC2: nothing would be left that starts it again.',
  ),
  spot: z
    .union([off, z.enum(SPOT_SETTINGS)])
    .default('one-time')
    .describe('Which Spot instances are not stopped: those of `one-time` requests, which EC2 does not stop, or `all`.'),
  scratch_disk: z
    .union([off, z.enum(SCRATCH_DISK_SETTINGS)])
    .default('allow')
    .describe(
      '`refuse` keeps machines running whose type has local disks, which lose their data. `allow` stops them and says so.',
    ),
  committed: z
    .union([off, z.literal('warn_only')])
    .default('off')
    .describe(
      '`warn_only`: machines in a Capacity Reservation or Capacity Block are not stopped automatically, because that capacity is paid for anyway; the refusal says so. People may stop them.',
    ),
  stale_alert: toggle.describe('Refuses stops whose alert began before the machine was last launched.'),
  flapping: z
    .union([
      off,
      z.strictObject({
        count: count.default(4).describe('The limit: the next one is refused.'),
        per: someTime.prefault('6h').describe('The time in which they are counted.'),
      }),
    ])
    .prefault({})
    .meta({
      shownDefault: '4 in 6h',
      description: 'Refuses an automatic stop or start of a machine that has reached the limit of them.',
    }),
  min_uptime: z
    .union([off, duration])
    .prefault('60m')
    .describe(
      'How long a machine is not stopped automatically after its launch, or after a person has asked for it. The tag `ec2-operator:min-uptime` overrides it for one machine.',
    ),
  windows: z
    .union([off, z.array(windowSchema).superRefine(checkWindows)])
    .prefault([])
    .meta({
      shownDefault: 'none',
      description: 'Times at which machines may be, or may not be, started or stopped by alerts.',
    }),
  still_firing: toggle.describe(
    'With `alertmanager.url`: asks Alertmanager whether the alert still fires before a stop that had to wait. Without an answer, nothing is stopped.',
  ),
  recent_alert: toggle.describe(
    'Without `alertmanager.url`: refuses a stop that waited for more than an hour when no copy of its alert has come in the last 5 hours.',
  ),
  fleet_limit: z.union([off, fleetLimit]).prefault({}).meta({
    shownDefault: '25 in 10m',
    description: 'The limit on automatic stops. Further stops wait.',
  }),
} satisfies Record<OptionalGuard, z.ZodType>;

interface Tagged {
  readonly require_tag: 'off' | { readonly key: string; readonly value?: string | undefined };
  readonly opt_out: 'off' | z.output<typeof optOutWords>;
}

/** A value of the tag has one meaning. */
function checkOptOut({ require_tag: required, opt_out: words }: Tagged, context: z.core.$RefinementCtx): void {
  if (context.issues.length > 0 || words === 'off') return;
  for (const list of ['stop_only', 'start_only'] as const) {
    const others = list === 'stop_only' ? words.off : [...words.off, ...words.stop_only];
    const twice = words[list].find((value) => others.includes(value));
    if (twice !== undefined)
      complain(context, ['opt_out', list], `expected each value to mean one thing, got ${quote(twice)} again`);
  }
  if (required === 'off' || required.key !== words.tag || required.value === undefined) return;
  if (!words.off.includes(required.value.trim().toLowerCase())) return;
  const message = `expected a value other than ${quote(required.value)}: with it, opt_out forbids everything`;
  complain(context, ['require_tag', 'value'], message);
}

export const guardsSchema = z
  .strictObject(shape)
  .superRefine(checkOptOut)
  .prefault({})
  .transform((guards): Omit<GuardSettings, 'onResolved' | 'warn' | 'telling' | 'zone'> => {
    const limits =
      guards.fleet_limit === 'off'
        ? []
        : [
            { count: guards.fleet_limit.count, perMs: guards.fleet_limit.per },
            ...guards.fleet_limit.also.map(({ per, ...also }) => ({ ...also, perMs: per })),
          ];
    const words = guards.opt_out === 'off' ? optOut.parse({}) : guards.opt_out;
    const flapping = guards.flapping === 'off' ? { count: 1, per: 0 } : guards.flapping;
    return {
      off: new Set(OPTIONAL_GUARDS.filter((name) => guards[name] === 'off')),
      ...(guards.require_tag === 'off' ? {} : { requireTag: guards.require_tag }),
      optOut: { tag: words.tag, off: words.off, stopOnly: words.stop_only, startOnly: words.start_only },
      managers: guards.asg_member === 'off' ? { also: [], except: [] } : guards.asg_member,
      spot: guards.spot === 'all' ? 'all' : 'one-time',
      scratchDisk: guards.scratch_disk === 'refuse' ? 'refuse' : 'allow',
      minUptimeMs: guards.min_uptime === 'off' ? 0 : guards.min_uptime,
      windows: guards.windows === 'off' ? [] : guards.windows,
      fleetLimits: limits,
      flapping: { count: flapping.count, perMs: flapping.per },
    };
  });
