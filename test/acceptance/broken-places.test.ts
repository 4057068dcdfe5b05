/** One account or region that cannot be asked must not break the others, and never leads to a guess. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stopAlert } from '../support/alerts.ts';
import { addressOf, idOf, REGION } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';

const CLOSED = `{ name: closed, role_arn: 'arn:aws:iam::210987654321:role/closed', regions: [us-east-1] }`;
const CONFIG = `
regions: [${REGION}]
accounts: [${CLOSED}]
`;
const SOON = 'give_up_after: { stop: 1s }';

const site = async (more = '') => startOperator({ config: `${CONFIG}${more}` });
const byId = (id: string, rest = '') => `/operateInstance?instance=${id}&action=stop&client=native&dryrun=false${rest}`;

describe('beside a role that cannot be assumed', { concurrency: true }, () => {
  test('a machine is found by its id, and stopped', async () => {
    await using operator = await site();
    const { operation } = await operator.ask(byId(idOf(1)));
    assert.equal((await operator.end(operation.id)).reason, 'state_reached');
    const metrics = (await operator.request('/metrics')).text;
    assert.match(metrics, /^ec2_operator_place_reachable\{region="us-east-1",account="closed"\} 0$/m);
    assert.match(metrics, /^ec2_operator_place_reachable\{region="eu-central-1",account=""\} 1$/m);
  });

  test('a machine is not found by its address: the stop waits, and is then refused, naming the place', async () => {
    await using operator = await site(SOON);
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
    await operator.waiting(receipt?.operation, 'place_unreachable');
    const end = await operator.end(receipt?.operation);
    assert.deepEqual([end.state, end.reason], ['refused', 'place_unreachable']);
    assert.match(end.message ?? '', /account closed, region us-east-1 \(AccessDenied: .*AssumeRole/);
    assert.deepEqual(operator.changes(), []);
  });

  test('a machine is found by its address as soon as the place answers', async () => {
    await using operator = await startOperator({
      config: CONFIG,
      accounts: { '210987654321': { roles: ['closed'] } },
    });
    operator.sandbox.faults.add({
      kind: 'error',
      action: 'AssumeRole',
      code: 'AccessDenied',
      message: 'not authorized to perform: sts:AssumeRole',
      status: 403,
      times: 1,
    });
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
    await operator.waiting(receipt?.operation, 'place_unreachable');
    assert.equal((await operator.end(receipt?.operation)).reason, 'state_reached');
  });

  test('an id that no other place knows may be in that place', async () => {
    await using operator = await site(SOON);
    const { operation } = await operator.ask(byId(idOf(77), '&wait=0s'));
    await operator.waiting(operation.id, 'place_unreachable');
    assert.equal((await operator.end(operation.id)).reason, 'place_unreachable');
  });

  test('what names another place does not meet it', async () => {
    await using operator = await site();
    const path = `/operateHostname?hostname=${addressOf(1)}&action=stop&client=native&dryrun=false`;
    const { operation } = await operator.ask(`${path}&region=${REGION}`);
    assert.equal((await operator.end(operation.id)).reason, 'state_reached');
  });
});

describe('beside a region', { concurrency: true }, () => {
  const REGIONS = `regions: [${REGION}, us-east-1]\n`;

  test('that does not answer, an id is found in another at once', async () => {
    await using operator = await startOperator({ config: REGIONS });
    operator.sandbox.faults.add({ kind: 'slow', ms: 600_000, region: 'us-east-1' });
    const { operation } = await operator.ask(byId(idOf(1)));
    assert.equal((await operator.end(operation.id)).reason, 'state_reached');
  });

  test('that is not enabled, an address is not looked for elsewhere alone', async () => {
    await using operator = await startOperator({ config: `${REGIONS}${SOON}` });
    const message = 'AWS was not able to validate the provided access credentials';
    operator.sandbox.faults.add({ kind: 'error', code: 'AuthFailure', message, status: 401, region: 'us-east-1' });
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
    const end = await operator.end(receipt?.operation);
    assert.deepEqual([end.state, end.reason], ['refused', 'place_unreachable']);
    assert.match(end.message ?? '', /region us-east-1 \(AuthFailure: /);
  });
});

test('where no place can be asked, the first error is told with its place', async () => {
  await using operator = await startOperator({ config: `accounts: [${CLOSED}]` });
  const { operation } = await operator.ask(byId(idOf(1)));
  assert.deepEqual([operation.state, operation.reason], ['failed', 'unauthorized']);
  assert.match(operation.message ?? '', /^AccessDenied: in account closed, region us-east-1: /);
});
