import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { computeFingerprint, fingerprintOf, parseAlert, parseDelivery } from './alert.ts';

const LABELS = { alertname: 'IdleGPU', hostname: 'gpu-1' };

describe('a delivery', () => {
  test('keeps what is used of the envelope', () => {
    const delivery = parseDelivery({
      receiver: 'web\\.hook',
      groupKey: '{}:{}',
      truncatedAlerts: 3,
      alerts: [1, null],
    });
    assert.deepEqual(delivery, {
      ok: true,
      value: { receiver: 'web\\.hook', groupKey: '{}:{}', truncatedAlerts: 3, alerts: [1, null] },
    });
  });

  for (const [sent, read] of [
    [undefined, 0],
    [null, 0],
    [0, 0],
    [12, 12],
    ['12', 12],
    [-1, 0],
    [1.5, 0],
    ['many', 0],
    [{}, 0],
  ] as const) {
    test(`reads truncatedAlerts ${JSON.stringify(sent)} as ${read}`, () => {
      const delivery = parseDelivery({ alerts: [], truncatedAlerts: sent });
      assert.ok(delivery.ok);
      assert.equal(delivery.value.truncatedAlerts, read);
    });
  }

  test('takes a number for a group key, as very old Alertmanagers sent it', () => {
    const delivery = parseDelivery({ alerts: [], groupKey: 138295, receiver: 7 });
    assert.ok(delivery.ok);
    assert.deepEqual([delivery.value.groupKey, delivery.value.receiver], ['138295', '7']);
  });

  for (const body of [undefined, null, '', 'alerts', 7, true, {}, { alerts: null }, { alerts: {} }, { alerts: 'x' }]) {
    test(`is not ${JSON.stringify(body)}`, () => {
      const delivery = parseDelivery(body);
      assert.ok(!delivery.ok);
      assert.match(delivery.message, /^expected a webhook body .* an object with an alerts array$/);
    });
  }

  test('is not an array, and the sender is told what it may have mistaken us for', () => {
    const delivery = parseDelivery([{ labels: LABELS }]);
    assert.ok(!delivery.ok);
    assert.match(delivery.message, /got an array .*Alertmanager's own API/);
  });

  test('never throws, whatever JSON came', () => {
    const entry = fc.record({
      alerts: fc.array(fc.jsonValue()),
      truncatedAlerts: fc.jsonValue(),
      receiver: fc.jsonValue(),
    });
    fc.assert(fc.property(fc.oneof(fc.jsonValue(), entry), (body) => void parseDelivery(body)));
    const deep = nested(100_000);
    assert.equal(parseDelivery({ alerts: [], truncatedAlerts: deep, receiver: deep, groupKey: deep }).ok, true);
    assert.equal(parseDelivery(deep).ok, false);
  });
});

describe('the status of an alert', () => {
  for (const status of ['firing', 'resolved'] as const) {
    test(`${status} is enough beside labels`, () => {
      const alert = parseAlert({ status, labels: LABELS });
      const fingerprint = computeFingerprint(LABELS);
      assert.deepEqual(alert, { ok: true, value: { status, labels: LABELS, annotations: {}, fingerprint } });
    });
  }

  for (const status of [undefined, null, '', 'FIRING', ' firing', 'alerting', 'active', true, 1, { state: 'active' }]) {
    test(`is not ${JSON.stringify(status)}`, () => {
      const alert = parseAlert({ status, labels: LABELS });
      assert.ok(!alert.ok);
      assert.equal(alert.status, false);
      assert.match(alert.message, /^expected status to be firing or resolved, got /);
    });
  }

  test('is asked for even where the key is missing', () => {
    const alert = parseAlert({ labels: LABELS });
    assert.deepEqual([alert.ok, alert.status], [false, false]);
  });
});

describe('the start of an alert', () => {
  for (const [sent, text] of [
    ['2026-11-20T08:15:04Z', '2026-11-20T08:15:04Z'],
    ['2026-11-20T08:15:04.331814209Z', '2026-11-20T08:15:04.331814209Z'],
    ['2026-11-20T09:15:04.331814209+01:00', '2026-11-20T08:15:04.331814209Z'],
    ['2026-11-20T08:15:04.331814209+00:00', '2026-11-20T08:15:04.331814209Z'],
  ] as const) {
    test(`${sent} is one moment, in UTC, with its nanoseconds`, () => {
      assert.deepEqual(startsAtOf(sent), { text, ms: Date.parse(sent) });
    });
  }

  for (const sent of [undefined, null, '', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z']) {
    test(`${JSON.stringify(sent)} means that the sender does not say`, () => assert.equal(startsAtOf(sent), undefined));
  }

  for (const sent of [
    'now',
    '2026-11-20',
    '2026-11-20T08:15:04',
    '2026-02-30T08:15:04Z',
    '-271821-04-20T00:00:00Z',
    '+010000-01-01T00:00:00Z',
    1795162504,
    {},
    '1'.repeat(100),
  ]) {
    test(`${JSON.stringify(sent).slice(0, 40)} is refused`, () => {
      const alert = parseAlert({ status: 'firing', labels: LABELS, startsAt: sent });
      assert.ok(!alert.ok);
      assert.match(alert.message, /^expected startsAt to be an RFC 3339 time, got /);
    });
  }
});

describe('a fingerprint', () => {
  // The values that Alertmanager 0.25.0 gave these label sets.
  for (const [fingerprint, labels] of [
    [
      '7b7bfa0720502b3c',
      {
        severity: 'critical',
        alertname: 'UnusedGPU',
        hostname: 'gpu-1.example.internal',
        action: 'stop',
        client: 'cli',
        dryrun: 'false',
      },
    ],
    [
      '23d6c43f302b314d',
      {
        alertname: 'UnusedGPU',
        instance: '10.0.1.5:9835',
        _zone: 'b',
        Zone: 'a',
        note: 'Größe 木 🙂 "<&>" \\ \n end',
      },
    ],
    ['a1066f40c831b3b5', { alertname: 'Ä' }],
  ] as const) {
    test(`is ${fingerprint}, as Alertmanager computes it, in any order of the labels`, () => {
      assert.equal(computeFingerprint(labels), fingerprint);
      assert.equal(computeFingerprint(Object.fromEntries(Object.entries(labels).reverse())), fingerprint);
    });
  }

  test('sorts label names by their UTF-8 bytes, as Go does', () => {
    // Computed by an independent FNV-1a over the names in byte order; UTF-16 order would put the emoji first.
    assert.equal(computeFingerprint({ '🙂': 'smile', ﬀ: 'ligature', a: 'b' }), '6a6393602cbad9c0');
  });

  test('of no labels at all is the offset basis of FNV-1a', () => {
    assert.equal(computeFingerprint({}), 'cbf29ce484222325');
  });

  test('does not run name and value together', () => {
    const splits = [{ ab: 'c' }, { a: 'bc' }, { abc: '' }].map(computeFingerprint);
    assert.equal(new Set(splits).size, 3);
  });

  test("is the sender's own where there is one that is safe to store and to log", () => {
    for (const fingerprint of ['3fa9c07d1be2a655', 'webhook-57c6d9296de2ad39-1795335300']) {
      assert.equal(fingerprintOf({ labels: LABELS, fingerprint }), fingerprint);
    }
    for (const fingerprint of [undefined, null, '', 7, 'a b', 'a\n', '<b>', 'a'.repeat(65), ['a']]) {
      assert.equal(fingerprintOf({ labels: LABELS, fingerprint }), computeFingerprint(LABELS));
    }
  });

  test('is found even for an alert that cannot be read otherwise', () => {
    assert.equal(fingerprintOf({ fingerprint: '3fa9c07d1be2a655' }), '3fa9c07d1be2a655');
    assert.equal(fingerprintOf({ fingerprint: '3fa9c07d1be2a655', labels: 'none' }), '3fa9c07d1be2a655');
    assert.equal(fingerprintOf({ labels: LABELS }), computeFingerprint(LABELS));
    assert.equal(fingerprintOf(null), '');
  });

  test('is always short and safe, whatever the labels are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (labels) => {
        assert.match(computeFingerprint(labels), /^[0-9a-f]{16}$/);
      }),
    );
    assert.match(computeFingerprint({ deep: nested(100_000) }), /^[0-9a-f]{16}$/);
  });
});

function startsAtOf(startsAt: unknown): unknown {
  const alert = parseAlert({ status: 'firing', labels: LABELS, startsAt });
  assert.ok(alert.ok);
  return alert.value.startsAt;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

describe('labels', () => {
  const labelled = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`label_${index}`, 'value']));

  test('are a thousand at most', () => {
    assert.ok(parseAlert({ status: 'firing', labels: labelled(1_000) }).ok);
    const many = parseAlert({ status: 'firing', labels: labelled(1_001) });
    assert.ok(!many.ok);
    assert.equal(many.message, 'expected at most 1000 labels, got 1001');
    assert.equal(fingerprintOf({ labels: labelled(1_001) }), '', 'not worth the time');
  });

  test('are an object', () => {
    for (const labels of [undefined, null, [], 'x', 1]) assert.ok(!parseAlert({ status: 'firing', labels }).ok);
  });
});
