/** The promises of src/schedules/port.ts, over the wire against the sandbox. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ec2Error } from '../../src/ec2/port.ts';
import { createSchedules } from '../../src/schedules/native.ts';
import type { ScheduleToPut } from '../../src/schedules/port.ts';
import { idOf, REGION } from '../support/fleet.ts';
import {
  ACCOUNTS,
  addGroup,
  GROUP,
  OTHER,
  OTHER_ROLE,
  OWN,
  ROLE,
  startSchedulerSite,
  type SchedulerSite,
} from './scheduler-site.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function toPut(site: SchedulerSite, changes: Partial<ScheduleToPut> = {}): ScheduleToPut {
  return { instance: idOf(1), place: {}, group: GROUP, roleArn: ROLE, at: site.clock.now() + HOUR, ...changes };
}

async function codeOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'no error',
    (error: unknown) => (error instanceof Ec2Error ? error.code : String(error)),
  );
}

describe('put', () => {
  test('makes the schedule of the machine: one time, in UTC, rounded up to the minute, which deletes itself', async () => {
    await using site = await startSchedulerSite();
    const at = Math.ceil(site.clock.now() / MINUTE) * MINUTE + HOUR;
    await site.schedules.put(toPut(site, { at: at - 1 }));
    const [{ name, group, account, region, input, ...made } = assert.fail(), ...more] = site.sandbox.schedules();
    assert.deepEqual([more, name, group, account, region], [[], `ec2-operator-${idOf(1)}`, GROUP, OWN, REGION]);
    assert.equal(made.at, at);
    assert.equal(input.ScheduleExpression, `at(${new Date(at).toISOString().slice(0, 19)})`);
    assert.equal(input.ActionAfterCompletion, 'DELETE');
    assert.deepEqual(input.FlexibleTimeWindow, { Mode: 'OFF' });
    assert.equal(input.Target.Arn, 'arn:aws:scheduler:::aws-sdk:ec2:stopInstances');
    assert.deepEqual([input.Target.RoleArn, input.Target.RetryPolicy.MaximumEventAgeInSeconds], [ROLE, 900]);
    assert.deepEqual(JSON.parse(input.Target.Input), { InstanceIds: [idOf(1)] });
  });

  test('moves the schedule, later, earlier, and back to a time that it had before', async () => {
    await using site = await startSchedulerSite();
    const first = toPut(site);
    for (const hours of [1, 5, 2, 5, 1]) {
      await site.schedules.put({ ...first, at: first.at + hours * HOUR });
      const [found, ...more] = site.sandbox.schedules();
      assert.deepEqual([found?.at, more], [Math.ceil(first.at / MINUTE) * MINUTE + hours * HOUR, []]);
    }
  });

  test('by a clock that is behind that of AWS does not stop the machine too soon', async () => {
    await using site = await startSchedulerSite();
    site.sandbox.faults.add({ kind: 'skew', ms: 2 * HOUR });
    const wanted = toPut(site);
    // AWS refuses the signature, and the SDK reads its clock in that answer.
    assert.notEqual(await codeOf(site.schedules.put(wanted)), 'no error');
    await site.schedules.put(wanted);
    const [made] = site.sandbox.schedules();
    assert.ok(made !== undefined && Math.abs(made.at - wanted.at - 2 * HOUR) <= 2 * MINUTE, String(made?.at));
  });

  test('by many at once leaves one schedule', async () => {
    await using site = await startSchedulerSite();
    const wanted = toPut(site);
    await Promise.all(Array.from({ length: 8 }, async () => site.schedules.put(wanted)));
    assert.equal(site.sandbox.schedules().length, 1);
    assert.ok((site.sandbox.counts.get('CreateSchedule') ?? 0) > 1, 'several met the conflict');
  });

  test('in another account is asked with its role, in its region', async () => {
    await using site = await startSchedulerSite();
    const place = { account: 'research', region: 'us-east-1' };
    const elsewhere = toPut(site, { instance: idOf(3), place, roleArn: OTHER_ROLE });
    assert.equal(await codeOf(site.schedules.put(elsewhere)), 'ResourceNotFoundException', 'it has no group yet');
    await addGroup(site.sandbox.url, 'us-east-1');
    assert.equal(await codeOf(site.schedules.put(elsewhere)), 'ResourceNotFoundException', "another account's group");
    await site.schedules.put({ ...elsewhere, group: 'default' });
    const [found] = site.sandbox.schedules();
    assert.deepEqual([found?.account, found?.region], [OTHER, 'us-east-1']);
  });

  test('names the partition of the role', async () => {
    await using site = await startSchedulerSite();
    const partition = 'aws-us-gov';
    const govRole = ROLE.replace('arn:aws:', `arn:${partition}:`);
    await site.schedules.put(toPut(site, { roleArn: govRole }));
    assert.equal(
      site.sandbox.schedules()[0]?.input.Target.Arn,
      `arn:${partition}:scheduler:::aws-sdk:ec2:stopInstances`,
    );
  });

  for (const [what, accounts, changes, code] of [
    ['a time that has passed', ACCOUNTS, { at: 0 }, 'ValidationException'],
    ['a role that does not trust it', ACCOUNTS, { roleArn: `${ROLE}-no` }, 'ValidationException'],
    ["another account's role", ACCOUNTS, { roleArn: OTHER_ROLE }, 'AccessDeniedException'],
    ['a group that does not exist', ACCOUNTS, { group: 'none' }, 'ResourceNotFoundException'],
    [
      'no permission',
      { ...ACCOUNTS, [OWN]: { ...ACCOUNTS[OWN], unauthorized: ['UpdateSchedule'] } },
      {},
      'AccessDeniedException',
    ],
    [
      'no PassRole',
      { ...ACCOUNTS, [OWN]: { ...ACCOUNTS[OWN], unauthorized: ['PassRole'] } },
      {},
      'AccessDeniedException',
    ],
  ] as const)
    test(`fails for ${what}, with AWS's code and sentence`, async () => {
      await using site = await startSchedulerSite(accounts);
      const error: unknown = await site.schedules.put(toPut(site, changes)).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof Ec2Error);
      assert.equal(error.code, code);
      assert.ok(error.message.length > 10, error.message);
      assert.deepEqual(site.sandbox.schedules(), []);
    });

  test('fails where AWS throttles, fails, resets or says nothing, and works again after that', async () => {
    await using site = await startSchedulerSite();
    const { faults } = site.sandbox;
    for (const [fault, code] of [
      [{ kind: 'throttle' }, 'ThrottlingException'],
      [{ kind: 'unauthorized' }, 'AccessDeniedException'],
      [{ kind: 'error', code: 'InternalServerException', status: 500 }, 'InternalServerException'],
      [{ kind: 'reset' }, 'ClientConnection'],
      [{ kind: 'garbled' }, 'ClientOutput'],
    ] as const) {
      faults.add({ ...fault, times: 1 });
      assert.equal(await codeOf(site.schedules.put(toPut(site))), code);
    }
    await site.schedules.put(toPut(site));
    assert.equal(site.sandbox.schedules().length, 1);
    const before = site.sandbox.calls.length;
    faults.add({ kind: 'throttle', times: 1 });
    await codeOf(site.schedules.put(toPut(site)));
    assert.equal(site.sandbox.calls.length, before + 1, 'the SDK does not repeat a call by itself');
  });
});

describe('remove', () => {
  test('removes it, and does not mind that it is gone', async () => {
    await using site = await startSchedulerSite();
    const other = toPut(site, { instance: idOf(2) });
    await site.schedules.put(toPut(site));
    await site.schedules.put(other);
    await site.schedules.remove(toPut(site));
    await site.schedules.remove(toPut(site));
    await site.schedules.remove({ ...toPut(site), group: 'none' });
    assert.deepEqual(
      site.sandbox.schedules().map(({ name }) => name),
      [`ec2-operator-${idOf(2)}`],
    );
  });

  test('fails without the permission: the schedule may be there', async () => {
    await using site = await startSchedulerSite({
      ...ACCOUNTS,
      [OWN]: { ...ACCOUNTS[OWN], unauthorized: ['DeleteSchedule'] },
    });
    await site.schedules.put(toPut(site));
    assert.equal(await codeOf(site.schedules.remove(toPut(site))), 'AccessDeniedException');
  });
});

test('after close, calls fail and connect to nothing', async () => {
  await using site = await startSchedulerSite();
  site.schedules.close();
  assert.equal(await codeOf(site.schedules.put(toPut(site))), 'ClientConnection');
});

test('its own endpoint is that of AWS_ENDPOINT_URL_SCHEDULER', async () => {
  await using site = await startSchedulerSite();
  const { settings } = site;
  const environment = {
    ...settings.environment,
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_SCHEDULER: site.sandbox.url,
  };
  const schedules = createSchedules({ ...settings, environment });
  await schedules.put(toPut(site));
  schedules.close();
  assert.equal(site.sandbox.schedules().length, 1);
});

test('only ids of instances become part of a name', async () => {
  await using site = await startSchedulerSite();
  await assert.rejects(site.schedules.put(toPut(site, { instance: '../other' })));
  assert.equal(site.sandbox.calls.length, 1, 'nothing but the group was asked for');
});
