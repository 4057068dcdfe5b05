import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SurveyFilter } from '../../src/domain/survey-filter.ts';
import { blamedIds } from '../../src/ec2/error-table.ts';
import type { ActOptions, Ec2Client, LookupBy } from '../../src/ec2/port.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { crowdedFleet, ID } from './ec2-fleet.ts';
import { fails, here, testOnce, type Run } from './ec2-run.ts';

/** What a client answers when all is well. */
export function answersContract(run: Run): void {
  describe('describe', () => {
    test('reads everything of an instance', async () => {
      assert.deepEqual(await run.client.describe({}, 'id', [ID.gpu]), [
        {
          id: ID.gpu,
          place: { region: 'eu-central-1' },
          state: 'running',
          launchedAt: Date.parse('2026-11-20T10:00:00Z'),
          type: 'p4d.24xlarge',
          availabilityZone: 'eu-central-1b',
          tags: { Name: 'gpu-1', team: 'vision & "sound", größer', empty: '' },
          addresses: {
            primary: '10.0.1.5',
            secondary: ['10.0.1.105', '10.0.2.5', '10.0.2.105'],
            public: ['198.51.100.5', '203.0.113.5'],
            ipv6: ['2001:db8::5'],
            secondaryIpv6: ['2001:db8:1::5'],
          },
          rootDevice: 'ebs',
          vpc: 'vpc-0a51b2c3d4e5f6071',
          billing: { usage: 'RunInstances', system: 'Linux/UNIX', tenancy: 'default' },
          elasticIps: 1,
        },
      ]);
    });

    for (const [by, value] of [
      ['private', '10.0.1.5'],
      ['secondary', '10.0.2.105'],
      ['public', '198.51.100.5'],
      ['ipv6', '2001:db8::5'],
    ] as const satisfies readonly [LookupBy, string][]) {
      testOnce(run, `finds an instance by ${by} address`, async () => {
        assert.deepEqual(await idsOf(run.client.describe(here, by, [value])), [ID.gpu]);
      });
    }

    testOnce(run, 'leaves out ids that do not exist, and shows terminated instances', async () => {
      const found = await run.client.describe(here, 'id', [ID.nowhere, ID.terminated, ID.interrupted]);
      const facts = found.map(({ id, state, lifecycle, stateReason }) => [id, [state, lifecycle, stateReason?.code]]);
      assert.deepEqual(Object.fromEntries(facts), {
        [ID.terminated]: ['terminated', undefined, undefined],
        [ID.interrupted]: ['stopped', 'spot', 'Client.UserInitiatedShutdown'],
      });
    });

    testOnce(run, 'finds nothing', async () => {
      assert.deepEqual(await run.client.describe(here, 'id', [ID.nowhere]), []);
    });

    testOnce(run, 'finds instances that it has shown before, and says which one EC2 no longer knows', async () => {
      const both = [ID.gpu, ID.interrupted];
      assert.deepEqual((await idsOf(run.client.describe(here, 'known', both))).toSorted(), both.toSorted());
      const error = await fails(run.client.describe(here, 'known', [ID.gpu, ID.nowhere]), 'InvalidInstanceID.NotFound');
      assert.match(error.message, new RegExp(ID.nowhere));
    });

    const skip = run.adapter.knowsOperator ? false : `${run.adapter.name} is older than EC2's field Operator`;
    test('names the service that manages an instance', { skip }, async () => {
      const [found] = await run.client.describe(here, 'id', [ID.managed]);
      assert.equal(found?.managedBy, 'eks.amazonaws.com');
    });

    test('shows how an instance is billed, and the capacity that was bought for it', async () => {
      const [reserved] = await run.client.describe(here, 'id', [ID.managed]);
      assert.deepEqual(reserved?.billing, {
        usage: 'RunInstances:0010',
        system: 'Red Hat Enterprise Linux',
        tenancy: 'dedicated',
      });
      assert.deepEqual(reserved.committed, { kind: 'capacity_reservation', id: 'cr-0123456789abcdef0' });
    });

    testOnce(run, 'asks the region of the place, then AWS_REGION, then AWS_DEFAULT_REGION', async () => {
      assert.deepEqual(await idsOf(run.client.describe({ region: 'us-west-2' }, 'private', ['10.0.1.5'])), [
        ID.elsewhere,
      ]);
      const byDefault = run.open({ AWS_REGION: '', AWS_DEFAULT_REGION: 'us-west-2', AWS_PROFILE: '' });
      const [found] = await byDefault.describe({}, 'private', ['10.0.1.5']);
      assert.deepEqual([found?.id, found?.place], [ID.elsewhere, { region: 'us-west-2' }]);
    });

    test('takes keys and region of a profile', async () => {
      const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: '', AWS_REGION: undefined };
      const profiled = run.open({ ...none, AWS_PROFILE: 'team' });
      const [found] = await profiled.describe({}, 'private', ['10.0.1.5']);
      assert.deepEqual([found?.id, found?.place], [ID.elsewhere, { region: 'us-west-2' }]);
    });

    test('reads all pages', async () => {
      await using crowded = await startSandbox({ fleet: crowdedFleet(1_003, '10.99.0.1') });
      const found = await run.open({}, {}, crowded.url).describe(here, 'secondary', ['10.99.0.1']);
      assert.equal(new Set(found.map(({ id }) => id)).size, 1_003);
      assert.equal(crowded.counts.get('DescribeInstances'), 2);
    });
  });

  describe('survey', () => {
    const team = { by: 'tags', tags: [{ key: 'team' }] } as const;

    testOnce(run, 'shows the machines that have all of the tags, terminated ones included', async () => {
      const sound = { key: 'team', value: 'vision & "sound", größer' };
      assert.deepEqual(await surveyed(run, { by: 'tags', tags: [sound, { key: 'empty', value: '' }] }), [ID.gpu]);
      run.sandbox.set(ID.terminated, { tags: { team: 'of a character that XML does not allow: \u0001' } });
      assert.deepEqual(await surveyed(run, team), [ID.gpu, ID.terminated].toSorted());
    });

    testOnce(run, 'takes a wildcard in a tag as it is written, and text of any length', async () => {
      const long = '*'.repeat(256);
      run.sandbox.set(ID.spot, { tags: { team: long } });
      assert.deepEqual(await surveyed(run, { by: 'tags', tags: [{ key: 'team', value: long }] }), [ID.spot]);
      assert.deepEqual(await surveyed(run, { by: 'tags', tags: [{ key: 'team', value: '*' }] }), []);
      run.sandbox.set(ID.spot, { tags: {} });
    });

    testOnce(run, 'shows the machines of families of types', async () => {
      assert.deepEqual(await surveyed(run, { by: 'families', families: ['p', 'trn'] }), [ID.gpu]);
    });

    test('is one call for each page', async () => {
      await using crowded = await startSandbox({ fleet: crowdedFleet(1_003, '10.99.0.1') });
      const client = run.open({}, {}, crowded.url);
      const filter = { by: 'families', families: ['t'] } as const;
      const first = await client.survey(here, filter);
      assert.equal(crowded.counts.get('DescribeInstances'), 1);
      const second = await client.survey(
        here,
        filter,
        first.next ?? assert.fail('a page of a thousand is not the last'),
      );
      assert.equal(crowded.counts.get('DescribeInstances'), 2);
      assert.deepEqual([first.instances.length, second.instances.length, second.next], [1_000, 3, undefined]);
      assert.equal(new Set([...first.instances, ...second.instances].map(({ id }) => id)).size, 1_003);
    });

    testOnce(run, 'of no tag or family, or of what is none, is an error', async () => {
      await assert.rejects(run.client.survey(here, { by: 'tags', tags: [] }), RangeError);
      await assert.rejects(run.client.survey(here, { by: 'tags', tags: [{ key: '' }] }), RangeError);
      await assert.rejects(run.client.survey(here, { by: 'tags', tags: [{ key: 'a\nb' }] }), RangeError);
      await assert.rejects(run.client.survey(here, { by: 'families', families: [] }), RangeError);
      await assert.rejects(run.client.survey(here, { by: 'families', families: ['*'] }), RangeError);
    });

    testOnce(run, 'fails as other calls do', async () => {
      run.sandbox.faults.add({ kind: 'unauthorized', action: 'DescribeInstances' });
      await fails(run.client.survey(here, team), 'UnauthorizedOperation');
      run.sandbox.faults.clear();
      await fails(run.client.survey(here, team, 'a page of nobody'), 'InvalidNextToken');
    });
  });

  describe('checks', () => {
    test('says of each machine what its status checks have come to', async () => {
      run.sandbox.set(ID.managed, { checks: 'impaired' });
      run.sandbox.set(ID.spot, { checks: 'initializing' });
      run.sandbox.set(ID.store, { checks: 'insufficient-data' });
      const ids = [ID.gpu, ID.managed, ID.spot, ID.store, ID.stopped, ID.pending];
      assert.deepEqual(Object.fromEntries(await run.client.checks(here, ids)), {
        [ID.gpu]: 'ok',
        [ID.managed]: 'impaired',
        [ID.spot]: 'initializing',
        [ID.store]: 'unknown',
        [ID.stopped]: 'unknown',
        [ID.pending]: 'unknown',
      });
      assert.equal(run.sandbox.calls.at(-1)?.action, 'DescribeInstanceStatus');
    });

    testOnce(run, 'takes as many ids as EC2 does, and none is an error', async () => {
      await using crowded = await startSandbox({ fleet: crowdedFleet(101, '10.99.0.1') });
      const client = run.open({}, {}, crowded.url);
      const ids = crowded.instances().map(({ id }) => id);
      assert.equal((await client.checks(here, ids.slice(0, 100))).size, 100);
      await assert.rejects(client.checks(here, ids), RangeError);
      await assert.rejects(client.checks(here, []), RangeError);
      await assert.rejects(client.checks(here, ['i-*']), RangeError);
      assert.equal(crowded.counts.get('DescribeInstanceStatus'), 1);
    });

    testOnce(run, 'an id that EC2 does not know fails the call, and a missing permission, too', async () => {
      const error = await fails(run.client.checks(here, [ID.gpu, ID.nowhere]), 'InvalidInstanceID.NotFound');
      assert.deepEqual(blamedIds(error), [ID.nowhere]);
      run.sandbox.faults.add({ kind: 'unauthorized', action: 'DescribeInstanceStatus' });
      await fails(run.client.checks(here, [ID.gpu]), 'UnauthorizedOperation');
    });
  });

  describe('change', () => {
    test('starts and stops', async () => {
      const started = await run.client.act(here, 'start', [ID.stopped], { dryRun: false });
      assert.equal(run.sandbox.instance(ID.stopped).state, 'pending');
      assert.equal(started.requestId, run.adapter.kind === 'native' ? run.sandbox.calls.at(-1)?.requestId : undefined);
      await run.stop(ID.gpu);
      assert.equal(run.sandbox.instance(ID.gpu).state, 'stopping');
      run.sandbox.set(ID.stopped, { state: 'stopped' });
      run.sandbox.set(ID.gpu, { state: 'running' });
    });

    test('changes nothing in a dry run, which EC2 permits or denies', async () => {
      await run.stop(ID.gpu, true);
      assert.equal(run.sandbox.instance(ID.gpu).state, 'running');
      assert.equal(run.sandbox.calls.at(-1)?.errorCode, 'DryRunOperation');
      await fails(run.stop(ID.denied, true), 'UnauthorizedOperation');
      assert.equal(run.sandbox.calls.at(-1)?.dryRun, true);
    });

    testOnce(run, 'is made for the instances that are chosen at last, and for none not at all', async () => {
      const before = run.sandbox.counts.get('StopInstances') ?? 0;
      const stop = async (choose: ActOptions['choose']) =>
        run.client.act(here, 'stop', [ID.gpu, ID.protected], {
          dryRun: false,
          ...(choose === undefined ? {} : { choose }),
        });
      assert.deepEqual(await stop(async () => Promise.resolve([])), {});
      await assert.rejects(
        stop(async () => Promise.reject(new TypeError('no store'))),
        TypeError,
      );
      assert.equal(run.sandbox.counts.get('StopInstances') ?? 0, before);
      await stop(async (ids) => Promise.resolve(ids.slice(0, 1)));
      assert.deepEqual(run.sandbox.calls.at(-1)?.instanceIds, [ID.gpu]);
      run.sandbox.set(ID.gpu, { state: 'running' });
    });

    test('fails as a whole for one bad instance, which the error names', async () => {
      const error = await fails(
        run.client.act(here, 'stop', [ID.gpu, ID.protected], { dryRun: false }),
        'OperationNotPermitted',
      );
      assert.deepEqual(blamedIds(error), [ID.protected]);
      assert.equal(run.sandbox.instance(ID.gpu).state, 'running');
    });
  });
}

async function surveyed({ client }: Run, filter: SurveyFilter): Promise<readonly string[]> {
  return (await client.survey(here, filter)).instances.map(({ id }) => id).toSorted();
}

async function idsOf(found: ReturnType<Ec2Client['describe']>): Promise<readonly string[]> {
  return (await found).map(({ id }) => id);
}
