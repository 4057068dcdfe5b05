/** Who has asked for what, and why something was done or not: on disk with what it tells of, and to be read by people. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type * as z from 'zod';
import { auditAnswerSchema } from '../../src/http/audit-schemas.ts';
import { alert, delivery, stopAlert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { addressOf, idOf, machine, machines } from '../support/fleet.ts';
import { json, problemIn, startOperator, type Operator } from '../support/operator.ts';

type Answer = z.output<typeof auditAnswerSchema>;
type Entry = Answer['entries'][number];

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TOKEN = 'correct-horse-battery-staple';

async function read(operator: Operator, query = ''): Promise<Answer> {
  const answer = await operator.request(`/api/v1/audit${query}`);
  assert.equal(answer.status, 200, answer.text);
  return auditAnswerSchema.parse(JSON.parse(answer.text));
}

/** An entry without what differs from run to run. */
function steady(entry: Entry): Record<string, unknown> {
  const own = { id: 0, at: '', delivery: '', operation: '', instance: '' };
  const { id: _, at: __, delivery: ___, operation: ____, instance: _____, ...rest } = { ...own, ...entry };
  return rest;
}

function deliveryOf(entry: Entry): string | undefined {
  return 'delivery' in entry ? entry.delivery : undefined;
}

/** An entry as the trail of its operation shows it. */
function inTrail(entry: Entry): Record<string, unknown> {
  const {
    id: _,
    operation: __,
    target: ___,
    instance: ____,
    ...rest
  } = {
    operation: '',
    target: '',
    instance: '',
    ...entry,
  };
  return rest;
}

describe('the log of a delivery', { concurrency: true }, () => {
  test('names the sender, each alert and its receipt, and the trail of the operation leads back to it', async () => {
    await using operator = await startOperator({ machines: machines(3) });
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Alertmanager/0.34.0',
      traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
    };
    const body = delivery(
      [
        stopAlert(1, { fingerprint: 'f1' }),
        stopAlert(2, { fingerprint: 'f2', status: 'resolved' }),
        alert({ hostname: addressOf(3), action: 'explode' }, { fingerprint: 'f3' }),
      ],
      { truncatedAlerts: 2 },
    );
    const answer = await operator.request('/operateHostname', { ...json(body), headers });
    assert.equal(answer.status, 200);
    const { entries } = await read(operator, '?who=anyone');
    const by = { who: 'anyone', remote: '127.0.0.1' };
    const trace = { traceId: TRACE };
    const alertname = 'UnusedGPU';
    assert.deepEqual(entries.toReversed().map(steady), [
      {
        event: 'delivery',
        ...by,
        ...trace,
        method: 'POST',
        route: 'hostname',
        receiver: 'ec2operator',
        userAgent: 'Alertmanager/0.34.0',
        truncatedAlerts: 2,
        alerts: 3,
        outcomes: { accepted: 1, ignored: 1, invalid: 1 },
      },
      { event: 'state', state: 'queued', ...by, ...trace, fingerprint: 'f1', alertname, target: addressOf(1) },
      {
        event: 'receipt',
        ...by,
        fingerprint: 'f2',
        alertname,
        outcome: 'ignored',
        reason: 'resolved',
        message: 'only firing alerts are acted on',
      },
      {
        event: 'receipt',
        ...by,
        fingerprint: 'f3',
        alertname,
        outcome: 'invalid',
        reason: 'invalid_action',
        message: 'expected action to be start or stop, got "explode"',
      },
    ]);
    assert.equal(new Set(entries.map(deliveryOf)).size, 1);
    const opened = entries.find(({ event }) => event === 'state');
    assert.ok(opened?.event === 'state');
    const id = opened.operation;
    const { trail } = await operator.end(id);
    const [queued] = trail ?? [];
    assert.deepEqual([queued?.delivery, queued?.traceId], [entries.map(deliveryOf)[0], TRACE]);
    const whole = await read(operator, `?operation=${id}`);
    assert.deepEqual(whole.entries.toReversed().map(inTrail), trail, 'the same story in both places');
    const { text } = await operator.request('/audit?event=state');
    assert.match(text, />Queued\.[^]*href="[./]*machines\/i-0+1"/, 'a row names its machine');
  });

  test('is there when nothing came of it', async () => {
    await using operator = await startOperator();
    await operator.post('/operateHostname', [stopAlert(1, { status: 'resolved' })]);
    problemIn(await operator.request('/operateHostname', json(delivery([alert({ hostname: '*' })]))), 400);
    await operator.post('/operateHostname', []);
    const { entries } = await read(operator, '?event=delivery');
    assert.deepEqual(
      entries.map((entry) => 'outcomes' in entry && entry.outcomes),
      [{}, { invalid: 1 }, { ignored: 1 }],
    );
    problemIn(await operator.request('/operateHostname', json({ nonsense: true })), 400);
    assert.equal(
      (await read(operator, '?event=delivery')).entries.length,
      3,
      'what is no webhook is in no log but the process',
    );
  });

  test('a person is one, and so is one who was not understood; whoever cancels is named', async () => {
    await using operator = await startOperator();
    operator.sandbox.set(idOf(1), { state: 'pending' });
    const ask = `/operateInstance?instance=${idOf(1)}&client=native&dryrun=false&wait=0s`;
    const { operation } = await operator.ask(`${ask}&action=stop`);
    problemIn(await operator.request(`${ask}&action=explode`), 400);
    await operator.waiting(operation.id, 'transition');
    for (;;) {
      const { status } = await operator.request(`/api/v1/operations/${operation.id}/cancel`, { method: 'POST' });
      // Somebody may look at it just now.
      if (status === 200) break;
      assert.equal(status, 409);
    }
    const { entries } = await read(operator, '?who=anyone');
    const seen = entries.map((entry) =>
      'outcomes' in entry ? entry.outcomes : 'state' in entry ? entry.state : 'receipt',
    );
    assert.deepEqual(seen, ['cancelled', 'receipt', { invalid: 1 }, 'queued', { accepted: 1 }]);
    const [cancelled] = entries;
    assert.partialDeepStrictEqual(cancelled, { who: 'anyone', remote: '127.0.0.1' });
  });
});

