/** `digest`: what the weekly digest would say now. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importStops } from '../../src/store/import-stops.ts';
import { idOf } from '../support/fleet.ts';
import { startOperator, temporaryDirectory } from '../support/operator.ts';
import { runPerson } from './person.ts';

const HOUR_MS = 3_600_000;

test('a digest is shown before anybody gets one, and nothing is sent', async () => {
  await using stack = new AsyncDisposableStack();
  const dataDir = await temporaryDirectory(stack);
  const stoppedAt = Date.now() - 50 * HOUR_MS;
  await importStops(dataDir, [
    {
      operation: '01900000-0000-7000-8000-000000000001',
      instance: idOf(1),
      place: {},
      name: 'gpu\u001b[2J-1',
      by: 'alert',
      rule: 'UnusedGPU',
      stoppedAt,
      back: { at: stoppedAt + 12 * HOUR_MS, by: 'person', who: 'pia' },
      price: { perHour: 2, currency: 'USD', basis: 'list' },
    },
  ]);
  const told = /: 12 h saved, \$24\.00 at list price, 0 % of stops regretted \(0 of 1\)\n/;
  const first = await startOperator({ environment: { DATA_DIR: dataDir } });
  {
    await using operator = first;
    const { code, stdout, stderr } = await runPerson(operator.url, ['digest', '--table']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, told);
    assert.match(stdout, / {2}Saved most: gpu.*-1 12 h\n/);
    assert.doesNotMatch(stdout, /^to /m);
    assert.ok(!stdout.includes('\u001b'), 'a name does not reach the terminal as it is');
    assert.match(stdout, /\nNobody gets it: name channels in "digest: \{ channels: \[ops\] \}"/);
  }
  await using operator = await startOperator({
    after: { sandbox: first.sandbox, dataDir },
    environment: { DATA_DIR: dataDir },
    config: `
channels: [{ name: bus, webhook: { url: 'http://127.0.0.1:9/' }, only: { team: none } }]
digest: { channels: [bus], day: ${DAYS[(new Date().getUTCDay() + 2) % 7]}, time: '12:00' }`,
  });
  const { stdout } = await runPerson(operator.url, ['digest', '--table']);
  assert.match(stdout, /^to bus\nThe week until .*: nothing was stopped\n/);
  assert.match(stdout, /\nNothing was sent\. The next digest goes out at /);
});

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
