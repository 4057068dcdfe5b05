import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseFleet } from './fleet.ts';
import { CLIENT_ERROR_ON_LAUNCH, advance, forceState, reboot, start, stop } from './transitions.ts';
import type { SandboxMachine } from './machine.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const timings = { startMs: 3000, stopMs: 5000 };
const id = 'i-00000000000000001';

function machine(properties = ''): SandboxMachine {
  const text = `machines: [{ id: ${id}, region: eu-central-1, type: g5.xlarge, private_ip: 10.0.0.1, ${properties} }]`;
  const [found] = parseFleet(text, now).machines;
  assert.ok(found);
  return found;
}

const stopNow = (before: SandboxMachine, hibernate = false) => stop(before, now, timings, hibernate);
const startNow = (before: SandboxMachine) => start(before, now, timings);

describe('stop', () => {
  test('running becomes stopping, and stopped in time', () => {
    const stopping = stopNow(machine());
    assert.equal(stopping.state, 'stopping');
    assert.equal(stopping.transitionReason, 'User initiated (2026-11-22 12:00:00 GMT)');
    assert.equal(stopping.stateReason?.code, 'Client.UserInitiatedShutdown');
    assert.equal(advance(stopping, now + 4999).state, 'stopping');
    const stopped = advance(stopping, now + 9000);
    assert.equal(stopped.state, 'stopped');
    assert.equal(stopped.since, now + 5000);
    assert.equal(stopped.stateReason?.code, 'Client.UserInitiatedShutdown');
  });

  test('stopping and stopped stay as they are', () => {
    const stopping = stopNow(machine());
    assert.equal(stopNow(stopping), stopping);
    const stopped = machine('state: stopped');
    assert.equal(stopNow(stopped), stopped);
  });

  const refusals = [
    [
      'state: pending',
      'IncorrectInstanceState',
      `Instance '${id}' cannot be stopped as it has never reached the 'running' state.`,
    ],
    [
      'state: terminated',
      'IncorrectInstanceState',
      `This instance '${id}' is not in a state from which it can be stopped.`,
    ],
    [
      'state: shutting-down',
      'IncorrectInstanceState',
      `This instance '${id}' is not in a state from which it can be stopped.`,
    ],
    [
      'root: instance-store',
      'UnsupportedOperation',
      `The instance '${id}' does not have an 'ebs' root device type and cannot be stopped`,
    ],
    [
      'spot: one-time',
      'UnsupportedOperation',
      `You can't stop the Spot Instance '${id}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.`,
    ],
    [
      'protected: true',
      'OperationNotPermitted',
      `The instance '${id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
    ],
  ] as const;
  for (const [properties, code, message] of refusals) {
    test(`is refused with ${code} for ${properties}`, () => {
      assert.throws(() => stopNow(machine(properties)), { code, message, status: 400 });
    });
  }

  test('is refused while a machine that ran before is pending', () => {
    assert.throws(() => stopNow(startNow(machine('state: stopped'))), { code: 'IncorrectInstanceState' });
  });

  test('a persistent Spot machine can be stopped', () => {
    assert.equal(stopNow(machine('spot: persistent')).state, 'stopping');
  });

  test('hibernation works only if it is configured', () => {
    assert.equal(stopNow(machine('hibernation: true'), true).stateReason?.code, 'Client.UserInitiatedHibernate');
    assert.throws(() => stopNow(machine(), true), { code: 'UnsupportedHibernationConfiguration' });
  });
});

describe('start', () => {
  test('stopped becomes pending, then running; the launch time moves and the old reasons go', () => {
    const stopped = advance(stopNow(machine('launched: 2d ago')), now + 5000);
    const pending = start(stopped, now + 60_000, timings);
    assert.equal(pending.state, 'pending');
    assert.equal(pending.launchTime, now + 60_000);
    assert.equal(pending.interfaces[0].attachTime, now - 2 * 86_400_000);
    assert.equal(pending.stateReason, undefined);
    assert.equal(pending.transitionReason, '');
    assert.equal(advance(pending, now + 62_999).state, 'pending');
    assert.equal(advance(pending, now + 63_000).state, 'running');
  });

  test('pending and running stay as they are, launch time included', () => {
    const running = machine();
    assert.equal(startNow(running), running);
    const pending = startNow(machine('state: stopped'));
    assert.equal(startNow(pending), pending);
  });

  test('with bounce, a machine falls back to stopped with a new launch time', () => {
    const bounced = advance(start(machine('state: stopped'), now, timings, CLIENT_ERROR_ON_LAUNCH), now + 3000);
    assert.equal(bounced.state, 'stopped');
    assert.equal(bounced.launchTime, now);
    assert.deepEqual(bounced.stateReason, {
      code: 'Client.InternalError',
      message: 'Client.InternalError: Client error on launch',
    });
  });

  for (const state of ['stopping', 'shutting-down', 'terminated'] as const) {
    test(`is refused while ${state}`, () => {
      assert.throws(() => startNow(forceState(machine(), state, now)), {
        code: 'IncorrectInstanceState',
        message: `The instance '${id}' is not in a state from which it can be started.`,
      });
    });
  }

  test('is refused without a root volume', () => {
    assert.throws(() => startNow(machine('state: stopped, root: detached')), {
      code: 'InvalidParameterValue',
      message: /Instance does not have a volume attached at root/,
    });
  });

  test('is refused for a Spot machine that EC2 has interrupted', () => {
    const reason = { code: 'Server.SpotInstanceShutdown', message: '' };
    const interrupted: SandboxMachine = { ...machine('state: stopped, spot: persistent'), stateReason: reason };
    assert.throws(() => startNow(interrupted), { code: 'IncorrectSpotRequestState' });
  });
});

test('reboot changes nothing, ignores a terminated machine and refuses a stopped one', () => {
  const running = machine();
  assert.equal(reboot(running), running);
  assert.equal(reboot(machine('state: terminated')).state, 'terminated');
  assert.throws(() => reboot(machine('state: stopped')), { code: 'IncorrectInstanceState' });
});

test('a forced state ends the transition', () => {
  assert.equal(advance(forceState(stopNow(machine()), 'running', now), now + 60_000).state, 'running');
});
