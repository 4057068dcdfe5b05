import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTANCE_STATES } from './instance.ts';
import { tellCame } from './told-state.ts';

test('why a machine is in its state is one sentence, for every state and cause', () => {
  for (const state of INSTANCE_STATES)
    for (const why of [
      { by: 'alert', operation: 'o', who: 'UnusedGPU' },
      { by: 'person', operation: 'o', who: '' },
      { by: 'lease', operation: 'o', who: 'pia' },
      { by: 'outside' },
      { by: 'before' },
    ] as const)
      assert.match(tellCame(state, why), /^[A-Z][^\n]{10,}\.$/);
});

test("EC2's reasons are told in words that people know, and unknown ones as EC2 writes them", () => {
  const told = (detail: string) => tellCame('stopped', { by: 'outside', detail });
  assert.equal(told('Client.InstanceInitiatedShutdown'), 'The machine was shut down from within.');
  assert.match(told('Client.UserInitiatedShutdown'), /^Stopped outside ec2-operator[^:]*\.$/);
  assert.match(told('Server.SomethingNew'), /AWS says: Server\.SomethingNew\.$/);
  assert.match(told('toString'), /AWS says: toString\.$/);
});

test('the lease of an alert names the alert', () => {
  const why = { by: 'lease', operation: 'o', who: 'alert Night build' } as const;
  assert.equal(tellCame('stopped', why), 'Stopped: the lease of alert "Night build" was over.');
});
