/** `/api/v1/machines`: what the watch has seen, and what people and alerts have said of it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { machineAnswerSchema, machinesAnswerSchema } from '../../src/http/machine-schemas.ts';
import { stopAlert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { json, problemIn, startOperator, type Operator } from '../support/operator.ts';
import { as, configWith } from '../support/tokens.ts';

const SETTINGS = {
  prices: { 'g5.xlarge': 0.71 },
  owners: { tags: ['owner'], email: '{owner}', domains: ['example.com'] },
  warn: { always: true, before: '10m' },
};
const FLEET = [
  machine(1, { name: 'gpu-1', launched: '2h ago', tags: { owner: 'ada', team: 'ml' } }),
  machine(2, {
    name: 'gpu-2',
    launched: '3h ago',
    type: 'p4d.24xlarge',
    tags: { owner: 'pia@example.com', team: 'web' },
  }),
  machine(3, { name: 'twin', state: 'stopped', tags: { team: 'ml', stage: 'dev' } }),
  machine(4, { name: 'twin', type: 'g5.2xlarge', spot: 'persistent', tags: { owner: 'Ada@example.com' } }),
];

describe('machines', { concurrency: 4 }, () => {
  let operator: Operator;
  let warned: string | undefined;
  before(async () => {
    const tokens = { ada: { scopes: ['read'] }, pia: { scopes: ['read', 'start', 'stop'] } };
    operator = await startOperator({
      watch: true,
      machines: FLEET,
      environment: { AUTH: '' },
      config: configWith(tokens, SETTINGS),
    });
    await eventually('the watch', async () => ((await list('')).known === FLEET.length ? true : undefined));
    const delivery = json({ version: '4', status: 'firing', groupKey: '{}', receiver: 'x', alerts: [stopAlert(1)] });
    const headers = { ...as('pia'), 'content-type': 'application/json' };
    const { text } = await operator.request('/operateHostname', { ...delivery, headers });
    warned = /"operation":"([^"]*)"/.exec(text)?.[1];
    const held = json({ target: idOf(2), for: '2h', why: 'training' });
    assert.equal((await operator.request('/api/v1/holds', { ...held, headers })).status, 201);
    await eventually('the warning', async () =>
      (await list('')).machines[0]?.stopsAt === undefined ? undefined : true,
    );
  });
  after(async () => operator[Symbol.asyncDispose]());

  async function list(query: string, who = 'ada') {
    const answer = await operator.request(`/api/v1/machines?${query}`, { headers: as(who) });
    assert.equal(answer.status, 200, answer.text);
    return machinesAnswerSchema.strict().parse(JSON.parse(answer.text));
  }

  async function names(query: string, who?: string): Promise<readonly string[]> {
    return (await list(query, who)).machines.map(({ id }) => id.replace(/^i-0*/, ''));
  }

  async function read(id: string, query = '') {
    const answer = await operator.request(`/api/v1/machines/${id}?${query}`, { headers: as('ada') });
    assert.equal(answer.status, 200, answer.text);
    return machineAnswerSchema.strict().parse(JSON.parse(answer.text));
  }

  test('a machine with its owner, its price, and the stop that its people were warned of', async () => {
    const [one, two] = (await list('')).machines;
    assert.partialDeepStrictEqual(one, {
      id: idOf(1),
      name: 'gpu-1',
      owner: 'ada',
      region: 'eu-central-1',
      type: 'g5.xlarge',
      state: 'running',
      why: { by: 'before' },
      tags: { Name: 'gpu-1', owner: 'ada', team: 'ml' },
      price: { perHour: 0.71, currency: 'USD', basis: 'configured' },
      open: { id: warned, state: 'waiting', reason: 'warned' },
      last: { id: warned },
    });
    assert.equal(one?.stopsAt, one?.open?.warning?.stopsAt);
    assert.partialDeepStrictEqual(two, { price: { basis: 'list' }, hold: { who: 'pia', why: 'training' } });
    assert.equal(two?.stopsAt, undefined);
  });

  const filters: readonly (readonly [query: string, ...numbers: string[]])[] = [
    ['', '1', '2', '3', '4'],
    ['owner=ada', '1'],
    ['owner=ada,pia@example.com', '1', '2'],
    ['owner=-', '3'],
    ['state=stopped', '3'],
    ['state=stopped,pending', '3'],
    ['tag=team=ml', '1', '3'],
    ['tag=team=ml,stage=dev', '3'],
    ['text=P4D', '2'],
    ['text=gpu', '1', '2'],
    ['sort=name&order=desc', '4', '3', '2', '1'],
    ['sort=stops&limit=1', '1'],
    ['owner=nobody'],
    ['tag=team=ML'],
  ];
  for (const [query, ...numbers] of filters)
    test(`?${query}`, async () => {
      const found = await names(query);
      // Two machines have one name.
      assert.deepEqual(query.includes('desc') ? found.toSorted().toReversed() : found.toSorted(), numbers);
    });

  test('mine are those whose owner is my name or my address', async () => {
    const { mine } = await list('mine=true');
    assert.deepEqual(mine, ['ada', 'ada@example.com']);
    assert.deepEqual((await names('mine=true', 'ada')).toSorted(), ['1', '4'], 'whatever their case');
    assert.deepEqual(await names('mine=true', 'pia'), ['2']);
    assert.deepEqual(await names('mine=true&owner=pia@example.com', 'ada'), [], 'mine of hers');
  });

  test('pages follow one another without a gap', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await list(`limit=3${cursor}`);
      assert.deepEqual([page.total, page.known], [4, 4]);
      seen.push(...page.machines.map(({ id }) => id));
      cursor = page.cursor === undefined ? '' : `&cursor=${page.cursor}`;
    } while (cursor !== '');
    assert.deepEqual(seen.toSorted(), [1, 2, 3, 4].map(idOf));
  });

  const wrong: readonly (readonly [query: string, expected: RegExp])[] = [
    ['state=asleep', /^state: expected some of pending, running, .*, got "asleep"$/],
    ['tag=ml', /^tag: expected tags such as team=ml or team=ml,stage=dev, got "ml"$/],
    ['sort=money', /^sort: /],
    ['cursor=zzz', /^cursor: expected the `cursor` of an earlier answer, got "zzz"$/],
    ['owner=,', /^owner: expected owners separated by commas, got ","$/],
    ['limit=1001', /^limit: /],
  ];
  for (const [query, expected] of wrong)
    test(`?${query} says what was expected`, async () => {
      const answer = await operator.request(`/api/v1/machines?${query}`, { headers: as('ada') });
      assert.match(problemIn(answer, 400), expected);
    });

  test('one machine with its past, its operations, and what a stop would meet', async () => {
    const { machine: row, intervals, operations, holds, stop } = await read(idOf(1));
    assert.equal(row.name, 'gpu-1');
    assert.deepEqual([intervals.at(-1)?.state, intervals.at(-1)?.until], ['running', undefined]);
    assert.deepEqual([operations.map(({ id }) => id), holds], [[warned], []]);
    assert.deepEqual([stop?.byAlert.outcome, stop?.byAlert.reason], ['would_wait', 'warned']);
    assert.equal(stop?.byPerson.outcome, 'would_stop');
    assert.ok((stop.byAlert.verdicts?.length ?? 0) > 10, 'every guard answers');
  });

  test('a hold refuses a person, and lets an alert wait', async () => {
    const { holds, stop } = await read(idOf(2));
    assert.deepEqual(
      holds.map(({ who }) => who),
      ['pia'],
    );
    assert.deepEqual([stop?.byAlert.reason, stop?.byPerson.reason], ['held', 'held']);
  });

  test('what a Spot machine costs is not known', async () => {
    assert.equal((await read(idOf(4))).machine.price, undefined);
  });

  test('a machine has its name, where no other has it', async () => {
    assert.equal((await read('gpu-2')).machine.id, idOf(2));
    const several = await operator.request('/api/v1/machines/twin', { headers: as('ada') });
    assert.match(
      problemIn(several, 409),
      /^expected the name of one machine, and several have it: twin \(i-0+3\), twin/,
    );
    for (const id of [idOf(99), 'gpu', '%22%3E']) {
      const none = await operator.request(`/api/v1/machines/${id}`, { headers: as('ada') });
      assert.match(
        problemIn(none, 404),
        /^there is no machine .* in the list: it is not watched, or it was terminated/,
      );
    }
  });
});

