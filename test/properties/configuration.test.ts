/** Configurations by chance: what is accepted serves, and what is not is told in words of our own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfigError, loadConfig } from '../../src/config/load.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { stopAlert } from '../support/alerts.ts';
import { startOperator } from '../support/operator.ts';
import { guardsConfig, RUNS } from './rows.ts';

/** One that is wrong is enough for all to be refused. */
function mostly<T>(right: readonly T[], wrong: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...right) },
    { weight: 1, arbitrary: fc.constantFrom(...wrong) },
  );
}

const time = mostly(['1s', '15m', '6h', '30d', '36500d'], ['0s', '1ms', '36501d', '104249990d', '-1s', '5', 'x']);
const timeout = mostly(['100ms', '5s', '10m'], ['0s', '30d']);
const place = mostly(['eu-central-1', 'us-east-1'], ['Frankfurt', 'eu-central-1a']);
const zone = mostly(['UTC', 'Europe/Berlin', 'EST', 'CET', '+05:30', 'asia/kolkata'], ['IST', 'PST8PDT4', 'Mars']);
const perVerb = fc.record({ start: time, stop: time }, { requiredKeys: [] });

/** Each setting now and then. */
const configuration = fc.record(
  {
    auth: mostly(['none'], ['off']),
    regions: fc.uniqueArray(place, { maxLength: 2 }),
    hosts: fc.dictionary(
      mostly(['gpu-1', 'gpu-2'], ['GPU-1', '10.0.0.1']),
      mostly(['10.0.0.1', 'gpu-2', 'i-0123456789abcdef0'], ['10.1']),
    ),
    addresses: fc.record({ public: mostly<boolean | string>([true, false], ['yes']) }),
    give_up_after: perVerb,
    verify_for: perVerb,
    retention: mostly(['6h', '30d', '36500d'], ['0s', '1s']),
    aws: fc.record(
      { request_timeout: timeout, connect_timeout: timeout, quota_share: mostly([0.01, 1], [0, 2]) },
      { requiredKeys: [] },
    ),
    guards: fc.record({ guards: guardsConfig, zone, time }).map(({ guards, zone: name, time: uptime }) => ({
      ...guards,
      min_uptime: uptime,
      ...(name === 'UTC' ? {} : { windows: [{ allow: '00:00-24:00', zone: name }] }),
    })),
    trusted_proxies: fc.array(mostly(['10.0.0.0/8', '::1'], ['10.1']), { maxLength: 2 }),
  },
  { requiredKeys: ['auth'] },
);

/** None: it is accepted. */
function problemsOf(config: unknown): readonly string[] {
  try {
    loadConfig({}, JSON.stringify(config));
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
}

test('what is accepted starts a server, and an alert meets every guard there', async () => {
  let served = 0;
  await fc.assert(
    fc.asyncProperty(configuration, async (config) => {
      if (problemsOf(config).length > 0) return;
      await using operator = await startOperator({ config: JSON.stringify(config) });
      assert.equal((await operator.request('/readyz')).status, 200);
      const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
      const { reason, message } = await operator.read(receipt?.operation, '1s');
      assert.notEqual(reason, 'internal_error', message ?? '');
      served += 1;
    }),
    { numRuns: Math.min(RUNS, 300) / 15 },
  );
  assert.ok(served > 3, `${served} served`);
});

/** What zod says, and what JavaScript calls things. */
const FOREIGN =
  /\b(?:invalid|received|undefined|null|NaN|object|array|string|boolean|union|regex|pattern|literal|record)\b/i;

test('whatever stands in a file, what is wrong is said without the words of a library', () => {
  const names = Object.keys(configJsonSchema()['properties'] ?? {});
  const anything = fc.oneof(
    fc.constantFrom<unknown>(null, true, 5, 0.5, 'x', '', [], {}, [[]], [{}], { x: 1 }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const inside = fc.dictionary(
    fc.constantFrom('url', 'start', 'windows', 'count', 'name', 'scopes', 'only', 'search', 'x'),
    anything,
  );
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names), fc.oneof(anything, inside, fc.array(inside, { maxLength: 2 }))),
      (config) => {
        for (const problem of problemsOf(config)) {
          // The last line of a long list.
          if (/^and \d+ more$/.test(problem)) continue;
          // What came is quoted, and where it stands is at the end.
          const own = problem.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').replace(/^[^:]*: /, '');
          assert.doesNotMatch(own, FOREIGN, problem);
          assert.match(problem, /^(?:[^:]|"(?:[^"\\]|\\.)*")+: .*\(line \d+, column \d+\)$|^[a-z_]+: /, problem);
        }
      },
    ),
    { numRuns: RUNS * 5 },
  );
});
