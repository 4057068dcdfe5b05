/** Messages whose machine, owner, alert and reason are named by anybody, in any zone, at any time. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CAUSE_KINDS } from '../../src/domain/cause.ts';
import { VERBS } from '../../src/domain/intent.ts';
import { messageOf, type LinkAbout, type Message } from '../../src/domain/message.ts';
import { isAboutMachine, newsSchema, type News } from '../../src/domain/notice.ts';
import { plain } from '../../src/domain/plain.ts';
import * as reasons from '../../src/domain/reason.ts';
import { tellTime } from '../../src/domain/told-time.ts';
import { anyText, text } from '../fuzz/hostile.ts';
import { moment, RUNS } from './rows.ts';

const CASES = Math.min(RUNS, 20_000);

const ID = 'i-0a1b2c3d4e5f60007';

/** Everything that could leave its line, hide, turn or cover what stands around it. */
const NASTY = [
  'gpu-7\n\nYour machine is safe',
  '\u202egnp.7-upg',
  'gpu\u200b-\u2060\u00ad7',
  `g${'\u0336'.repeat(300)}pu`,
  '\u3164\u115f\u2800',
  '<!channel> @everyone <b>&amp;',
  '🚀'.repeat(200),
  'a'.repeat(100_000),
  `${'\u200b'.repeat(20_000)}gpu-7`,
  'gpu-7 is held: nothing (guard held)',
  '2026-11-27T13:30:00.000Z'.repeat(20),
  '9999-99-99T99:99:99.999Z',
];

const hostile = fc.oneof(text, anyText(200), fc.constantFrom(...NASTY), fc.string({ unit: 'grapheme' }));

const machine = fc.record(
  { id: fc.constant(ID), name: hostile, region: hostile, account: hostile, type: hostile, owner: hostile },
  { requiredKeys: ['id'] },
);
const about = { at: moment, machine, operation: fc.constant('01900000-0000-7000-8000-000000000000') };
const grounds = { cause: fc.constantFrom(...CAUSE_KINDS), by: hostile };
const optional = { evidence: hostile, since: moment, losesDisk: fc.boolean() };
const reason = fc.oneof(hostile, fc.constantFrom(...Object.values(reasons).flatMap((table) => Object.keys(table))));

function newsOf(kind: News['kind'], needed: object, extra: object = {}): fc.Arbitrary<News> {
  const fields: Record<string, fc.Arbitrary<unknown>> = { kind: fc.constant(kind), ...needed, ...extra };
  return fc.record(fields, { requiredKeys: ['kind', ...Object.keys(needed)] }).map((news) => newsSchema.parse(news));
}

const count = fc.nat({ max: 1_000_000_000 });
const row = fc.record({ name: hostile, stops: count, regrets: count, savedMs: count });

const announcement = { ...about, ...grounds, warnedAt: moment, stopsAt: moment };
const news = fc.oneof(
  newsOf('warning', announcement, { ...optional, isReminder: fc.boolean() }),
  newsOf('lease_ending', announcement, optional),
  newsOf('kept', { ...about, by: fc.constantFrom('hold', 'lease'), message: hostile }, { until: moment }),
  newsOf('stopped', { ...about, ...grounds, message: hostile }, optional),
  newsOf('not_stopped', { ...about, reason, message: hostile }),
  newsOf(
    'capacity',
    { ...about, isOver: fc.boolean(), tries: fc.nat({ max: 1_000 }), message: hostile },
    { nextTryAt: moment },
  ),
  newsOf('ready', { ...about, addresses: fc.array(hostile, { maxLength: 5 }) }, { since: moment }),
  newsOf('failed', { ...about, verb: fc.constantFrom(...VERBS), reason, message: hostile }),
  newsOf(
    'digest',
    {
      at: moment,
      since: moment,
      about: fc.constantFrom('all', 'selected', 'own'),
      basis: fc.constant('at list price'),
      waits: count,
      waitedMs: count,
      machines: fc.array(row, { maxLength: 5 }),
      regretted: fc.array(row, { maxLength: 5 }),
      stops: count,
      regrets: count,
      savedMs: count,
    },
    {
      atPrice: fc.double({ min: 0, max: 1e9, noNaN: true }),
      offBill: fc.double({ min: 0, max: 1e9, noNaN: true }),
      suggestion: hostile,
      waiting: fc.record({ name: hostile, since: moment, message: hostile }),
    },
  ),
  newsOf('test', { at: moment, who: hostile }),
);

const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'), 'UTC', '+05:30', '-03:00');

function write(each: News, zoned: string, now: number, linkTo?: (link: LinkAbout) => string): Message {
  const links = linkTo === undefined ? {} : { linkTo };
  return messageOf(each, { zone: zoned, now, isQuiet: false, subject: 's', mayAct: true, ...links });
}

