import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Route } from './intent.ts';
import { readLabels, type LabelSettings } from './labels.ts';

type Given = Readonly<Record<string, unknown>>;

function read(labels: Given, settings: LabelSettings = {}, route: Route = 'hostname'): Given {
  const { request, ignored } = readLabels(labels, route, settings);
  const set = Object.entries(request).filter(
    ([name, value]) => name !== 'targetSource' && value !== undefined && value !== '',
  );
  return { ...Object.fromEntries(set), ...(ignored.length === 0 ? {} : { ignored }) };
}

describe('the machine', () => {
  const id = 'i-0123456789abcdef0';

  test('on the instance route is instance_id, else instance, and never a host name', () => {
    const target = (labels: Given): unknown => read({ hostname: 'gpu-1', ...labels }, {}, 'instance')['target'];
    assert.equal(target({ instance_id: id, instance: '10.0.1.5:9835' }), id);
    assert.equal(target({ instance: id }), id);
    assert.equal(target({}), undefined);
  });

  test("an instance_id in a form that is not EC2's is another tool's label, and does not make the alert invalid", () => {
    const target = (labels: Given): unknown => read(labels, {}, 'instance')['target'];
    assert.equal(target({ instance_id: 'consul-7', instance: id }), id);
    assert.equal(target({ instance_id: 'consul-7' }), 'consul-7', 'it is named where there is nothing else');
  });
});

describe('what speaks of the machine beside its name', () => {
  const witness = (labels: Given, settings: LabelSettings = {}): unknown =>
    readLabels({ hostname: '10.0.1.5', ...labels }, 'hostname', settings).witness;

  test("is an instance_id in EC2's form", () => {
    assert.deepEqual(witness({ instance_id: 'i-0123456789abcdef0' }), { instanceId: 'i-0123456789abcdef0' });
    assert.equal(witness({ instance_id: 'consul-7' }), undefined);
  });

  test('is the machine of a pod, but where exporters have the network of their machines', () => {
    const labels = { pod: 'exporter-x', Hostname: 'gpu-1', node: 'ip-10-0-1-5.ec2.internal' };
    const nodeNames = ['gpu-1', 'ip-10-0-1-5.ec2.internal'];
    assert.deepEqual(witness(labels), { podLabel: 'pod', nodeNames });
    assert.equal(witness(labels, { hostNetwork: true }), undefined);
    assert.deepEqual(witness({ container: 'dcgm' }), { podLabel: 'container', nodeNames: [] });
    assert.equal(witness({ pod: '', node: 'n' }), undefined, 'an empty label says nothing');
    assert.equal(witness({ exported_pod: 'training-0', exported_container: 'main' }), undefined, 'the pod at work');
  });
});

test('the machine that a metric was exported for speaks, but not an exporter that calls its machine localhost', () => {
  const exported = (said: string): unknown =>
    readLabels({ hostname: '10.0.1.5', exported_instance: said }, 'hostname', {}).witness?.exportedInstance;
  assert.equal(exported('10.0.1.6:9400'), '10.0.1.6:9400');
  for (const said of ['', 'localhost', 'localhost:2181', '127.0.0.1:9100', '[::1]:9100'])
    assert.equal(exported(said), undefined);
});

test('an id, too, is that of the scrape target where the metric was exported for another machine', () => {
  const labels = { instance_id: 'i-0123456789abcdef0', pod: 'x', exported_instance: '10.0.1.6', exported_node: 'n' };
  const { witness } = readLabels(labels, 'instance', {});
  assert.deepEqual(witness, { exportedInstance: '10.0.1.6', exportedNode: 'n' });
});

describe('labels that others use as well', () => {
  test('are read under names of our own', () => {
    const labels = { ec2_region: 'eu-west-1', ec2_account: 'ml', ec2_client: 'cli' };
    assert.deepEqual(read(labels), { region: 'eu-west-1', account: 'ml', client: 'cli' });
  });

  test('are not read otherwise, and that is said', () => {
    assert.deepEqual(read({ region: 'eu-west-1', account: 'ml' }), { ignored: ['region', 'account'] });
    assert.deepEqual(read({ region: '', account: '', client: '' }), {}, 'an empty label says nothing');
  });

  test('are read where the configuration names them, after our own', () => {
    const settings = { region: 'region', account: 'aws_account', client: 'aws_client' };
    const labels = { region: 'eu-west-1', aws_account: 'ml', aws_client: 'acme' };
    assert.deepEqual(read(labels, settings), { region: 'eu-west-1', account: 'ml', client: 'acme' });
    assert.equal(read({ ...labels, ec2_region: 'us-east-1' }, settings)['region'], 'us-east-1');
  });

  test('the original’s client is read where it is a word of ours', () => {
    assert.deepEqual(read({ client: 'cli' }), { client: 'cli' });
    assert.deepEqual(read({ client: 'acme' }), { ignored: ['client'] });
    assert.deepEqual(read({ client: ['cli'] }), { ignored: ['client'] });
    assert.deepEqual(read({ client: 'CLI' }), { client: 'CLI' }, 'a slip is turned away later, not passed over');
    assert.deepEqual(read({ client: 'acme' }, { client: 'client' }), { client: 'acme' });
    assert.deepEqual(read({ client: 'acme', ec2_client: 'cli' }), { client: 'cli', ignored: ['client'] });
  });
});
