/** `machines`: what there is, whose it is, and what comes next. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { machineSchema } from '../../src/http/machine-schemas.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { json, startOperator, type Operator } from '../support/operator.ts';
import { as, configWith, secretOf } from '../support/tokens.ts';
import { startWebProxy } from '../support/web-proxy.ts';
import { runPerson, startPerson, type PersonOptions } from './person.ts';

const TOKENS = { ada: { scopes: ['start', 'stop', 'read'] }, pia: { scopes: ['read'] } };
const FLEET = [
  machine(1, { name: 'gpu-1', launched: '2h ago', tags: { owner: 'ada', team: 'ml' } }),
  machine(2, { name: 'gpu\u202e-2', type: 'g4ad.4xlarge', state: 'stopped', tags: { owner: 'tom' } }),
  machine(3, { type: 'p4d.24xlarge', tags: { team: 'web' } }),
];

describe('machines', { concurrency: 2 }, () => {
  let operator: Operator;
  before(async () => {
    operator = await startOperator({
      watch: true,
      machines: FLEET,
      environment: { AUTH: '' },
      config: configWith(TOKENS, { prices: { 'g5.xlarge': 0.71 } }),
    });
    await eventually('the watch', async () => {
      const { text } = await operator.request('/api/v1/machines', { headers: as('pia') });
      return text.includes(idOf(3)) ? true : undefined;
    });
  });
  after(async () => operator[Symbol.asyncDispose]());

  const options = (who: string): PersonOptions => ({ environment: { EC2_OPERATOR_TOKEN: secretOf(who) } });

  async function run(who: string, ...args: readonly string[]) {
    return runPerson(operator.url, ['machines', ...args], options(who));
  }

  test('a table, with prices that say whose they are', async () => {
    const held = json({ target: idOf(1), for: '2h', why: 'training' });
    const headers = { ...as('ada'), 'content-type': 'application/json' };
    assert.equal((await operator.request('/api/v1/holds', { ...held, headers })).status, 201);
    const { code, stdout } = await run('pia', '--table');
    assert.equal(code, 0);
    const [head = '', ...rows] = stdout.trimEnd().split('\n');
    assert.match(head, /^MACHINE +INSTANCE +OWNER +STATE +FOR +TYPE +\$\/H +NEXT +WHY$/);
    const rowOf = (id: string): string => rows.find((row) => row.includes(id)) ?? '';
    assert.match(rowOf(idOf(1)), /^gpu-1 +i-0+1 +ada +running +2h.* +g5\.xlarge +0\.71 +held until [\d: -]+ by ada/);
    assert.match(rowOf(idOf(2)), /^gpu\\u\{202e\}-2 +i-0+2 +tom +stopped +\S.* +g4ad\.4xlarge +$/);
    assert.match(rowOf(idOf(3)), /^i-0+3 +running +\S.* +p4d\.24xlarge +21\.96\* +$/);
    assert.equal(rows.at(-1), '* at list price: us-east-1, 2026-07-20');
    assert.ok(!stdout.includes('\u202e'), 'a tag does not reach the terminal as it is');
  });

  const filters: readonly (readonly [numbers: readonly number[], ...args: string[]])[] = [
    [[1], '--mine'],
    [[1, 2], '--owner', 'ada', '--owner', 'tom'],
    [[3], '--owner', '-'],
    [[2], '--state', 'stopped,pending'],
    [[3], '--tag', 'team=web'],
    [[3], '--text', 'P4D'],
    [[3, 2, 1], '--descending', '--sort', 'type'],
    [[2], '--sort', 'type', '--limit', '1'],
  ];
  for (const [numbers, ...args] of filters)
    test(args.join(' '), async () => {
      const { code, stdout, stderr } = await run('ada', ...args);
      assert.equal(code, 0, stderr);
      const lines = stdout.split('\n').filter((line) => line !== '');
      const ids = lines.map((line) => machineSchema.parse(JSON.parse(line)).id);
      const sorted = args.includes('--sort') ? ids : ids.toSorted();
      assert.deepEqual(sorted, args.includes('--sort') && numbers.length > 1 ? ids : numbers.map(idOf));
    });

  test('says why there is nothing to see, and what was not understood', async () => {
    const none = await run('pia', '--mine', '--table');
    assert.equal(none.stdout, 'none of the 3 machines has an owner that is you: pia\n');
    assert.equal((await run('pia', '--text', 'nothing', '--table')).stdout, 'none of the 3 machines matches\n');
    assert.match((await run('pia', '--limit', '1', '--table')).stdout, /\n2 more: --limit shows up to 1000\n$/);
    const wrong: readonly (readonly [RegExp, ...string[]])[] = [
      [/--tag: expected tags such as team=ml/, '--tag', 'ml'],
      [/expected one of pending, running, .* for --state, got "asleep"/, '--state', 'asleep'],
      [/expected --every with --watch only/, '--every', '1s'],
    ];
    for (const [expected, ...args] of wrong) {
      const { code, stderr } = await run('pia', ...args);
      assert.deepEqual([code, expected.test(stderr)], [2, true], stderr);
    }
  });
});

test('--watch tells changes as lines until Ctrl-C, and what has left the list', async () => {
  await using operator = await startOperator({ watch: true, machines: [machine(1, { name: 'gpu-1' })] });
  await eventually('the watch', async () => {
    const { text } = await operator.request('/api/v1/machines');
    return text.includes(idOf(1)) ? true : undefined;
  });
  // Without the server's hints, the first change would be told after an hour.
  const args = ['machines', '--watch', '--every', '1h'];
  await using proxy = await startWebProxy([operator.url]);
  await using running = startPerson(proxy.url, [...args, '--state', 'running']);
  await using all = startPerson(operator.url, [...args, '--table']);
  await running.line('stdout', /"state":"running"/);
  await all.line('stdout', /running {2}i-0+1 \(gpu-1\)/);
  await operator.ask(`/operateInstance?instance=${idOf(1)}&action=stop&dryrun=false&wait=30s`);
  assert.deepEqual(JSON.parse(await running.line('stdout', /"listed":false/)), { id: idOf(1), listed: false });
  await all.line('stdout', /stopped {2}i-0+1 \(gpu-1\)/);
  const id = /^[\w-]+\.\d+\.\w+$/;
  assert.match(
    proxy.lastEvents.at(-1) ?? '',
    id,
    'behind a proxy that takes turns, a server may answer that is behind',
  );
  all.signal('SIGINT');
  assert.equal((await all.end).code, 130);
});
