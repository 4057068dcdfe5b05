/** What stopped machines go on costing, from EC2 to the savings. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createEc2 } from '../../src/ec2/client.ts';
import { UNLIMITED } from '../../src/ec2/quota.ts';
import { createVolumeKeeper } from '../../src/engine/keep-volumes.ts';
import { machineAnswerSchema } from '../../src/http/machine-schemas.ts';
import { savingsAnswerSchema } from '../../src/http/savings-schemas.ts';
import { alert, delivery } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { sandboxEnvironment } from '../support/operator.ts';
import { startVirtualOperator, type VirtualOperator } from '../support/virtual-operator.ts';

const HOUR = 3_600_000;
const CONFIG = `
prices: { g5.xlarge: 2, factor: 0.9 }
guards: { min_uptime: off, recent_alert: off, flapping: off, fleet_limit: off }
`;
const MACHINE = machine(1, {
  name: 'gpu-1',
  disk: 200,
  volumes: [{ size: 500, iops: 4000, throughput: 225 }],
  public_ip: '198.51.100.7',
  interfaces: [{ private_ip: '10.9.0.1', elastic_ip: '203.0.113.7' }],
});

/** Reads the volumes once, as the replica that watches does. */
async function readVolumes({ store, sandbox }: VirtualOperator): Promise<void> {
  const settings = { accounts: [], connectTimeoutMs: 5_000, requestTimeoutMs: 5_000, cliConcurrency: 1 };
  const ec2 = createEc2({ ...settings, environment: sandboxEnvironment(sandbox) });
  const keeper = createVolumeKeeper({
    store,
    client: ec2.client('native'),
    quota: UNLIMITED,
    isChosen: () => true,
    clock: Date.now,
    log: { warn: (_fields, message) => assert.fail(message) },
    observer: { fault: (what, error) => assert.fail(`${what}: ${String(error)}`) },
  });
  await keeper.tick(new AbortController().signal);
  await ec2.close();
}

async function ask(operator: VirtualOperator, verb: 'start' | 'stop'): Promise<void> {
  const path = `/operateInstance?action=${verb}&instance=${idOf(1)}&dryrun=false&wait=0s`;
  assert.ok((await operator.request('GET', path)).status < 300);
  await operator.settle();
  await operator.seen();
}

test('volumes and Elastic IPs of a machine are billed on while it is stopped, as EC2 shows them', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 9, 5, 8) });
  const { timers } = mock;
  await using operator = await startVirtualOperator({ machines: [MACHINE], config: CONFIG, timers });
  // At the first stop, by a person, nothing is known yet.
  await ask(operator, 'stop');
  await operator.passTime(2 * HOUR);
  await ask(operator, 'start');
  const page = `/machines/${idOf(1)}`;
  assert.match((await operator.browse(page)).text, /An hour stopped\s*<\/dt>\s*<dd>\s*not known/);
  await readVolumes(operator);
  const idle = alert({ instance_id: idOf(1), alertname: 'UnusedGPU' }, { startsAt: new Date().toISOString() });
  await operator.request('POST', '/operateInstance', { body: delivery([idle]) });
  await operator.settle();
  await operator.seen();
  await operator.passTime(10 * HOUR);
  await ask(operator, 'start');

  // 700 GiB for $56 a month, 1,000 IOPS more for $5 and 100 MiB/s more for $4, in 730 hours; $0.005 for the address; 10 % off.
  const perHour = (65 / 730 + 0.005) * 0.9;
  const savings = await operator.request('GET', '/api/v1/savings?since=2026-10-01T00:00:00Z');
  const { automatic, asked } = savingsAnswerSchema.parse(savings.body).total;
  assert.equal(automatic.dollars.billedOn.toFixed(2), (10 * perHour).toFixed(2));
  assert.deepEqual([automatic.billedOnUnknownHours, asked.dollars.billedOn], [0, 0]);
  assert.equal(Math.round(asked.billedOnUnknownHours), 2);
  assert.match(
    (await operator.browse('/savings?since=2026-10-01T00:00:00Z')).text,
    /Billed on<\/dt>\s*<dd><b>\$0\.85</,
  );

  const shown = await operator.request('GET', `/api/v1/machines/${idOf(1)}`);
  const { billsOn } = machineAnswerSchema.parse(shown.body);
  assert.equal(billsOn?.perHour?.toFixed(6), perHour.toFixed(6));
  assert.deepEqual([billsOn.volumes?.map(({ gib }) => gib), billsOn.elasticIps], [[200, 500], 1]);
  assert.match(
    (await operator.browse(page)).text,
    /\$0\.0846: 700 GiB gp3 and 1 Elastic IP, at list price \(us-east-1, /,
  );
});
