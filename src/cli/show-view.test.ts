import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandFor } from './show-view.ts';

test('a command about a machine can be copied into a shell, whatever the name', () => {
  assert.equal(commandFor('start', 'gpu-1.example.com'), 'ec2-operator start gpu-1.example.com');
  assert.equal(commandFor('hold', 'GPU box 1', ' --for 2h'), "ec2-operator hold 'GPU box 1' --for 2h");
  assert.equal(commandFor('stop', "pi's; $(reboot)"), `ec2-operator stop 'pi'"'"'s; $(reboot)'`);
});
