/** What users of the original ec2-operator send, word for word, must work as it stands. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alert } from '../support/alerts.ts';
import { idOf, machine, REGION } from '../support/fleet.ts';
import { startOperator, type OperatorOptions } from '../support/operator.ts';

const NAMED: OperatorOptions = {
  machines: [machine(1), machine(2, { state: 'stopped' })],
  names: { 'your-hostname': ['10.0.0.1'], 'stopped-hostname': ['10.0.0.2'] },
};

describe('the requests of the original', { concurrency: true }, () => {
  test('GET /operateHostname stops the machine', async () => {
    await using operator = await startOperator(NAMED);
    const { status, operation } = await operator.ask(
      '/operateHostname?hostname=your-hostname&action=stop&client=native&dryrun=false',
    );
    assert.equal(status, 200);
    assert.deepEqual(operation.instance, { id: idOf(1), region: REGION });
    assert.equal((await operator.end(operation.id)).state, 'succeeded');
    assert.equal(operator.sandbox.instance(idOf(1)).state, 'stopped');
  });

  test('GET /operateInstance starts the machine', async () => {
    await using operator = await startOperator(NAMED);
    const { status, operation } = await operator.ask(
      `/operateInstance?instance=${idOf(2)}&action=start&client=native&dryrun=false`,
    );
    assert.equal(status, 200);
    assert.equal((await operator.end(operation.id)).state, 'succeeded');
    assert.equal(operator.sandbox.instance(idOf(2)).state, 'running');
  });

  for (const label of ['instance', 'instance_id']) {
    test(`POST /operateInstance with the label ${label}`, async () => {
      await using operator = await startOperator(NAMED);
      const [receipt] = await operator.post('/operateInstance', [alert({ [label]: idOf(1) })]);
      assert.equal(receipt?.outcome, 'accepted');
      assert.equal((await operator.end(receipt.operation)).reason, 'state_reached');
      assert.equal(operator.sandbox.instance(idOf(1)).state, 'stopped');
    });
  }

  test('POST /operateHostname with the four labels', async () => {
    await using operator = await startOperator(NAMED);
    const labels = { hostname: 'your-hostname', action: 'stop', client: 'native', dryrun: 'false' };
    const [receipt] = await operator.post('/operateHostname', [{ status: 'firing', labels }]);
    assert.equal((await operator.end(receipt?.operation)).reason, 'state_reached');
    assert.equal(operator.sandbox.instance(idOf(1)).state, 'stopped');
  });

  test('GET /ping says pong', async () => {
    await using operator = await startOperator();
    const { status, text, headers } = await operator.request('/ping');
    assert.deepEqual([status, text], [200, 'pong']);
    assert.match(headers.get('content-type') ?? '', /^text\/plain/);
  });

  test('without a client EC2_CLIENT decides', async () => {
    await using operator = await startOperator({ ...NAMED, environment: { EC2_CLIENT: 'cli', PATH: '/nowhere' } });
    const query = 'hostname=your-hostname&action=stop&dryrun=true';
    const { status, operation } = await operator.ask(`/operateHostname?${query}`);
    assert.deepEqual([status, operation.client, operation.reason], [409, 'cli', 'client_missing']);
    assert.equal((await operator.ask(`/operateHostname?${query}&client=native`)).operation.client, 'native');
    const [receipt] = await operator.post('/operateHostname', [
      alert({ hostname: 'your-hostname', client: '', dryrun: '' }),
    ]);
    assert.equal((await operator.read(receipt?.operation)).client, 'cli');
  });
});

describe('a dry run never stops anything', { concurrency: true }, () => {
  const spellings = [
    '',
    '&dryrun=',
    '&dryrun=maybe',
    '&dryrun=FaLsE',
    '&dryrun=no',
    '&dryrun=%20false',
    '&dryrun=true',
  ];
  for (const dryrun of spellings) {
    test(`GET with ${dryrun === '' ? 'no dryrun' : dryrun.slice(1)}`, async () => {
      await using operator = await startOperator(NAMED);
      const { status, operation } = await operator.ask(
        `/operateHostname?hostname=your-hostname&action=stop&client=native${dryrun}`,
      );
      assert.equal(status, 200);
      assert.equal(operation.dryRun, true);
      assert.equal((await operator.end(operation.id)).reason, 'dry_run');
      assertUntouched(operator);
    });
  }

  test('POST with no dryrun label, or one that says neither true nor false', async () => {
    await using operator = await startOperator(NAMED);
    const receipts = await operator.post('/operateHostname', [
      alert({ hostname: 'your-hostname', dryrun: undefined }),
      alert({ hostname: 'your-hostname', dryrun: 'maybe' }),
      alert({ hostname: 'your-hostname', dryrun: false }),
    ]);
    for (const { operation } of receipts) assert.equal((await operator.end(operation)).reason, 'dry_run');
    assertUntouched(operator);
  });
});

function assertUntouched(operator: Awaited<ReturnType<typeof startOperator>>): void {
  assert.deepEqual(operator.changes(), []);
  assert.equal(operator.sandbox.counts.get('StopInstances'), 1, 'EC2 is asked whether it would');
  assert.equal(operator.sandbox.instance(idOf(1)).state, 'running');
}