describe('the log', { concurrency: true }, () => {
  test('is read newest first, in pages, filtered', async () => {
    await using operator = await startOperator({ machines: machines(7) });
    const numbers = [1, 2, 3, 4, 5, 6, 7];
    await operator.post(
      '/operateHostname',
      numbers.map((number) => stopAlert(number, { status: 'resolved' })),
    );
    const all = (await read(operator)).entries;
    assert.equal(all.length, 8);
    assert.deepEqual(
      all.map(({ id }) => id),
      all.map(({ id }) => id).toSorted((one, other) => other - one),
    );
    const first = await read(operator, '?limit=5');
    const second = await read(operator, `?limit=5&cursor=${first.cursor}`);
    assert.deepEqual([...first.entries, ...second.entries], all);
    assert.equal(second.cursor, undefined);
    const at = all[0]?.at ?? '';
    assert.equal((await read(operator, `?since=${at}`)).entries.length, 8);
    assert.equal((await read(operator, `?until=${encodeURIComponent(at.replace('Z', '+00:00'))}`)).entries.length, 0);
    assert.equal((await read(operator, '?event=receipt&limit=1000')).entries.length, 7);
    assert.equal((await read(operator, '?who=nobody')).entries.length, 0);
  });

  for (const query of [
    'limit=0',
    'limit=1001',
    'event=guess',
    'since=yesterday',
    'cursor=x',
    'operation=1',
    'cursor=1.2.3',
  ]) {
    test(`?${query} is a bad request`, async () => {
      await using operator = await startOperator();
      problemIn(await operator.request(`/api/v1/audit?${query}`), 400);
    });
  }

  test('needs a token', async () => {
    await using operator = await startOperator({ environment: { AUTH: '', AUTH_TOKEN: TOKEN } });
    problemIn(await operator.request('/api/v1/audit'), 401);
    const answer = await operator.request('/api/v1/audit', { headers: { authorization: `Bearer ${TOKEN}` } });
    assert.equal(answer.status, 200);
  });
});

test('a hold, of a machine that nothing was done with, is found by any Name that the machine may have, and by none of several', async () => {
  const names = [`<b>"x' OR 1%_`, 'i-am not an id', '10.9.9.9', 'twin', 'twin'];
  await using operator = await startOperator({
    machines: names.map((name, index) => machine(index + 1, { name })),
    watch: true,
  });
  await eventually('the watch has looked', async () => {
    const { text } = await operator.request('/');
    return text.includes(`id="${idOf(names.length)}"`) || undefined;
  });
  for (const [index, name] of names.entries()) {
    const held = await operator.request('/api/v1/holds', json({ target: idOf(index + 1), for: '1h' }));
    assert.equal(held.status, 201, held.text);
    if (name === 'twin') continue;
    const { entries } = await read(operator, `?event=hold&machine=${encodeURIComponent(name)}`);
    assert.deepEqual(
      entries.map((entry) => 'instance' in entry && entry.instance),
      [idOf(index + 1)],
      name,
    );
  }
  const { status, text } = await operator.request('/api/v1/audit?machine=twin');
  assert.equal(status, 409);
  assert.match(text, /expected the name of one machine/);
  const page = await operator.request('/audit?event=hold');
  assert.match(page.text, />10\.9\.9\.9<\/a>/, 'a row names its machine');
  const none = await read(operator, '?machine=no-such-machine');
  assert.deepEqual(none.entries, []);
});
