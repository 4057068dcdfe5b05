import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownTag } from './own-tag.ts';

test('a key in another case, or with spaces around it, is meant where there is none in these letters', () => {
  assert.equal(ownTag({ 'ec2-operator': 'allowed', 'EC2-Operator': 'off' }, 'ec2-operator'), 'allowed');
  assert.equal(ownTag({ ' EC2-Operator': 'off' }, 'ec2-operator'), 'off');
  assert.equal(ownTag({ 'EC2-Operator': 'off', 'Ec2-operator': 'on' }, 'ec2-operator'), 'off or on');
  assert.equal(ownTag({ 'ec2-operators': 'off' }, 'ec2-operator'), undefined);
  assert.equal(ownTag({}, 'constructor'), undefined);
});
