import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GUARD_NAMES, OPTIONAL_GUARDS } from '../domain/guard.ts';
import type { GuardSettings } from '../domain/guard-settings.ts';
import { ConfigError, loadConfig } from './load.ts';

function guards(text: string): Omit<GuardSettings, 'onResolved' | 'warn' | 'telling' | 'zone'> {
  return loadConfig({}, `guards: ${text}`).guards;
}

/** What is wrong, one line each. */
function problems(text: string): readonly string[] {
  try {
    guards(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  throw new Error(`expected ${text} to be refused`);
}

const DEFAULTS = loadConfig({}).guards;
const MINUTE = 60_000;

test('defaults are the documented ones', () => {
  assert.deepEqual(DEFAULTS, guards('{}'));
  assert.deepEqual([...DEFAULTS.off], ['require_tag', 'committed'], 'opting in is recommended, not required');
  assert.deepEqual(DEFAULTS.optOut, {
    tag: 'ec2-operator',
    off: ['off'],
    stopOnly: ['stop-only'],
    startOnly: ['start-only'],
  });
  assert.equal(DEFAULTS.spot, 'one-time');
  assert.equal(DEFAULTS.scratchDisk, 'allow');
  assert.equal(DEFAULTS.minUptimeMs, 60 * MINUTE);
  assert.deepEqual(DEFAULTS.windows, []);
  assert.deepEqual(DEFAULTS.fleetLimits, [{ count: 25, perMs: 10 * MINUTE }]);
  assert.deepEqual(DEFAULTS.flapping, { count: 4, perMs: 360 * MINUTE });
});

describe('a guard is turned off by its name', () => {
  for (const name of OPTIONAL_GUARDS) {
    test(`${name}, by the word off or by false`, () => {
      for (const word of ['off', '"off"', 'false']) {
        const { off } = guards(`{ ${name}: ${word} }`);
        assert.deepEqual(off, new Set(['require_tag', 'committed', name]), word);
      }
    });
  }

  test('all at once, and everything else stays as it is', () => {
    const all = guards(`{ ${OPTIONAL_GUARDS.map((name) => `${name}: off`).join(', ')} }`);
    assert.deepEqual(all.off, new Set(OPTIONAL_GUARDS));
    assert.deepEqual(all.optOut, DEFAULTS.optOut, 'the tag for one machine is still called the same');
    assert.deepEqual([all.windows, all.fleetLimits, all.minUptimeMs], [[], [], 0]);
  });

  test('but not a guard that EC2 enforces, or one that safety depends on', () => {
    const always = GUARD_NAMES.filter((name) => !OPTIONAL_GUARDS.some((optional) => optional === name));
    assert.equal(always.length, 11);
    for (const name of always) {
      assert.match(problems(`{ ${name}: off }`).join(), new RegExp(`^guards\\.${name}: unknown setting`));
      assert.match(problems(`{ ${name}: false }`).join(), new RegExp(`^guards\\.${name}: unknown setting`));
    }
  });

  test('the ones without settings are turned on by `on` or true', () => {
    for (const word of ['on', 'true'])
      assert.deepEqual(guards(`{ asg_member: ${word}, stale_alert: ${word}, still_firing: ${word} }`), DEFAULTS);
  });
});

describe('settings', () => {
  test('require_tag, with a value and without', () => {
    const withValue = guards('{ require_tag: { key: stoppable, value: "yes" } }');
    assert.deepEqual(withValue.requireTag, { key: 'stoppable', value: 'yes' });
    assert.deepEqual([...withValue.off], ['committed']);
    assert.deepEqual(guards('{ require_tag: { key: stoppable } }').requireTag, { key: 'stoppable' });
  });

  test('opt_out: words are compared in lower case', () => {
    const { optOut } = guards('{ opt_out: { tag: power, off: [" Hands OFF "], stop_only: [], start_only: [Hot] } }');
    assert.deepEqual(optOut, { tag: 'power', off: ['hands off'], stopOnly: [], startOnly: ['hot'] });
  });

  test('spot and scratch_disk', () => {
    assert.equal(guards('{ spot: all }').spot, 'all');
    assert.equal(guards('{ scratch_disk: refuse }').scratchDisk, 'refuse');
  });

  test('flapping, min_uptime and fleet_limit; what is not set keeps its default', () => {
    assert.deepEqual(guards('{ flapping: { count: 2 } }').flapping, { count: 2, perMs: 360 * MINUTE });
    assert.deepEqual(guards('{ flapping: { per: 1h } }').flapping, { count: 4, perMs: 60 * MINUTE });
    assert.equal(guards('{ min_uptime: 90s }').minUptimeMs, 90_000);
    assert.deepEqual(
      guards('{ fleet_limit: { count: 3, also: [{ only: { team: ml }, count: 1, per: 1h }] } }').fleetLimits,
      [
        { count: 3, perMs: 10 * MINUTE },
        { only: { team: 'ml' }, count: 1, perMs: 60 * MINUTE },
      ],
    );
  });

  test('windows: every verb, every day and UTC by default', () => {
    const text = `{ windows: [
      { allow: "22:00-06:00" },
      { forbid: "00:00-24:00", verbs: [start], days: [sat, sun], zone: Europe/Berlin, only: { team: ml } },
    ] }`;
    assert.deepEqual(guards(text).windows, [
      { kind: 'allow', from: 1320, to: 360, verbs: ['start', 'stop'], days: [1, 2, 3, 4, 5, 6, 7], zone: 'UTC' },
      {
        kind: 'forbid',
        from: 0,
        to: 1440,
        verbs: ['start'],
        days: [6, 7],
        zone: 'Europe/Berlin',
        only: { team: 'ml' },
      },
    ]);
  });
});

describe('errors name their path', () => {
  const cases: readonly (readonly [text: string, ...problems: readonly RegExp[]])[] = [
    ['{ min_uptim: 5m }', /^guards\.min_uptim: unknown setting\. Did you mean min_uptime\? \(line \d+, column \d+\)$/],
    ['{ min_uptime: 10 }', /^guards\.min_uptime: /],
    ['{ min_uptime: ten }', /^guards\.min_uptime: /],
    ['{ asg_member: maybe }', /^guards\.asg_member: /],
    ['{ spot: some }', /^guards\.spot: /],
    ['{ require_tag: {} }', /^guards\.require_tag/],
    ['{ flapping: { count: 0 } }', /^guards\.flapping/],
    ['{ fleet_limit: { count: -1 } }', /^guards\.fleet_limit/],
    ['{ fleet_limit: { also: [{ only: {}, count: 1 }] } }', /^guards\.fleet_limit/],
    ['{ opt_out: { off: [] } }', /^guards\.opt_out/],
    ['{ opt_out: { stop_only: [" "] } }', /^guards\.opt_out/],
    ['{ windows: [{ zone: UTC }] }', /^guards\.windows/],
    ['{ windows: [{ allow: "08:00-09:00", forbid: "08:00-09:00" }] }', /^guards\.windows/],
    ...['8:00-9:00', '08:00', '24:00-06:00', '08:60-09:00', '08:00-24:01', '08:00-25:00', '08:00 - 09:00'].map(
      (range) => [`{ windows: [{ allow: "${range}" }] }`, /^guards\.windows/] as const,
    ),
    ['{ windows: [{ allow: "08:00-09:00", zone: Mars/Olympus }] }', /^guards\.windows/],
    ['{ windows: [{ allow: "08:00-09:00", days: [monday] }] }', /^guards\.windows/],
    ['{ windows: [{ allow: "08:00-09:00", verbs: [reboot] }] }', /^guards\.windows/],
    ['{ spot: some, min_uptime: x }', /^guards\.spot: /, /^guards\.min_uptime: /],
  ];
  for (const [text, ...expected] of cases) {
    test(text, () => {
      const found = problems(text);
      assert.equal(found.length, expected.length, found.join('\n'));
      for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? '', pattern);
    });
  }

  test('and what was expected, in the words of the configuration file', () => {
    assert.match(problems('{ min_uptime: 10 }').join(), /duration|10m/);
    assert.match(
      problems('{ windows: [{ allow: "8:00-9:00" }] }').join(),
      /windows, 1st entry.*times of day such as 22:00-06:00/,
    );
    assert.match(problems('{ windows: [{ zone: UTC }] }').join(), /either allow or forbid/);
    assert.match(problems('{ windows: [{ allow: "08:00-09:00", zone: Mars }] }').join(), /IANA time zone/);
    assert.match(problems('{ flapping: { count: 0 } }').join(), /flapping\.count/);
  });
});

test('retention is at least as long as the period of every limit', () => {
  const short = 'retention: 1h';
  assert.throws(() => loadConfig({}, short), /retention: expected at least 6h/);
  assert.throws(() => loadConfig({}, `${short}\nguards: { flapping: off, fleet_limit: { per: 2h } }`), /at least 2h/);
  assert.equal(loadConfig({}, `${short}\nguards: { flapping: off }`).retention, 60 * MINUTE);
});
