import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  DescribeInstancesCommand,
  EC2Client,
  EC2ServiceException,
  paginateDescribeInstances,
  StartInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { EC2ClientConfig, Instance } from '@aws-sdk/client-ec2';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { startSandbox } from '../../src/sandbox/server.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';

const gpu1 = 'i-0a1b2c3d4e5f60001';
const stopped = 'i-0a1b2c3d4e5f60003';
const notebookUs = 'i-0a1b2c3d4e5f60009';
const unknown = 'i-0fffffffffffffff0';
const region = 'eu-central-1';
const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test' };
const timings = { startMs: 1, stopMs: 1 };

type Run = Readonly<{ code: number | string; stdout: string; stderr: string }>;

const cleanEnvironment = {
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_CONFIG_FILE: join(tmpdir(), 'no-such-aws-config'),
  AWS_SHARED_CREDENTIALS_FILE: join(tmpdir(), 'no-such-aws-credentials'),
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_MAX_ATTEMPTS: '1',
  AWS_PAGER: '',
};

function run(command: string, args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(command, args, { env: cleanEnvironment, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? 'killed'), stdout, stderr });
    });
  });
}

type Command = Readonly<{ path: string; version: string }>;

/** The first `aws` on the PATH that runs. What versions do differently is the contract's (see ec2.test.ts). */
async function findCommand(): Promise<Command | undefined> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const path = join(directory, 'aws');
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    const { code, stdout, stderr } = executable ? await run(path, ['--version']) : { code: 1, stdout: '', stderr: '' };
    // Old versions write it to stderr.
    const [version = ''] = /aws-cli\/\S+/.exec(`${stdout}${stderr}`) ?? [];
    if (code === 0 && version !== '') return { path, version };
  }
  return undefined;
}

const command = await findCommand();
if (command === undefined)
  test('the aws command against the sandbox', { skip: 'no aws command on the PATH' }, () => {});
else describeCommand(command);

function describeCommand({ path, version }: Command): void {
  describe(`the aws command (${version})`, () => {
    let sandbox: Sandbox;
    before(async () => {
      sandbox = await startSandbox({ timings });
    });
    after(() => sandbox.close());

    const aws = (...args: readonly string[]): Promise<Run> =>
      run(path, ['--endpoint-url', sandbox.url, '--region', region, '--output', 'json', ...args]);
    // v1 ends with 255 for every error of the service, v2 with 254.
    const serviceError = version.startsWith('aws-cli/1') ? 255 : 254;

    test('reads every property of a machine', async () => {
      const filter = JSON.stringify([{ Name: 'private-ip-address', Values: ['10.0.1.5'] }]);
      const query = 'Reservations[].Instances[].[InstanceId,State.Name,InstanceType,Tags[?Key==`Name`]|[0].Value]';
      const { code, stdout, stderr } = await aws('ec2', 'describe-instances', '--filters', filter, '--query', query);
      assert.equal(code, 0, stderr);
      assert.deepEqual(JSON.parse(stdout), [[gpu1, 'running', 'p4d.24xlarge', 'gpu-1']]);
    });

    test('puts the pages together', async () => {
      const query = 'Reservations[].Instances[].InstanceId';
      const { stdout } = await aws('ec2', 'describe-instances', '--page-size', '5', '--query', query);
      assert.equal((JSON.parse(stdout) as unknown[]).length, 6);
      assert.equal(
        sandbox.calls.slice(-2).every(({ action }) => action === 'DescribeInstances'),
        true,
      );
    });

    test('stops and starts', async () => {
      const stop = await aws('ec2', 'stop-instances', '--instance-ids', gpu1);
      assert.deepEqual(JSON.parse(stop.stdout), {
        StoppingInstances: [
          {
            InstanceId: gpu1,
            CurrentState: { Code: 64, Name: 'stopping' },
            PreviousState: { Code: 16, Name: 'running' },
          },
        ],
      });
      await sandbox.until(() => sandbox.instance(gpu1).state === 'stopped');
      const start = await aws('ec2', 'start-instances', '--instance-ids', gpu1);
      assert.match(start.stdout, /"pending"/);
      assert.equal((await aws('ec2', 'reboot-instances', '--instance-ids', gpu1)).code, 0);
    });

    test('reports errors in words and by its exit code, the success of a dry run too', async () => {
      const dry = await aws('ec2', 'stop-instances', '--dry-run', '--instance-ids', gpu1);
      assert.equal(dry.code, serviceError);
      assert.match(
        dry.stderr,
        /An error occurred \(DryRunOperation\) when calling the StopInstances operation.*: Request would have succeeded, but DryRun flag is set\./,
      );
      const missing = await aws('ec2', 'stop-instances', '--instance-ids', unknown);
      assert.equal(missing.code, serviceError);
      assert.match(
        missing.stderr,
        /\(InvalidInstanceID\.NotFound\).*: The instance ID 'i-0fffffffffffffff0' does not exist/,
      );
    });

    test('takes on a role', async () => {
      const RoleArn = 'arn:aws:iam::210987654321:role/ec2-operator';
      const { stdout } = await aws('sts', 'assume-role', '--role-arn', RoleArn, '--role-session-name', 'test');
      assert.match(stdout, /"Arn": "arn:aws:sts::210987654321:assumed-role\/ec2-operator\/test"/);
      assert.match((await aws('sts', 'get-caller-identity')).stdout, /"Account": "123456789012"/);
    });
  });
}

