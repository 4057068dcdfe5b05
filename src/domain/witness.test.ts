import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instanceWith } from '../../test/support/operation.ts';
import { parseHostTarget, type Target } from './target.ts';
import { hear, type Testimony, type Witness } from './witness.ts';

const INSTANCE = instanceWith({ tags: { Name: 'gpu 1' } });
const OTHER = 'i-0000000000000000f';

function target(text: string): Target {
  const parsed = parseHostTarget(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

function objection(witness: Witness, text: string): Testimony | undefined {
  return hear(witness, target(text), INSTANCE).find(({ testimony }) => testimony !== 'fine');
}

function heard(witness: Witness, text = '10.0.0.1:9100'): string {
  const found = objection(witness, text) ?? { testimony: 'fine' };
  return found.testimony === 'against' ? found.reason : found.testimony;
}

describe('an instance id', () => {
  test('has to be that of the machine, whatever the machine was named by', () => {
    for (const text of ['10.0.0.1', 'gpu-1', INSTANCE.id, 'ip-10-0-0-1']) {
      assert.equal(heard({ instanceId: INSTANCE.id }, text), 'fine');
      assert.equal(heard({ instanceId: OTHER }, text), 'contradicted');
    }
    const testimony = objection({ instanceId: OTHER }, 'gpu-1');
    assert.ok(testimony?.testimony === 'against');
    assert.match(
      testimony.message,
      new RegExp(`"gpu-1" leads to "gpu 1" .${INSTANCE.id}, .*instance_id of the alert says ${OTHER}`),
    );
  });

  test('vouches for the address of a pod', () => {
    assert.equal(heard({ podLabel: 'pod', instanceId: INSTANCE.id, nodeNames: ['elsewhere'] }), 'fine');
  });
});

describe('an address beside a pod', () => {
  test('is none of the machine without a name of it', () => {
    assert.equal(heard({ podLabel: 'pod' }), 'pod_address');
    assert.equal(heard({ podLabel: 'container', nodeNames: [] }, '10.0.0.1'), 'pod_address');
  });

  for (const name of [
    'gpu 1',
    INSTANCE.id,
    '10.0.0.1',
    'ip-10-0-0-1',
    'ip-10-0-0-1.eu-central-1.compute.internal',
    'IP-10-0-0-1.corp.example',
    `${INSTANCE.id}.corp.example`,
  ]) {
    test(`is the machine's where ${name} says so`, () => {
      assert.equal(heard({ podLabel: 'pod', nodeNames: ['dcgm-exporter-x7k2p', name] }), 'fine');
    });
  }

  for (const name of ['10.0.0.2', OTHER, 'ip-10-0-0-2.eu-central-1.compute.internal', 'no name at all']) {
    test(`is none of the machine where only ${name} is named`, () => {
      assert.equal(heard({ podLabel: 'pod', nodeNames: [name] }), 'pod_address');
    });
  }

  test('is left to DNS where a node has another name', () => {
    const testimony = objection({ podLabel: 'pod', nodeNames: ['Worker-1', '10.0.0.9'] }, '10.0.0.1');
    assert.ok(testimony?.testimony === 'ask');
    assert.deepEqual(testimony.names, ['worker-1']);
  });
});

describe('a metric that another machine has passed on', () => {
  for (const said of ['10.0.0.1:9400', 'gpu 1', INSTANCE.id, 'ip-10-0-0-1.eu-central-1.compute.internal']) {
    test(`is about the machine where exported_instance is ${said}`, () => {
      assert.equal(heard({ exportedInstance: said }), 'fine');
    });
  }

  for (const said of ['10.0.0.2:9400', OTHER, 'GPU box 7', '7']) {
    test(`is not about the machine where exported_instance is ${said}, whatever the id of the scrape target is`, () => {
      assert.equal(heard({ exportedInstance: said }), 'contradicted');
      assert.equal(heard({ exportedInstance: said, instanceId: INSTANCE.id }), 'contradicted');
      assert.equal(heard({ exportedNode: said }, INSTANCE.id), 'contradicted');
    });
  }

  test('is left to DNS where exported_instance is another name than the alert uses', () => {
    assert.equal(heard({ exportedInstance: 'worker-1:9400' }), 'ask');
    assert.equal(heard({ exportedInstance: 'worker-1:9400' }, 'Worker-1'), 'fine');
  });
});

test('a name of the machine needs no witness', () => {
  for (const text of ['gpu-1.example', INSTANCE.id, 'ip-10-0-0-1.eu-central-1.compute.internal:9100'])
    assert.equal(heard({ podLabel: 'pod' }, text), 'fine');
});
