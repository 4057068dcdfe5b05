/** `notices` and `notify test`: what people were told, and whether a channel works. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';
import { stopAlert } from '../support/alerts.ts';
import { startVendor } from '../support/vendors/vendor.ts';
import { runPerson } from './person.ts';

test('a channel is tried, and what people were told is listed', async () => {
  await using good = await startVendor(() => ({ status: 200 }));
  await using gone = await startVendor(() => ({ status: 404, body: 'no\u001b[2J such hook' }));
  await using operator = await startOperator({
    machines: [machine(1, { launched: '1d ago' })],
    config: `channels:
  - { name: good, webhook: { url: '${good.url}' } }
  - { name: gone, webhook: { url: '${gone.url}' } }
warn: { before: 1s }`,
  });
  const run = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runPerson(operator.url, args);
    return [code, stdout, stderr] as const;
  };
  assert.deepEqual(await run('notices', '--table'), [0, 'no notices\n', '']);
  assert.deepEqual(await run('notify', 'test', 'good', '--table'), [0, 'sent  good\n', '']);
  const [code, told] = await run('notify', 'test', 'gone', '--table');
  assert.equal(code, 1);
  assert.match(told, /^failed {2}gone: status 404: "no.* such hook"\n$/);
  assert.ok(!told.includes('\u001b'), 'what a vendor says does not reach the terminal as it is');
  const [usage, , wrong] = await run('notify', 'tset', 'good');
  assert.deepEqual([usage, /expected "test CHANNEL" behind "notify"/.test(wrong)], [2, true]);

  const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
  await operator.end(receipt?.operation);
  await eventually('the notices', () => (good.requests.length >= 3 && gone.requests.length >= 3 ? true : undefined));
  const [, table] = await run('notices', idOf(1), '--channel', 'good', '--table');
  assert.match(table, /^AT +CHANNEL +KIND +STATE +OPERATION +MESSAGE +WHY NOT *\n/);
  assert.match(table, /\n\S+ +good +stopped +sent +[0-9a-f]{8} +i-0+1 was stopped at /);
  assert.match(table, /\n\S+ +good +warning +sent +[0-9a-f]{8} +i-0+1 stops at /);
  const [, shown] = await run('show', receipt?.operation ?? '', '--table');
  assert.match(shown, /\n\npeople were told\nAT +CHANNEL/);
  assert.match(shown, /\n\S+ +gone +warning +failed +/);
  const [, lines] = await run('notices', '--failed');
  const channels = lines
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { channel: string }).channel);
  assert.deepEqual(new Set(channels), new Set(['gone']));
});