describe('the AWS SDK', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ timings });
  });
  after(() => sandbox.close());

  const clientFor = (config: EC2ClientConfig = {}): EC2Client =>
    new EC2Client({ endpoint: sandbox.url, region, credentials, maxAttempts: 1, ...config });

  const describeOne = async (id: string, client = clientFor()): Promise<Instance> => {
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    return Reservations?.[0]?.Instances?.[0] ?? assert.fail(`no ${id}`);
  };

  test('reads what the sandbox writes', async () => {
    const instance = await describeOne(notebookUs, clientFor({ region: 'us-east-1' }));
    const { launchTime } = sandbox.instance(notebookUs);
    assert.equal(instance.LaunchTime?.getTime(), Math.floor(launchTime / 1000) * 1000);
    assert.deepEqual(instance.State, { Code: 16, Name: 'running' });
    assert.equal(instance.Placement?.AvailabilityZone, 'us-east-1a');
    assert.equal(instance.PublicIpAddress, '198.51.100.9');
    assert.equal(instance.PublicDnsName, 'ec2-198-51-100-9.compute-1.amazonaws.com');
    assert.equal(instance.PrivateDnsName, 'ip-10-0-9-9.ec2.internal');
    assert.equal(instance.Ipv6Address, '2001:db8:8:1::9');
    assert.deepEqual(instance.Tags, [{ Key: 'Name', Value: 'notebook-us' }]);
    const [primary] = instance.NetworkInterfaces ?? [];
    assert.equal(primary?.Attachment?.DeviceIndex, 0);
    assert.deepEqual(primary.Attachment.AttachTime, instance.LaunchTime);
    assert.equal(primary.PrivateIpAddresses?.[0]?.Association?.PublicIp, '198.51.100.9');
    assert.deepEqual(primary.Ipv6Addresses, [{ Ipv6Address: '2001:db8:8:1::9', IsPrimaryIpv6: true }]);
    assert.deepEqual(instance.Operator, { Managed: false });
  });

  test('reads kinds of machines: Spot, instance store, managed, secondary addresses', async () => {
    const copy = sandbox.instance(gpu1);
    const [eni] = copy.interfaces;
    const interfaces = [{ ...eni, secondaryIps: ['10.0.1.205'] }] as const;
    sandbox.put({
      ...copy,
      id: 'i-00000001',
      market: 'spot-one-time',
      root: 'instance-store',
      operator: 'eks',
      interfaces,
    });
    const instance = await describeOne('i-00000001');
    assert.equal(instance.InstanceLifecycle, 'spot');
    assert.equal(instance.RootDeviceType, 'instance-store');
    assert.deepEqual(instance.BlockDeviceMappings, []);
    assert.deepEqual(instance.Operator, { Managed: true, Principal: 'eks' });
    const addresses = instance.NetworkInterfaces?.[0]?.PrivateIpAddresses;
    assert.deepEqual(
      addresses?.map(({ PrivateIpAddress, Primary }) => [PrivateIpAddress, Primary]),
      [
        ['10.0.1.5', true],
        ['10.0.1.205', false],
      ],
    );
  });

  test('sees a stopped machine lose its public address and name, and say why it stopped', async () => {
    const client = clientFor({ region: 'us-east-1' });
    await client.send(new StopInstancesCommand({ InstanceIds: [notebookUs] }));
    await sandbox.until(() => sandbox.instance(notebookUs).state === 'stopped');
    const instance = await describeOne(notebookUs, client);
    assert.deepEqual([instance.PublicIpAddress, instance.PublicDnsName], [undefined, '']);
    assert.equal(instance.StateReason?.Code, 'Client.UserInitiatedShutdown');
    assert.match(instance.StateTransitionReason ?? '', /^User initiated \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT\)$/);
    await client.send(new StartInstancesCommand({ InstanceIds: [notebookUs] }));
    const again = await describeOne(notebookUs, client);
    assert.equal(again.StateTransitionReason, '');
    assert.equal(again.StateReason, undefined);
  });

  test('names errors by their code and status', async () => {
    const DryRun = true;
    await assert.rejects(
      clientFor().send(new StopInstancesCommand({ InstanceIds: [gpu1], DryRun })),
      (error: unknown) => {
        assert.ok(error instanceof EC2ServiceException);
        assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['DryRunOperation', 412]);
        assert.match(error.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
        return true;
      },
    );
  });

  test('follows the pages', async () => {
    const ids: string[] = [];
    for await (const page of paginateDescribeInstances({ client: clientFor(), pageSize: 5 }, {})) {
      ids.push(...(page.Reservations ?? []).flatMap(({ Instances }) => Instances?.[0]?.InstanceId ?? []));
    }
    assert.deepEqual(new Set(ids).size, sandbox.instances().filter((each) => each.region === region).length);
  });

  test('retries a throttled call', async () => {
    sandbox.faults.add({ kind: 'throttle', action: 'StartInstances', times: 1 });
    await clientFor({ maxAttempts: 2 }).send(new StartInstancesCommand({ InstanceIds: [stopped] }));
    const statuses = sandbox.calls.filter(({ action }) => action === 'StartInstances').map(({ status }) => status);
    assert.deepEqual(statuses.slice(-2), [503, 200]);
  });

  test('reaches another account through a role', async () => {
    const role = fromTemporaryCredentials({
      masterCredentials: credentials,
      params: { RoleArn: 'arn:aws:iam::210987654321:role/ec2-operator', RoleSessionName: 'test' },
      clientConfig: { region, endpoint: sandbox.url },
    });
    const client = clientFor({ region: 'us-east-1', credentials: role });
    assert.equal((await describeOne('i-0a1b2c3d4e5f6000a', client)).InstanceType, 'p4d.24xlarge');
    assert.equal(sandbox.calls.at(-1)?.account, '210987654321');
  });
});
