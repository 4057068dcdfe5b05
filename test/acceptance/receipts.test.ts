/** One receipt per alert, in order, once all of them are on disk. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { receiptsSchema } from '../../src/http/schemas.ts';
import { alert, delivery, minutesAgo, stopAlert } from '../support/alerts.ts';
import { addressOf, idOf, machine, machines } from '../support/fleet.ts';
import { json, problemIn, startOperator } from '../support/operator.ts';

const MIB = 1024 * 1024;

describe('receipts', { concurrency: true }, () => {
  test('each alert by its own status, whatever the delivery says, in order', async () => {
    await using operator = await startOperator({ machines: machines(4) });
    const receipts = await operator.post('/operateHostname', [
      stopAlert(1, { fingerprint: 'f1' }),
      stopAlert(2, { fingerprint: 'f2', status: 'resolved' }),
      stopAlert(3, { fingerprint: 'f3', status: undefined }),
      { fingerprint: 'f4', status: 'firing' },
      alert({ hostname: addressOf(4), action: 'explode' }, { fingerprint: 'f5' }),
      stopAlert(4, { fingerprint: 'f6' }),
      stopAlert(4, { fingerprint: 'f7' }),
    ]);
    assert.deepEqual(
      receipts.map(({ fingerprint, outcome, reason }) => [fingerprint, outcome, reason]),
      [
        ['f1', 'accepted', undefined],
        ['f2', 'ignored', 'resolved'],
        ['f3', 'invalid', 'invalid_status'],
        ['f4', 'invalid', 'invalid_alert'],
        ['f5', 'invalid', 'invalid_action'],
        ['f6', 'accepted', undefined],
        ['f7', 'joined', undefined],
      ],
    );
    assert.match(receipts[4]?.message ?? '', /expected action to be start or stop, got "explode"/);
    assert.equal(receipts[6]?.operation, receipts[5]?.operation);
    for (const number of [0, 5]) assert.equal((await operator.end(receipts[number]?.operation)).state, 'succeeded');
    assert.deepEqual(
      [1, 2, 3, 4].map((number) => operator.sandbox.instance(idOf(number)).state),
      ['stopped', 'running', 'running', 'stopped'],
    );
  });

  test('a group that is resolved as a whole still holds one that fires', async () => {
    await using operator = await startOperator();
    const body = delivery([stopAlert(1, { status: 'resolved' }), stopAlert(2)], { status: 'resolved' });
    const { text } = await operator.request('/operateHostname', json(body));
    const { receipts } = receiptsSchema.parse(JSON.parse(text));
    assert.deepEqual(
      receipts.map(({ outcome }) => outcome),
      ['ignored', 'accepted'],
    );
  });

  test('the same alert again joins what is open, and is done once that has succeeded', async () => {
    await using operator = await startOperator({ timings: { stopMs: 1_500 } });
    const [first] = await operator.post('/operateHostname', [stopAlert(1)]);
    const [second] = await operator.post('/operateHostname', [stopAlert(1)]);
    assert.equal(second?.outcome, 'joined');
    assert.equal(second.operation, first?.operation);
    await operator.end(first?.operation);
    const [third] = await operator.post('/operateHostname', [stopAlert(1)]);
    assert.equal(third?.outcome, 'done');
    assert.equal(third.operation, first?.operation);
    const [nextEpisode] = await operator.post('/operateHostname', [stopAlert(1, { startsAt: minutesAgo(1) })]);
    assert.equal(nextEpisode?.outcome, 'accepted');
    assert.equal((await operator.end(nextEpisode.operation)).reason, 'already_in_state');
    assert.equal(operator.changes().length, 1);
  });

  test('one whose operation was refused is looked at afresh', async () => {
    await using operator = await startOperator({ machines: [machine(1, { tags: { 'ec2-operator': 'off' } })] });
    const [first] = await operator.post('/operateHostname', [stopAlert(1)]);
    assert.equal((await operator.end(first?.operation)).reason, 'opt_out');
    operator.sandbox.set(idOf(1), { tags: {} });
    const [second] = await operator.post('/operateHostname', [stopAlert(1)]);
    assert.equal(second?.outcome, 'accepted');
    assert.equal((await operator.end(second.operation)).reason, 'state_reached');
  });

  test('none that is valid is a bad request, with the first few receipts', async () => {
    await using operator = await startOperator();
    const bad = Array.from({ length: 20 }, () => alert({ hostname: '10.1' }));
    const answer = await operator.request('/operateHostname', json(delivery(bad)));
    assert.match(problemIn(answer, 400), /none of the 20 alerts can be acted on; the first: expected an IP address/);
    assert.equal(receiptsSchema.parse(JSON.parse(answer.text)).receipts.length, 5);
  });

  test('no alerts at all are no receipts', async () => {
    await using operator = await startOperator();
    assert.deepEqual(await operator.post('/operateHostname', []), []);
  });

  test('PUT is as good as POST', async () => {
    await using operator = await startOperator();
    const init = { ...json(delivery([stopAlert(1)])), method: 'PUT' };
    const { text } = await operator.request('/operateHostname', init);
    const [receipt] = receiptsSchema.parse(JSON.parse(text)).receipts;
    assert.equal((await operator.end(receipt?.operation)).state, 'succeeded');
  });

  test('eight GPUs of one machine are one stop', async () => {
    await using operator = await startOperator();
    const gpus = Array.from({ length: 8 }, (_, gpu) => alert({ hostname: addressOf(1), gpu: String(gpu) }));
    const receipts = await operator.post('/operateHostname', gpus);
    assert.equal(new Set(receipts.map(({ operation }) => operation)).size, 1);
    assert.equal(new Set(receipts.map(({ fingerprint }) => fingerprint)).size, 8);
    await operator.end(receipts[0]?.operation);
    assert.equal(operator.changes().length, 1);
    const again = await operator.post('/operateHostname', gpus);
    assert.deepEqual([...new Set(again.map(({ outcome }) => outcome))], ['done']);
  });
});

describe('large deliveries', () => {
  test('ten thousand alerts are accepted at once, one more is too many', async () => {
    await using operator = await startOperator();
    const many = Array.from({ length: 10_000 }, (_, number) => alert({ hostname: addressOf(number), dryrun: 'true' }));
    const receipts = await operator.post('/operateHostname', many);
    assert.equal(receipts.length, 10_000);
    assert.equal(new Set(receipts.map(({ operation }) => operation)).size, 10_000);
    assert.equal((await operator.end(receipts[1]?.operation)).reason, 'dry_run');
    const answer = await operator.request('/operateHostname', json(delivery([...many, {}])));
    assert.match(problemIn(answer, 413), /at most 10000 alerts in a delivery, got 10001/);
  });

  test('16 MiB are read, and not a byte more', async () => {
    await using operator = await startOperator();
    const padded = (size: number): RequestInit => {
      const body = JSON.stringify(delivery([stopAlert(1)]));
      return { ...json(undefined), body: body + ' '.repeat(size - body.length) };
    };
    const { status } = await operator.request('/operateHostname', padded(16 * MIB));
    assert.equal(status, 200);
    assert.match(problemIn(await operator.request('/operateHostname', padded(16 * MIB + 1)), 413), /at most 16 MiB/);
  });
});

describe('every body that was collected', () => {
  const folder = new URL('../fixtures/webhook/', import.meta.url);
  for (const route of ['/operateHostname', '/operateInstance']) {
    test(`at ${route}`, async () => {
      // Launched before any of the alerts began, at an address that the bodies name; and others that they must not reach.
      const named = machine(1, { id: 'i-0123456789abcdef0', private_ip: '10.20.1.11', launched: '3000d ago' });
      await using operator = await startOperator({ machines: [named, ...machines(20)], names: {} });
      const operations = new Set<string>();
      for (const file of readdirSync(folder)) {
        const body = readFileSync(new URL(file, folder));
        const { status, text } = await operator.request(route, { ...json(undefined), body });
        assert.ok(status === 200 || status === 400, `${file}: ${status} ${text}`);
        if (status !== 200) continue;
        for (const { operation } of receiptsSchema.parse(JSON.parse(text)).receipts) operations.add(operation ?? '');
      }
      operations.delete('');
      const ends = await Promise.all([...operations].map(async (id) => operator.end(id)));
      const touched = new Set(operator.changes().flatMap(({ instanceIds }) => instanceIds));
      assert.deepEqual([...touched], ['i-0123456789abcdef0'], JSON.stringify(ends.map(({ message }) => message)));
    });
  }
});
