/** Who may tag one machine decides about that one alone: whatever stands in its tags, all others are looked after. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judge } from '../../src/domain/guard.ts';
import { LATEST } from '../../src/domain/time.ts';
import { NO_EVIDENCE } from '../../src/domain/verdict.ts';
import { stopAlert } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { GUARD_SETTINGS, instanceWith, intentWith } from '../support/operation.ts';
import { startOperator } from '../support/operator.ts';
import { LONG } from './form.ts';
import { anyText, text } from './hostile.ts';

/** Durations, and what comes close to them or goes beyond. */
const duration = fc.oneof(
  fc
    .tuple(
      fc.oneof(fc.nat(), fc.bigInt({ min: 0n, max: 10n ** 40n })),
      fc.constantFrom('ms', 's', 'm', 'h', 'd', 'w', ''),
    )
    .map(([amount, unit]) => `${amount}${unit}`),
  fc.constantFrom(
    '104249990d',
    '999999999d',
    '999999999.999d',
    '36500d',
    '36501d',
    '-1s',
    '1e9d',
    '0s',
    '0.001s',
    'Infinityd',
    'P1D',
  ),
);
const word = fc.constantFrom(
  'off',
  'OFF',
  'on',
  'stop-only',
  'start-only',
  'allowed',
  '',
  ' off ',
  'off\u0000',
  'ｏｆｆ',
  'nope',
);
/** As long as EC2 lets a value be. */
const long = fc.constantFrom('9'.repeat(255), `${'9'.repeat(254)}d`, '\u{1F9CA}'.repeat(127), ' '.repeat(255));
const value = fc.oneof(duration, word, long, text, anyText(255)).map((given) => given.slice(0, 255));

const ours = fc.constantFrom(
  'ec2-operator',
  'ec2-operator:min-uptime',
  'ec2-operator:hold-until',
  'ec2-operator:warn',
  'ec2-operator:types',
  'ec2-operator:zone',
);
const theirs = fc.constantFrom('Name', 'owner', 'aws:autoscaling:groupName', '__proto__', 'constructor', 'team');
const key = fc.oneof({ weight: 4, arbitrary: ours }, { weight: 1, arbitrary: theirs }, { weight: 1, arbitrary: text });

const tags = fc
  .array(fc.tuple(key, value), { minLength: 1, maxLength: 4 })
  .map((given) => Object.fromEntries(given.map(([name, said]) => [name.slice(0, 128), said])));

test('whatever the tags say, the guards answer with a sentence and a time that there is', () => {
  fc.assert(
    fc.property(
      tags,
      fc.integer({ min: 0, max: LATEST }),
      fc.integer({ min: 0, max: LATEST }),
      (given, now, launchedAt) => {
        const cause = {
          by: 'alert',
          fingerprint: 'f',
          alertname: 'UnusedGPU',
          beganAt: Math.min(now, launchedAt),
        } as const;
        const context = { instance: instanceWith({ tags: given, launchedAt }), intent: intentWith({ cause }), now };
        const { verdict } = judge({ ...context, settings: GUARD_SETTINGS, evidence: NO_EVIDENCE });
        if (verdict.verdict === 'allow') return;
        assert.ok(verdict.message.length < 1_000, verdict.message);
        if (verdict.verdict === 'wait') assert.doesNotThrow(() => new Date(verdict.until).toISOString());
      },
    ),
    { numRuns: LONG ? 100_000 : 2_000 },
  );
});

const NEIGHBOURS = 5;
const TAGGED = 40;

/** XML cannot carry these, so EC2 does not either. */
const UNSENDABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

test('hostile tags on some machines of a delivery cost neither the others their stop nor the service its health', async () => {
  const sample = fc.sample(tags, TAGGED).map((given, index) => {
    if (index === 0) return { 'ec2-operator:min-uptime': '104249990d' };
    const sendable = Object.entries(given).map(([name, said]): [string, string] => [
      name.replace(UNSENDABLE, '?'),
      said.replace(UNSENDABLE, '?'),
    ]);
    return Object.fromEntries(sendable);
  });
  const tagged = sample.map((given, index) => machine(NEIGHBOURS + 1 + index, { tags: given }));
  const neighbours = Array.from({ length: NEIGHBOURS }, (_, index) => machine(index + 1));
  const config = JSON.stringify({ guards: { fleet_limit: 'off' } });
  const first = await startOperator({ machines: [...neighbours, ...tagged], config });
  await using stack = new AsyncDisposableStack();
  stack.use(first);
  const numbers = Array.from({ length: NEIGHBOURS + TAGGED }, (_, index) => NEIGHBOURS + TAGGED - index);
  const receipts = await first.post(
    '/operateHostname',
    numbers.map((number) => stopAlert(number)),
  );
  const operationOf = (number: number) => receipts[numbers.indexOf(number)]?.operation;
  for (const number of numbers.slice(-NEIGHBOURS)) {
    const { state, instance, message } = await first.end(operationOf(number));
    assert.deepEqual([state, instance?.id], ['succeeded', idOf(number)], message ?? '');
  }
  const worst = await first.end(operationOf(NEIGHBOURS + 1));
  assert.equal(worst.reason, 'opt_out');
  assert.match(worst.message ?? '', /104249990d.*not a duration such as 30m or 6h \(at most 36500d\)/);
  for (const number of numbers) {
    const seen = await first.read(operationOf(number), '5s');
    assert.notEqual(seen.state, 'failed', seen.message ?? '');
    assert.notEqual(seen.state, 'queued');
  }
  await first.stop();
  const again = stack.use(await startOperator({ after: first, config }));
  for (const path of ['/readyz', '/metrics', '/api/v1/operations?limit=1000', '/api/v1/audit?limit=1000'])
    assert.equal((await again.request(path)).status, 200, path);
});
