/** `audit` and `settings`: what was done, and what is configured. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machine } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';
import { stopAlert } from '../support/alerts.ts';
import { runPerson } from './person.ts';

test('the audit log and the settings are shown', async () => {
  await using operator = await startOperator({ machines: [machine(1)], config: 'guards: { spot: off }' });
  const run = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runPerson(operator.url, args);
    assert.deepEqual([code, stderr], [0, ''], args.join(' '));
    return stdout;
  };
  assert.equal(await run('audit', '--table'), 'no entries\n');
  await operator.post('/operateHostname', [
    stopAlert(1, { labels: { action: 'explode', hostname: '10.0.0.1', alertname: 'a\u001b[2Jb' } }),
    stopAlert(1),
  ]);
  const table = await run('audit', '--table');
  assert.match(table, /^AT +WHO +EVENT +OPERATION +WHAT\n/);
  assert.match(table, /anyone +queued +\S+ +UnusedGPU 10\.\S+\n/, 'a row names its machine');
  assert.match(table, /anyone +delivery +2 asked for: 1 invalid, 1 accepted/);
  assert.equal(table.includes('\u001b'), false, 'text of others does not reach the terminal as it is');
  assert.match(await run('audit', '--event', 'receipt'), /^\{.*"outcome":"invalid".*\}\n$/);
  assert.equal(await run('audit', '--until', '1h', '--table'), 'no entries\n');
  assert.match(await run('audit', '--until', '2999-01-01', '--limit', '1'), /^\{.*\}\n$/);
  const shown = await run('settings', '--table');
  assert.match(shown, /^ec2-operator [\d.]+, SQLite\n/);
  assert.match(shown, / {2}spot: off\n/);
  assert.match(shown, /never shown:\n(?: {2}.*\n)* {2}database_url: a secret\n/);
  assert.match(await run('settings'), /"leftOut":\{/);
});
