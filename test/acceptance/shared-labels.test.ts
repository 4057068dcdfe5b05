/** Labels that many senders use for things of their own neither break an alert nor lead it to another machine. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alert } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator, type OperatorOptions } from '../support/operator.ts';

/** Two machines with one address, in two regions, and a third that has an address of its own. */
const SITE: OperatorOptions = {
  machines: [
    machine(1, { private_ip: '10.9.9.9' }),
    machine(2, { private_ip: '10.9.9.9', region: 'us-east-1' }),
    machine(3, { private_ip: '10.9.9.3' }),
  ],
  config: 'regions: [eu-central-1, us-east-1]\n',
};

async function endOf(operator: Operator, labels: Readonly<Record<string, string>>): Promise<string> {
  const [receipt] = await operator.post('/operateHostname', [alert({ alertname: JSON.stringify(labels), ...labels })]);
  const { reason, instance, state } = await operator.end(receipt?.operation);
  return `${state} ${instance?.id ?? reason ?? ''}`;
}

async function ignoredIn(operator: Operator, label: string): Promise<number> {
  const { text } = await operator.request('/metrics');
  const series = `ec2_operator_labels_ignored_total{label="${label}"} `;
  const line = text.split('\n').find((each) => each.startsWith(series));
  return Number(line?.slice(series.length));
}

describe('labels that others use as well', { concurrency: true }, () => {
  test('an external label `region` does not choose between two machines', async () => {
    await using operator = await startOperator(SITE);
    assert.equal(await endOf(operator, { hostname: '10.9.9.9', region: 'us-east-1' }), 'refused ambiguous');
    assert.deepEqual(operator.changes(), []);
    assert.equal(await ignoredIn(operator, 'region'), 1);
    assert.equal(await ignoredIn(operator, 'account'), 0);
  });

  test('`ec2_region` does, whatever `region` says', async () => {
    await using operator = await startOperator(SITE);
    const labels = { hostname: '10.9.9.9', ec2_region: 'us-east-1', region: 'eu' };
    assert.equal(await endOf(operator, labels), `succeeded ${idOf(2)}`);
  });

  const foreign = [{ region: 'eu' }, { account: 'team/one' }, { client: 'acme' }, { client: 'NVIDIA-Jetson' }];
  for (const labels of foreign) {
    test(`${JSON.stringify(labels)} does not keep an alert from its machine`, async () => {
      await using operator = await startOperator(SITE);
      assert.equal(await endOf(operator, { hostname: '10.9.9.3', ...labels }), `succeeded ${idOf(3)}`);
      assert.equal(await ignoredIn(operator, Object.keys(labels)[0] ?? ''), 1);
    });
  }

  test('labels that the configuration names are read, and not counted', async () => {
    const config = `${SITE.config ?? ''}labels: { region: region, account: aws_account, client: ec2_api }\n`;
    await using operator = await startOperator({ ...SITE, config });
    assert.equal(await endOf(operator, { hostname: '10.9.9.9', region: 'us-east-1' }), `succeeded ${idOf(2)}`);
    const other = { hostname: '10.9.9.9', region: 'us-east-1', ec2_region: 'eu-central-1', ec2_api: 'native' };
    assert.equal(await endOf(operator, other), `succeeded ${idOf(1)}`, 'ours come first');
    assert.equal(await endOf(operator, { hostname: '10.9.9.3', aws_account: 'nobody' }), 'refused unknown_place');
    assert.equal(await ignoredIn(operator, 'region'), 0);
    const receipts = await operator.post('/operateHostname', [
      alert({ hostname: '10.9.9.3' }),
      alert({ hostname: '10.9.9.3', region: 'eu' }),
      alert({ hostname: '10.9.9.3', ec2_api: 'acme' }),
    ]);
    assert.deepEqual(
      receipts.map(({ outcome, reason }) => reason ?? outcome),
      ['accepted', 'invalid_place', 'invalid_client'],
    );
  });

  test('parameters of a request keep their names', async () => {
    await using operator = await startOperator(SITE);
    const { operation } = await operator.ask('/operateHostname?hostname=10.9.9.9&action=stop&region=us-east-1');
    assert.equal(operation.instance?.id, idOf(2));
  });
});