/** Not a control or format character, and nothing without a picture. */
const HARMLESS = /^[^\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

const SLIP = /undefined|NaN|\[object|Invalid Date|null/;

function textsOf({ title, text: body, facts, links, machine: named = { id: '' } }: Message): readonly string[] {
  return [title, body, ...facts.flatMap(({ name, value }) => [name, value]), ...links.map(({ label }) => label)].concat(
    Object.values(named),
  );
}

describe('a message, whatever its facts are', { concurrency: true }, () => {
  test('is short, in one line each, and shows nothing that deceives', () => {
    fc.assert(
      fc.property(news, zone, moment, (each, zoned, now) => {
        const message = write(each, zoned, now, ({ purpose }) => `https://ec2.example.com/l/${purpose}`);
        assert.ok(message.title.length > 0 && message.title.length <= 150, message.title);
        assert.ok(message.text.length > 0 && message.text.length <= 1_500, message.text);
        // Slack shows ten fields.
        assert.ok(message.facts.length <= 10);
        for (const { value } of message.facts) assert.ok(value.length > 0 && value.length <= 300, value);
        for (const shown of textsOf(message)) assert.match(shown, HARMLESS);
        // Of our own making: a fact may say so itself.
        if (!SLIP.test(JSON.stringify(each))) assert.doesNotMatch(`${message.title} ${message.text}`, SLIP);
      }),
      { numRuns: CASES },
    );
  });

  test('begins with the machine: its name as far as it can be seen, otherwise its id', () => {
    fc.assert(
      fc.property(news, zone, moment, (each, zoned, now) => {
        if (!isAboutMachine(each)) return;
        const { title, facts } = write(each, zoned, now);
        const name = plain(each.machine.name ?? '', 60);
        assert.ok(title.startsWith(`${name === '' ? ID : name} `), title);
        assert.ok(facts.some((fact) => fact.name === 'Machine' && fact.value.includes(ID)));
      }),
      { numRuns: CASES },
    );
  });

  test('has links that end after the times that it tells, and none that acts later than the stop', () => {
    fc.assert(
      fc.property(news, zone, moment, (each, zoned, now) => {
        const asked: LinkAbout[] = [];
        write(each, zoned, now, (link) => `https://ec2.example.com/l/${asked.push(link)}`);
        for (const { purpose, instance, expiresAt } of asked) {
          assert.equal(instance.id, ID);
          if (purpose === 'keep_now') assert.equal(expiresAt, 'stopsAt' in each ? each.stopsAt : undefined);
          else assert.ok(expiresAt > each.at || ('stopsAt' in each && expiresAt > each.stopsAt));
        }
      }),
      { numRuns: CASES / 10 },
    );
  });
});

test('a name of ordinary letters stays as it is', () => {
  const letters = fc.string({
    unit: fc.constantFrom(...Array.from('abcXYZ019-_. /äßéжд机器مخ')),
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(letters, (name) => {
      assert.equal(plain(name, 60), name.trim().replaceAll(/ +/g, ' '));
    }),
    { numRuns: CASES },
  );
});

/** What a clock on the wall of that zone shows, by another part of the platform. */
function onTheWall(at: number, timeZone: string): { readonly time: string; readonly date: string } {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const { weekday, day, month, year, hour, minute, second } = parts;
  return { time: `${hour}:${minute}:${second}`, date: `${weekday} ${day} ${month} ${year}` };
}

test('a time is the one that a clock of the zone shows', () => {
  fc.assert(
    fc.property(moment, moment, zone, (at, now, zoned) => {
      const told = tellTime(at, { zone: zoned, now });
      const [then, today] = [onTheWall(at, zoned), onTheWall(now, zoned)];
      const [, date = '', clock = ''] = /^(?:(\w{3} \d+ \w{3}(?: \d{4})?) )?(\d\d:\d\d(?::\d\d)?) \S/.exec(told) ?? [];
      assert.equal(clock, then.time.slice(0, clock.length), told);
      assert.equal(date, then.date === today.date ? '' : then.date.slice(0, date.length), told);
      assert.equal(
        date === '' || date === then.date,
        then.date.slice(-4) !== today.date.slice(-4) || date === '',
        told,
      );
    }),
    { numRuns: CASES },
  );
});

test('an abbreviation of a zone means one offset', () => {
  const offsets = new Map<string, Set<string>>();
  for (const timeZone of Intl.supportedValuesOf('timeZone')) {
    for (const at of [Date.UTC(2026, 0, 15), Date.UTC(2026, 6, 15)]) {
      const told = tellTime(at, { zone: timeZone, now: at }).split(' ').slice(1).join(' ');
      if (told.includes('/')) continue;
      const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
      const offset = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
      offsets.set(told, (offsets.get(told) ?? new Set()).add(offset));
    }
  }
  assert.ok(offsets.size > 30);
  assert.deepEqual(
    [...offsets].filter(([, meant]) => meant.size > 1),
    [],
  );
});