test('a shared name has no machines of its own, and a machine that EC2 cannot show keeps its page', async () => {
  await using operator = await startOperator({ watch: true, machines: [machine(1)] });
  await eventually('the watch', async () =>
    (await operator.request(`/api/v1/machines/${idOf(1)}`)).status === 200 ? true : undefined,
  );
  const mine = problemIn(await operator.request('/api/v1/machines?mine=true'), 400);
  assert.match(mine, /^mine: anyone belongs to nobody: use owner=NAME \(--owner NAME\)/);
  operator.sandbox.faults.add({ kind: 'slow', action: 'DescribeInstances', ms: 60_000 });
  const { text } = await operator.request(`/api/v1/machines/${idOf(1)}`);
  const { stop, stopUnknown, machine: row } = machineAnswerSchema.parse(JSON.parse(text));
  assert.deepEqual([row.state, stop, stopUnknown], ['running', undefined, 'EC2 gave no answer within 3 s']);
});

test('a lease whose end a tag or a pause holds back has no stop time, and names what holds it', async () => {
  const tags = { 'ec2-operator:hold-until': '2999-12-24T00:00Z' };
  await using operator = await startOperator({ watch: true, machines: [machine(1, { tags }), machine(2)] });
  const ids = [idOf(1), idOf(2)];
  for (const id of ids) {
    const asked = `/operateInstance?action=start&for=2h&dryrun=false&instance=${id}`;
    assert.equal((await operator.request(asked)).status, 200);
  }
  const list = async () => {
    const { text } = await operator.request('/api/v1/machines');
    return machinesAnswerSchema.parse(JSON.parse(text)).machines.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  };
  const [held, free] = await eventually('the leases', async () => {
    const rows = await list();
    return rows.filter(({ lease }) => lease !== undefined).length === ids.length ? rows : undefined;
  });
  assert.equal(held?.stopsAt, undefined);
  assert.deepEqual([held?.heldByTag?.until, free?.heldByTag], ['2999-12-24T00:00:00.000Z', undefined]);
  assert.deepEqual(held?.stopHeldBack, { at: held?.lease?.until, by: 'tag', until: '2999-12-24T00:00:00.000Z' });
  assert.deepEqual([free?.stopsAt, free?.stopHeldBack], [free?.lease?.until, undefined]);
  const { text } = await operator.request('/api/v1/machines?sort=stops');
  const inOrder = machinesAnswerSchema.parse(JSON.parse(text)).machines.map((row) => row.id);
  assert.deepEqual(inOrder, [idOf(2), idOf(1)], 'the lease that ends first is held back for longer');
  assert.equal((await operator.request('/api/v1/pauses', json({ why: 'a demo' }))).status, 201);
  const paused = (await list())[1];
  assert.equal(paused?.stopsAt, undefined);
  assert.deepEqual(paused?.stopHeldBack, { at: paused?.lease?.until, by: 'pause', who: 'anyone' });
});
