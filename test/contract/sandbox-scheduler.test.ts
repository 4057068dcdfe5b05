/** EventBridge Scheduler as the sandbox speaks it: raw calls, the aws command, and the stops that schedules make. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { idOf, REGION } from '../support/fleet.ts';
import { findTool } from '../support/tools.ts';
import { callScheduler, GROUP, KEY, ROLE, startSchedulerSite, type SchedulerSite } from './scheduler-site.ts';

const HOUR = 3_600_000;
const NAME = 'ec2-operator-x';
const PATH = `/schedules/${NAME}`;

function expression(ms: number): string {
  return `at(${new Date(ms).toISOString().slice(0, 19)})`;
}

function schedule(
  site: SchedulerSite,
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    GroupName: GROUP,
    ScheduleExpression: expression(site.clock.now() + HOUR),
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: target(),
    ...changes,
  };
}

function target(changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const Input = JSON.stringify({ InstanceIds: [idOf(1)] });
  return { Arn: 'arn:aws:scheduler:::aws-sdk:ec2:stopInstances', RoleArn: ROLE, Input, ...changes };
}

describe('the wire', () => {
  test('a schedule is made, read, changed, listed and deleted', async () => {
    await using site = await startSchedulerSite();
    const { url } = site.sandbox;
    const made = await callScheduler(url, 'POST', PATH, schedule(site));
    const arn = `arn:aws:scheduler:${REGION}:123456789012:schedule/${GROUP}/${NAME}`;
    assert.deepEqual([made.status, made.body], [200, { ScheduleArn: arn }]);
    const changed = await callScheduler(url, 'PUT', PATH, schedule(site, { Description: 'other' }));
    assert.deepEqual([changed.status, changed.body], [200, { ScheduleArn: arn }]);
    const { body } = await callScheduler(url, 'GET', `${PATH}?groupName=${GROUP}`);
    assert.deepEqual([body['Arn'], body['Name'], body['Description'], body['State']], [arn, NAME, 'other', 'ENABLED']);
    assert.equal(typeof body['CreationDate'], 'number');
    const listed = await callScheduler(url, 'GET', `/schedules?ScheduleGroup=${GROUP}&NamePrefix=ec2-operator-`);
    assert.equal((listed.body['Schedules'] as unknown[]).length, 1);
    assert.equal((await callScheduler(url, 'DELETE', `${PATH}?groupName=${GROUP}&clientToken=t`)).status, 200);
    const gone = await callScheduler(url, 'GET', `${PATH}?groupName=${GROUP}`);
    assert.deepEqual([gone.status, gone.code], [404, 'ResourceNotFoundException']);
    assert.deepEqual(gone.body, { Message: `Schedule ${NAME} does not exist.` });
  });

  for (const [what, changes, code, sentence] of [
    [
      'an expression without a time',
      { ScheduleExpression: 'at(soon)' },
      'ValidationException',
      /Invalid Schedule Expression at\(soon\)/,
    ],
    [
      'a time with a zone',
      { ScheduleExpression: 'at(2099-01-01T00:00:00Z)' },
      'ValidationException',
      /Invalid Schedule Expression/,
    ],
    [
      'a day that does not exist',
      { ScheduleExpression: 'at(2099-13-01T00:00:00)' },
      'ValidationException',
      /Invalid Schedule Expression/,
    ],
    [
      'a time that has passed',
      { ScheduleExpression: 'at(2020-01-01T00:00:00)' },
      'ValidationException',
      /Invalid Schedule Expression/,
    ],
    ['a member that is not known', { Targets: [] }, 'ValidationException', /Targets/],
    ['no window', { FlexibleTimeWindow: undefined }, 'ValidationException', /FlexibleTimeWindow/],
    [
      'a group that does not exist',
      { GroupName: 'none' },
      'ResourceNotFoundException',
      /Schedule group none does not exist/,
    ],
    ['a role that is none', { Target: target({ RoleArn: 'switch' }) }, 'ValidationException', /role ARN is not valid/],
    [
      'a role that does not exist',
      { Target: target({ RoleArn: `${ROLE}x` }) },
      'ValidationException',
      /must allow AWS EventBridge Scheduler to assume the role/,
    ],
    [
      'a life that is too short',
      { Target: target({ RetryPolicy: { MaximumEventAgeInSeconds: 30 } }) },
      'ValidationException',
      /MaximumEventAge/,
    ],
  ] as const)
    test(`refuses ${what}`, async () => {
      await using site = await startSchedulerSite();
      const answer = await callScheduler(site.sandbox.url, 'POST', PATH, schedule(site, changes));
      assert.deepEqual([answer.code, answer.status], [code, code.startsWith('Res') ? 404 : 400]);
      assert.match(String(answer.body['Message']), sentence);
    });

  test('refuses names, bodies, methods and signatures that AWS would refuse', async () => {
    await using site = await startSchedulerSite();
    const { url } = site.sandbox;
    const codes = [
      await callScheduler(url, 'POST', '/schedules/a%20b', schedule(site)),
      await callScheduler(url, 'POST', `/schedules/${'x'.repeat(65)}`, schedule(site)),
      await callScheduler(url, 'POST', PATH, 'no json'),
      await callScheduler(url, 'PATCH', PATH, {}),
      await callScheduler(url, 'GET', PATH, undefined, { service: 'ec2' }),
      await callScheduler(url, 'GET', PATH, undefined, { key: 'ASIAUNKNOWN' }),
      await callScheduler(url, 'PUT', PATH, schedule(site)),
    ].map(({ code }) => code);
    assert.deepEqual(codes, [
      'ValidationException',
      'ValidationException',
      'SerializationException',
      'UnknownOperationException',
      'InvalidSignatureException',
      'UnrecognizedClientException',
      'ResourceNotFoundException',
    ]);
    assert.equal((await fetch(`${url}${PATH}`)).headers.get('x-amzn-errortype'), 'MissingAuthenticationTokenException');
    assert.equal((await fetch(`${url}/schedulesx`)).status, 404);
  });

  test('refuses a second schedule of a name, and does nothing for a token that it has seen', async () => {
    await using site = await startSchedulerSite();
    const { url } = site.sandbox;
    const first = schedule(site, { ClientToken: 'a' });
    assert.equal((await callScheduler(url, 'POST', PATH, first)).status, 200);
    assert.equal((await callScheduler(url, 'POST', PATH, first)).status, 200);
    const other = await callScheduler(url, 'POST', PATH, schedule(site, { ClientToken: 'b' }));
    assert.deepEqual([other.status, other.code], [409, 'ConflictException']);
    for (const hours of [2, 3]) {
      const ScheduleExpression = expression(site.clock.now() + hours * HOUR);
      await callScheduler(url, 'PUT', PATH, schedule(site, { ClientToken: 'c', ScheduleExpression }));
    }
    const ahead = (site.sandbox.schedules()[0]?.at ?? 0) - site.clock.now();
    assert.equal(Math.round(ahead / HOUR), 2);
  });
});

describe('a schedule that is due', () => {
  async function due(changes = {}): Promise<SchedulerSite> {
    const site = await startSchedulerSite();
    const answer = await callScheduler(site.sandbox.url, 'POST', PATH, schedule(site, changes));
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return site;
  }
  const stops = (site: SchedulerSite) => site.sandbox.calls.filter(({ action }) => action === 'StopInstances');

  test('stops the machine and deletes itself, and not a moment earlier', async () => {
    await using site = await due();
    site.clock.advance(HOUR - 5_000);
    assert.deepEqual([site.sandbox.instance(idOf(1)).state, site.sandbox.schedules().length], ['running', 1]);
    site.clock.advance(5_000);
    assert.match(site.sandbox.instance(idOf(1)).state, /stopping|stopped/);
    assert.deepEqual(site.sandbox.schedules(), []);
    assert.deepEqual(
      stops(site).map(({ service, instanceIds }) => [service, instanceIds]),
      [['scheduler', [idOf(1)]]],
    );
    assert.equal(site.sandbox.instance(idOf(2)).state, 'running');
  });

  test('stays where it does not delete itself, and stops once', async () => {
    await using site = await due({ ActionAfterCompletion: 'NONE' });
    site.clock.advance(2 * HOUR);
    assert.equal(site.sandbox.schedules().length, 1);
    assert.equal(stops(site).length, 1);
  });

  test('tries again while EC2 fails, until its event is too old', async () => {
    await using site = await due({ Target: target({ RetryPolicy: { MaximumEventAgeInSeconds: 60 } }) });
    site.sandbox.faults.add({ kind: 'error', action: 'StopInstances', code: 'InternalError', times: 1 });
    site.clock.advance(HOUR);
    assert.equal(site.sandbox.instance(idOf(1)).state, 'running');
    site.clock.advance(5_000);
    assert.notEqual(site.sandbox.instance(idOf(1)).state, 'running');

    await callScheduler(
      site.sandbox.url,
      'POST',
      PATH,
      schedule(site, { Target: target({ RetryPolicy: { MaximumEventAgeInSeconds: 60 } }) }),
    );
    site.sandbox.set(idOf(1), { state: 'running' });
    site.sandbox.faults.add({ kind: 'error', action: 'StopInstances', code: 'InternalError' });
    site.clock.advance(HOUR);
    site.sandbox.schedules();
    site.clock.advance(2 * HOUR);
    assert.deepEqual(site.sandbox.schedules(), []);
    site.sandbox.faults.clear();
    site.clock.advance(HOUR);
    assert.equal(site.sandbox.instance(idOf(1)).state, 'running');
  });

  test('does nothing where its role may not stop the machine', async () => {
    await using site = await due();
    site.sandbox.set(idOf(1), { unauthorized: ['StopInstances'] });
    site.clock.advance(HOUR);
    assert.equal(site.sandbox.instance(idOf(1)).state, 'running');
    assert.deepEqual(
      stops(site).map(({ errorCode }) => errorCode),
      ['UnauthorizedOperation'],
    );
  });

  test('is carried out by its own timer', async () => {
    await using site = await due({});
    await callScheduler(
      site.sandbox.url,
      'PUT',
      PATH,
      schedule(site, { ScheduleExpression: expression(site.clock.now() + 2_000) }),
    );
    await site.sandbox.until(() => site.sandbox.calls.some(({ action }) => action === 'StopInstances'));
  });
});

const aws = findTool('aws', 'awscli');

test('the aws command makes and reads schedules', { skip: 'skip' in aws ? aws.skip : false }, async () => {
  await using site = await startSchedulerSite();
  const run = async (...args: readonly string[]): Promise<string> => {
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_REGION: REGION,
      AWS_PAGER: '',
    };
    const all = ['--endpoint-url', site.sandbox.url, '--region', REGION, '--output', 'json', 'scheduler', ...args];
    const { stdout } = await promisify(execFile)('path' in aws ? aws.path : 'aws', all, { env });
    return stdout;
  };
  assert.match(await run('create-schedule-group', '--name', 'mine'), /schedule-group\/mine/);
  assert.match(await run('get-schedule-group', '--name', 'mine'), /ACTIVE/);
  const at = expression(site.clock.now() + HOUR);
  const flags = [
    '--flexible-time-window',
    'Mode=OFF',
    '--schedule-expression',
    at,
    '--target',
    JSON.stringify(target()),
  ];
  assert.match(await run('create-schedule', '--name', NAME, '--group-name', 'mine', ...flags), /schedule\/mine\//);
  assert.match(await run('list-schedules', '--group-name', 'mine'), new RegExp(NAME));
  assert.match(await run('get-schedule', '--name', NAME, '--group-name', 'mine'), /"CreationDate": /);
  await assert.rejects(
    run('delete-schedule', '--name', 'other'),
    /ResourceNotFoundException.*Schedule other does not exist/s,
  );
});
