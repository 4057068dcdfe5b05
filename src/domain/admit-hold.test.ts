import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { admitHold, COUNTED_MS, heldMs, limitsOn, LONGEST_EVER_MS, type HoldLimits, type Span } from './admit-hold.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = 1_800_000_000_000;
const machine = { id: 'i-0123456789abcdef0', name: 'gpu-1' };

function admit(askedMs: number, limits: HoldLimits, own?: Span, others: readonly Span[] = []) {
  return admitHold({ machine, until: NOW + askedMs, limits }, own, others, NOW);
}

/** Relative to now. */
function span(since: number, until: number): Span {
  return { since: NOW + since, until: NOW + until };
}

describe('a hold is admitted', () => {
  test('up to the longest, counted from now', () => {
    assert.deepEqual(admit(DAY, { longestMs: DAY }), { outcome: 'held' });
    for (const [askedMs, message] of [
      [DAY + 1_000, /gpu-1 \(i-0123456789abcdef0\) may be held for 1d from now, got 1d 1s/],
      [0, /expected a hold to end in the future, got 2027-/],
      [-HOUR, /expected a hold to end in the future/],
      [LONGEST_EVER_MS + 1_000, /expected a hold of at most 366d, got 366d 1s/],
    ] as const) {
      const answer = admit(askedMs, { longestMs: DAY });
      assert.ok(answer.outcome === 'refused');
      assert.match(answer.message, message);
    }
  });

  test('not at all where the rule says 0', () => {
    const answer = admit(MINUTE, { longestMs: 0 });
    assert.deepEqual(answer, {
      outcome: 'refused',
      message: 'gpu-1 (i-0123456789abcdef0) cannot be held: holds.rules says so',
    });
  });

  test('always when it ends sooner than before', () => {
    const own = span(-HOUR, 30 * HOUR);
    for (const limits of [{ longestMs: 0 }, { longestMs: HOUR }, { longestMs: DAY, atMostMs: MINUTE }])
      assert.equal(admit(29 * HOUR, limits, own).outcome, 'held');
    assert.equal(admit(31 * HOUR, { longestMs: DAY }, own).outcome, 'refused');
  });

  test('with what is left in the 7 days before its end, time of several holders counted once', () => {
    const limits = { longestMs: DAY, atMostMs: 12 * HOUR };
    const others = [span(-5 * HOUR, -3 * HOUR), span(-4 * HOUR, -2 * HOUR), span(-30 * DAY, -8 * DAY)];
    assert.deepEqual(admit(4 * HOUR, limits, undefined, others), { outcome: 'held', leftMs: 5 * HOUR });
    assert.deepEqual(admit(9 * HOUR, limits, undefined, others), { outcome: 'held', leftMs: 0 });
    assert.deepEqual(admit(10 * HOUR, limits, undefined, others), {
      outcome: 'refused',
      message: 'gpu-1 (i-0123456789abcdef0) may be held for 12h in any 7 days; 9h are left',
    });
    const full = admit(HOUR, limits, undefined, [span(-20 * HOUR, 0)]);
    assert.ok(full.outcome === 'refused' && full.message.endsWith('; nothing is left'));
  });

  test('again for as long as was said to be left', () => {
    const times = fc.array(fc.tuple(fc.integer({ min: -8 * 24 * 60, max: 0 }), fc.integer({ min: 0, max: 36 * 60 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 7 * 24 * 60 }), (minutes, atMost) => {
        const others = minutes.map(([since, length]) => span(since * MINUTE, Math.min(since + length, 0) * MINUTE));
        const limits = { longestMs: LONGEST_EVER_MS, atMostMs: atMost * MINUTE };
        const leftMs = atMost * MINUTE - heldMs(others, NOW - COUNTED_MS, NOW);
        fc.pre(leftMs > 0);
        assert.equal(admit(leftMs, limits, undefined, others).outcome, 'held');
      }),
    );
  });
});

test('held time is what a look at every minute finds', () => {
  const minutes = fc.integer({ min: -300, max: 300 });
  fc.assert(
    fc.property(fc.array(fc.tuple(minutes, minutes), { maxLength: 8 }), minutes, minutes, (spans, from, to) => {
      let looked = 0;
      for (let at = from; at < to; at += 1) if (spans.some(([since, until]) => since <= at && at < until)) looked += 1;
      const asked = spans.map(([since, until]) => ({ since: since * MINUTE, until: until * MINUTE }));
      assert.equal(heldMs(asked, from * MINUTE, to * MINUTE), looked * MINUTE);
    }),
    { numRuns: 1_000 },
  );
});

describe('the limits on a machine', () => {
  const settings = {
    longestMs: DAY,
    rules: [
      { only: { stage: 'dev' }, longestMs: 2 * DAY, atMostMs: 4 * DAY },
      { only: { stage: 'batch' }, longestMs: 0 },
      { only: { team: 'ml' }, atMostMs: HOUR },
    ],
  };
  for (const [tags, expected] of [
    [
      { stage: 'dev', team: 'ml' },
      { longestMs: 2 * DAY, atMostMs: 4 * DAY },
    ],
    [{ stage: 'batch' }, { longestMs: 0 }],
    [{ team: 'ml' }, { longestMs: DAY, atMostMs: HOUR }],
    [{ stage: 'prod' }, { longestMs: DAY }],
    [undefined, { longestMs: DAY }],
  ] as const)
    test(`are those of the first rule that matches ${JSON.stringify(tags ?? 'unknown tags')}`, () => {
      assert.deepEqual(limitsOn(tags === undefined ? undefined : { tags }, settings), expected);
    });

  test('are those of a rule for all machines where the tags are not known', () => {
    const rules = [...settings.rules, { longestMs: HOUR }];
    assert.deepEqual(limitsOn(undefined, { ...settings, rules }), { longestMs: HOUR });
  });
});
